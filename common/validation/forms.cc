#include "common/validation/forms.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/validation/expression.h"
#include "common/validation/form_rules.h"

namespace urna::validation {

namespace {

struct FormText {
  std::string_view id;
  unsigned bit;  // which of the points and rules are its own
  bool candidate_votes;
  std::span<const PointText> points;
  std::span<const RuleText> rules;
};

std::optional<FormText> form_text(std::string_view id) {
  const FormText forms[] = {
      {"council-2014", kOnCouncil, true, points_2014(), rules_2014()},
      {"council-2014-ab", kOnCouncilAb, true, points_2014(), rules_2014()},
      {"mayor-2014", kOnMayor, false, points_2014(), rules_2014()},
      {"mayor-single-2014", kOnMayorSingle, false, points_2014(), rules_2014()},
      {"mayor-2018-public", kOnPublic2018, false, points_2014(), rules_2014()},
      {"sejm-2019", kOnEvery, true, points_sejm_2019(), rules_sejm_2019()},
      {"local-2010", kOnLocal2010, true, points_2014(), rules_2014()},
  };
  const auto found = std::ranges::find(forms, id, &FormText::id);
  if (found == std::end(forms)) return std::nullopt;
  return *found;
}

// The tables are constants of this module: one that does not read is a defect of the program.
v1::Comparison comparison(std::string_view text) {
  auto parsed = parse_comparison(text);
  URNA_CHECK(parsed.has_value());
  return std::move(*parsed);
}

void add_comparisons(std::string_view text, v1::FormRule& rule) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    *rule.add_comparisons() = comparison(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_rule(const RuleText& text, v1::Form& form) {
  constexpr std::string_view kBuiltinPrefix = "builtin:";
  v1::FormRule& rule = *form.add_rules();
  rule.set_code(text.code);
  rule.set_severity(text.severity);
  const std::string_view what = text.rule;
  if (what.starts_with(kBuiltinPrefix)) {
    rule.set_builtin(std::string(what.substr(kBuiltinPrefix.size())));
  } else {
    add_comparisons(what, rule);
  }
  if (text.guard != v1::Guard::KIND_UNSPECIFIED) rule.add_guards()->set_kind(text.guard);
  if (*text.when != '\0') {
    v1::Guard& when = *rule.add_guards();
    when.set_kind(v1::Guard::KIND_WHEN);
    *when.mutable_comparison() = comparison(text.when);
  }
  rule.set_message_pl(text.message_pl);
  rule.set_message_en(text.message_en);
}

}  // namespace

Result<v1::Form> builtin_form(std::string_view id) {
  const auto text = form_text(id);
  if (!text) {
    return fail(ErrorCode::kNotFound, "there is no built-in form '" + std::string(id) + "'");
  }
  v1::Form form;
  form.set_id(std::string(id));
  form.set_candidate_votes(text->candidate_votes);
  for (const PointText& one : text->points) {
    if ((one.forms & text->bit) == 0) continue;
    v1::FormPoint& point = *form.add_points();
    point.set_code(one.code);
    point.set_required(true);
    point.set_label_pl(one.label_pl);
    point.set_label_en(one.label_en);
  }
  for (const RuleText& rule : text->rules) {
    if ((rule.forms & text->bit) != 0) add_rule(rule, form);
  }
  return form;
}

}  // namespace urna::validation
