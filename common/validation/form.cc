#include "common/validation/form.h"

#include <string_view>
#include <utility>

namespace urna::validation {

namespace {

constexpr std::pair<std::string_view, Builtin> kBuiltins[] = {
    {"candidate_sums", Builtin::kCandidateSums},
    {"struck_off", Builtin::kStruckOff},
    {"on_ballot", Builtin::kOnBallot},
    {"quorum", Builtin::kQuorum},
    {"opening_hours", Builtin::kOpeningHours}};

constexpr std::pair<std::string_view, ReferenceKind> kReferences[] = {
    {"ref:eligible", kEligible},
    {"ref:eligible_a", kEligibleA},
    {"ref:eligible_b", kEligibleB},
    {"ref:planned_print", kPlannedPrint}};

// Adds one rule after another to a program. Every failure names the rule.
class Compiler {
 public:
  Compiler(const model::Slice& slice, Program& program) : slice_(slice), program_(program) {}

  Result<void> add(const v1::FormRule& rule) {
    rule_ = &rule;
    if (rule.code().empty()) return bad("has no code");
    if (rule.severity() < v1::SEVERITY_ERROR || rule.severity() > v1::SEVERITY_WARNING) {
      return bad("has no known severity");
    }
    if (rule.builtin().empty() == rule.comparisons().empty()) {
      return bad("needs either comparisons or a builtin");
    }
    CompiledRule compiled{
        rule.code(), static_cast<v1::Severity>(rule.severity()), Builtin::kNone, {}, {}};
    if (!rule.builtin().empty()) {
      for (const auto& [name, builtin] : kBuiltins) {
        if (name == rule.builtin()) compiled.builtin = builtin;
      }
      if (compiled.builtin == Builtin::kNone)
        return bad("unknown builtin '" + rule.builtin() + "'");
    }
    compiled.comparisons.begin = size_of(program_.comparisons);
    for (const v1::Comparison& comparison : rule.comparisons()) {
      auto added = compile(comparison);
      if (!added) return std::unexpected(std::move(added.error()));
      program_.comparisons.push_back(*added);
    }
    compiled.comparisons.end = size_of(program_.comparisons);
    compiled.guards.begin = size_of(program_.guards);
    for (const v1::Guard& guard : rule.guards()) {
      auto added = compile(guard);
      if (!added) return std::unexpected(std::move(added.error()));
      program_.guards.push_back(*added);
    }
    compiled.guards.end = size_of(program_.guards);
    program_.rules.push_back(std::move(compiled));
    return {};
  }

 private:
  template <class T>
  static std::uint32_t size_of(const std::vector<T>& items) {
    return static_cast<std::uint32_t>(items.size());
  }

  std::unexpected<Error> bad(const std::string& what) const {
    return fail(ErrorCode::kInvalidArgument,
                "form " + slice_.form().id() + ": rule '" + rule_->code() + "' " + what);
  }

  Result<CompiledGuard> compile(const v1::Guard& guard) {
    const bool conditional = guard.kind() == v1::Guard::KIND_WHEN;
    if (guard.kind() == v1::Guard::KIND_UNSPECIFIED || !v1::Guard::Kind_IsValid(guard.kind())) {
      return bad("has an unknown guard");
    }
    if (guard.has_comparison() != conditional) {
      return bad("has a guard whose comparison is missing or has no place there");
    }
    CompiledGuard compiled{guard.kind(), {}};
    if (!conditional) return compiled;
    auto when = compile(guard.comparison());
    if (!when) return std::unexpected(std::move(when.error()));
    compiled.when = *when;
    return compiled;
  }

  Result<CompiledComparison> compile(const v1::Comparison& comparison) {
    if (comparison.op() == v1::Comparison::OP_UNSPECIFIED ||
        !v1::Comparison::Op_IsValid(comparison.op())) {
      return bad("has an unknown operator");
    }
    if (comparison.left_size() + comparison.right_size() > kTermsMax) {
      return bad("has more than " + std::to_string(kTermsMax) + " terms in a comparison");
    }
    auto left = compile(comparison.left());
    if (!left) return std::unexpected(std::move(left.error()));
    auto right = compile(comparison.right());
    if (!right) return std::unexpected(std::move(right.error()));
    return CompiledComparison{*left, *right, comparison.op()};
  }

  Result<Range> compile(const google::protobuf::RepeatedPtrField<v1::Term>& terms) {
    Range range{size_of(program_.terms), 0};
    for (const v1::Term& term : terms) {
      const auto variable = resolve(term.variable());
      if (!variable) return bad("names '" + term.variable() + "', which the form does not have");
      program_.terms.push_back({term.coefficient(), *variable});
    }
    range.end = size_of(program_.terms);
    return range;
  }

  // nullopt when the name is neither a point of the form nor one of the fixed words.
  std::optional<Variable> resolve(std::string_view name) const {
    using enum Variable::Kind;
    if (name == "1") return Variable{kConstant, 0};
    if (name == "votes") return Variable{kVotes, 0};
    for (const auto& [word, kind] : kReferences) {
      if (name == word) return Variable{kReference, kind};
    }
    if (name.starts_with("option:")) {
      // One form serves contests with and without YES and NO, so an option that is not here is no
      // defect of the form: the rule does not apply.
      const auto option = slice_.option(name.substr(7));
      if (!option) return Variable{kAbsent, 0};
      return Variable{kOption, static_cast<std::uint32_t>(slice_.options()[*option].total)};
    }
    const auto point = slice_.point(name);
    if (!point) return std::nullopt;
    return Variable{kPoint, static_cast<std::uint32_t>(*point)};
  }

  const model::Slice& slice_;
  Program& program_;
  const v1::FormRule* rule_ = nullptr;
};

}  // namespace

Result<CompiledForm> CompiledForm::compile(const model::Slice& slice) {
  const v1::Form& form = slice.form();
  if (form.rules_size() > kRulesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "form " + form.id() + ": more than " + std::to_string(kRulesMax) + " rules");
  }
  if (!form.candidate_votes() && slice.vote_cells() != slice.options().size()) {
    return fail(ErrorCode::kInvalidArgument, "form " + form.id() +
                                                 ": takes no candidate votes, but " +
                                                 slice.key().contest.str() + " has candidates");
  }
  auto program = std::make_shared<Program>();
  Compiler compiler(slice, *program);
  for (const v1::FormRule& rule : form.rules()) {
    if (auto added = compiler.add(rule); !added) return std::unexpected(std::move(added.error()));
  }
  CompiledForm compiled(slice);
  compiled.program_ = std::move(program);
  return compiled;
}

void CompiledForm::share_program(std::vector<std::shared_ptr<const Program>>& known) {
  for (const auto& program : known) {
    if (*program != *program_) continue;
    program_ = program;
    return;
  }
  known.push_back(program_);
}

}  // namespace urna::validation
