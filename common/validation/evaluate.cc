#include "common/validation/evaluate.h"

namespace urna::validation {

namespace {

std::optional<std::int64_t> value_of_cell(model::Cell cell) {
  if (model::is_empty(cell)) return std::nullopt;
  return model::figure_of(cell);
}

std::optional<std::int64_t> value(const Variable& variable, const Facts& facts) {
  switch (variable.kind) {
    case Variable::Kind::kConstant: return 1;
    case Variable::Kind::kPoint: return value_of_cell(facts.points[variable.index]);
    case Variable::Kind::kVotes: return facts.votes_sum;
    case Variable::Kind::kOption: return value_of_cell(facts.votes[variable.index]);
    case Variable::Kind::kReference: return value_of_cell(facts.references[variable.index]);
    case Variable::Kind::kAbsent: return std::nullopt;
  }
  return std::nullopt;
}

struct Side {
  Verdict verdict = Verdict::kHolds;  // kNotApplicable and kOverflow: there is no sum
  std::int64_t sum = 0;
};

Side sum_side(const Program& program, Range range, const Facts& facts) {
  Side side;
  for (std::uint32_t i = range.begin; i < range.end; ++i) {
    const CompiledTerm& term = program.terms[i];
    const auto figure = value(term.variable, facts);
    // An empty field outweighs an overflow: the rule does not apply at all.
    if (!figure) return {Verdict::kNotApplicable, 0};
    std::int64_t product = 0;
    if (__builtin_mul_overflow(term.coefficient, *figure, &product) ||
        __builtin_add_overflow(side.sum, product, &side.sum)) {
      side.verdict = Verdict::kOverflow;
    }
  }
  return side;
}

bool compare(std::int64_t left, v1::Comparison::Op op, std::int64_t right) {
  switch (op) {
    case v1::Comparison::OP_EQ: return left == right;
    case v1::Comparison::OP_LE: return left <= right;
    case v1::Comparison::OP_GE: return left >= right;
    case v1::Comparison::OP_LT: return left < right;
    case v1::Comparison::OP_GT: return left > right;
    case v1::Comparison::OP_NE: return left != right;
    default: return false;  // compile() lets no other through
  }
}

Verdict verdict_of(bool holds) { return holds ? Verdict::kHolds : Verdict::kBroken; }

}  // namespace

Facts gather(const model::Slice& slice, const v1::Protocol& protocol,
             const model::UnitId& precinct) {
  Facts facts;
  facts.points = {protocol.points().data(), static_cast<std::size_t>(protocol.points_size())};
  facts.votes = {protocol.votes().data(), static_cast<std::size_t>(protocol.votes_size())};
  std::int64_t sum = 0;  // fewer than 2^31 cells below 2^32 each: stays below 2^63
  bool complete = true;
  for (std::size_t i = 0; i < slice.options().size(); ++i) {
    if (slice.data().options(static_cast<int>(i)).struck_off()) continue;
    const auto votes = value_of_cell(facts.votes[slice.options()[i].total]);
    complete = complete && votes.has_value();
    sum += votes.value_or(0);
  }
  if (complete) facts.votes_sum = sum;
  facts.precinct = slice.precinct(precinct);
  if (const v1::ReferenceFigure* reference = slice.reference(precinct)) {
    facts.references[kEligible] = reference->eligible();
    facts.references[kEligibleA] = reference->eligible_a();
    facts.references[kEligibleB] = reference->eligible_b();
    facts.references[kPlannedPrint] = reference->planned_print();
  }
  return facts;
}

Verdict evaluate(const Program& program, const CompiledComparison& comparison, const Facts& facts) {
  const Side left = sum_side(program, comparison.left, facts);
  if (left.verdict == Verdict::kNotApplicable) return left.verdict;
  const Side right = sum_side(program, comparison.right, facts);
  if (right.verdict == Verdict::kNotApplicable) return right.verdict;
  if (left.verdict == Verdict::kOverflow || right.verdict == Verdict::kOverflow) {
    return Verdict::kOverflow;
  }
  return verdict_of(compare(left.sum, comparison.op, right.sum));
}

Verdict evaluate(const Program& program, const CompiledGuard& guard, const Facts& facts) {
  if (guard.kind == v1::Guard::KIND_WHEN) return evaluate(program, guard.when, facts);
  if (facts.precinct == nullptr) return Verdict::kNotApplicable;
  const v1::PrecinctType type = facts.precinct->type();
  const bool type_known = type != v1::PRECINCT_TYPE_UNSPECIFIED;
  switch (guard.kind) {
    case v1::Guard::KIND_PERMANENT_PRECINCT: return verdict_of(type == v1::PRECINCT_TYPE_PERMANENT);
    case v1::Guard::KIND_SEPARATE_PRECINCT:
      return verdict_of(type_known && type != v1::PRECINCT_TYPE_PERMANENT);
    case v1::Guard::KIND_NO_POSTAL_VOTING:
      return verdict_of(facts.precinct->postal_voting() == v1::TRISTATE_NO);
    case v1::Guard::KIND_POSTAL_VOTING:
      return verdict_of(facts.precinct->postal_voting() == v1::TRISTATE_YES);
    default: return Verdict::kNotApplicable;  // compile() lets no other through
  }
}

}  // namespace urna::validation
