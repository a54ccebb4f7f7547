#include "common/validation/check.h"

#include <algorithm>

#include "common/validation/builtins.h"
#include "common/validation/evaluate.h"
#include "common/validation/fields.h"

namespace urna::validation {

namespace {

class Checker {
 public:
  Checker(const CompiledForm& form, const v1::Protocol& protocol, const model::UnitId& precinct,
          Completeness completeness)
      : slice_(form.slice()),
        program_(form.program()),
        protocol_(protocol),
        facts_(gather(slice_, protocol, precinct)),
        completeness_(completeness) {}

  std::vector<Finding> run() {
    fields();
    for (const CompiledRule& rule : program_.rules) apply(rule);
    std::ranges::stable_sort(findings_, {}, &Finding::severity);
    if (findings_.size() > kFindingsMax) findings_.resize(kFindingsMax);
    return std::move(findings_);
  }

 private:
  void report(std::string_view code, v1::Severity severity, std::vector<std::string> points) {
    if (points.size() > kFindingPointsMax) points.resize(kFindingPointsMax);
    findings_.push_back({std::string(code), severity, std::move(points)});
  }

  bool wrong(model::Cell cell, bool required) const {
    if (model::is_empty(cell)) return required && completeness_ == Completeness::kFinal;
    return model::figure_of(cell) > model::kFigureMax;
  }

  void fields() {
    std::vector<std::string> bad;
    for (std::size_t i = 0; i < facts_.points.size(); ++i) {
      const v1::FormPoint& point = slice_.form().points(static_cast<int>(i));
      if (wrong(facts_.points[i], point.required())) bad.push_back(point.code());
    }
    for_each_vote_field(slice_, [&](std::size_t cell, bool on_ballot, auto name) {
      if (wrong(facts_.votes[cell], on_ballot)) bad.push_back(name());
    });
    if (!bad.empty()) report(kFieldCode, v1::SEVERITY_ERROR, std::move(bad));
  }

  // Severity order is the order of the enumeration: see v1::Severity.
  void apply(const CompiledRule& rule) {
    bool overflow = false;
    for (std::uint32_t i = rule.guards.begin; i < rule.guards.end; ++i) {
      const Verdict verdict = evaluate(program_, program_.guards[i], facts_);
      if (verdict == Verdict::kBroken || verdict == Verdict::kNotApplicable) return;
      overflow = overflow || verdict == Verdict::kOverflow;
    }
    if (rule.builtin != Builtin::kNone && !overflow) {
      for (auto& points : broken_fields(rule.builtin, slice_, protocol_, facts_, completeness_)) {
        report(rule.code, rule.severity, std::move(points));
      }
      return;
    }
    bool broken = overflow;
    std::vector<std::string> points;
    if (overflow) add_guard_points(rule, points);
    for (std::uint32_t i = rule.comparisons.begin; i < rule.comparisons.end; ++i) {
      const CompiledComparison& comparison = program_.comparisons[i];
      const Verdict verdict = evaluate(program_, comparison, facts_);
      if (verdict == Verdict::kHolds || verdict == Verdict::kNotApplicable) continue;
      if (!broken) add_guard_points(rule, points);
      broken = true;
      overflow = overflow || verdict == Verdict::kOverflow;
      add_points(comparison, points);
    }
    if (broken) report(rule.code, overflow ? v1::SEVERITY_ERROR : rule.severity, std::move(points));
  }

  void add_guard_points(const CompiledRule& rule, std::vector<std::string>& points) const {
    for (std::uint32_t i = rule.guards.begin; i < rule.guards.end; ++i) {
      const CompiledGuard& guard = program_.guards[i];
      if (guard.kind == v1::Guard::KIND_WHEN) add_points(guard.when, points);
    }
  }

  void add_points(const CompiledComparison& comparison, std::vector<std::string>& points) const {
    for (const Range& side : {comparison.left, comparison.right}) {
      for (std::uint32_t i = side.begin; i < side.end; ++i) {
        const std::string name = name_of(program_.terms[i].variable);
        if (!name.empty() && std::ranges::find(points, name) == points.end()) {
          points.push_back(name);
        }
      }
    }
  }

  // Empty for what nobody types: constants and reference figures.
  std::string name_of(const Variable& variable) const {
    if (variable.kind == Variable::Kind::kPoint) {
      return slice_.form().points(static_cast<int>(variable.index)).code();
    }
    if (variable.kind == Variable::Kind::kVotes) return "votes";
    if (variable.kind != Variable::Kind::kOption) return {};
    const auto option =
        std::ranges::find(slice_.options(), variable.index, &model::OptionCells::total);
    return option_name(slice_.data().options(static_cast<int>(option - slice_.options().begin())));
  }

  const model::Slice& slice_;
  const Program& program_;
  const v1::Protocol& protocol_;
  const Facts facts_;
  const Completeness completeness_;
  std::vector<Finding> findings_;
};

bool has_severity(const std::vector<Finding>& findings, v1::Severity severity) {
  return std::ranges::find(findings, severity, &Finding::severity) != findings.end();
}

}  // namespace

std::vector<Finding> check(const CompiledForm& form, const v1::Protocol& protocol,
                           const model::UnitId& precinct, Completeness completeness) {
  const model::Slice& slice = form.slice();
  std::vector<std::string> miscounted;
  if (static_cast<std::size_t>(protocol.points_size()) != slice.point_cells()) {
    miscounted.emplace_back("points");
  }
  if (static_cast<std::size_t>(protocol.votes_size()) != slice.vote_cells()) {
    miscounted.emplace_back("votes");
  }
  // Without the right number of fields no figure can be told from its neighbour.
  if (!miscounted.empty()) {
    return {{std::string(kFieldCode), v1::SEVERITY_ERROR, std::move(miscounted)}};
  }
  return Checker(form, protocol, precinct, completeness).run();
}

bool has_errors(const std::vector<Finding>& findings) {
  return has_severity(findings, v1::SEVERITY_ERROR);
}

bool has_blocking_warnings(const std::vector<Finding>& findings) {
  return has_severity(findings, v1::SEVERITY_BLOCKING_WARNING);
}

bool explains(const v1::Protocol& protocol, std::string_view code) {
  return std::ranges::any_of(protocol.explanations(), [&](const v1::Explanation& explanation) {
    return explanation.code() == code;
  });
}

std::vector<Finding> unexplained_warnings(const std::vector<Finding>& findings,
                                          const v1::Protocol& protocol) {
  std::vector<Finding> unexplained;
  for (const Finding& finding : findings) {
    if (finding.severity == v1::SEVERITY_WARNING && !explains(protocol, finding.code)) {
      unexplained.push_back(finding);
    }
  }
  return unexplained;
}

v1::Finding to_proto(const Finding& finding) {
  v1::Finding message;
  message.set_code(finding.code);
  message.set_severity(finding.severity);
  for (const std::string& point : finding.points) message.add_points(point);
  return message;
}

}  // namespace urna::validation
