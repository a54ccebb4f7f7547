#include "common/validation/forms.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/validation/expression.h"
#include "common/validation/form_rules.h"
#include "common/validation/numbering.h"

namespace urna::validation {

namespace {

struct FormText {
  std::string_view id;
  unsigned bit;  // which of the points and rules are its own
  bool candidate_votes;
};

constexpr FormText kForms[] = {
    {"council-2014", kOnCouncil, true},
    {"council-2014-ab", kOnCouncilAb, true},
    {"mayor-2014", kOnMayor, false},
    {"mayor-single-2014", kOnMayorSingle, false},
    {"mayor-2018-public", kOnPublic2018, false},
    {"sejm-2019", kOnSejm2019, true},
    {"local-2010", kOnLocal2010, true},
};

// How a row of these forms is renumbered for one of them.
Numbering numbering_of(unsigned form, unsigned row_forms) {
  const bool moves = form == kOnSejm2019 && row_forms != kOnSejm2019;
  return moves ? Numbering::k2019 : Numbering::k2014;
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

void add_rule(const RuleText& text, Numbering numbering, v1::Form& form) {
  constexpr std::string_view kBuiltinPrefix = "builtin:";
  constexpr RemarkWords kPolish = {"w punkcie ", "w uwagach"};
  constexpr RemarkWords kEnglish = {"in point ", "in the remarks"};
  v1::FormRule& rule = *form.add_rules();
  rule.set_code(text.code);
  rule.set_severity(text.severity);
  const std::string_view what = text.rule;
  if (what.starts_with(kBuiltinPrefix)) {
    rule.set_builtin(std::string(what.substr(kBuiltinPrefix.size())));
  } else {
    add_comparisons(renumber(what, numbering), rule);
  }
  if (text.guard != v1::Guard::KIND_UNSPECIFIED) rule.add_guards()->set_kind(text.guard);
  if (*text.when != '\0') {
    v1::Guard& when = *rule.add_guards();
    when.set_kind(v1::Guard::KIND_WHEN);
    *when.mutable_comparison() = comparison(renumber(text.when, numbering));
  }
  rule.set_message_pl(fill_in(text.message_pl, numbering, kPolish));
  rule.set_message_en(fill_in(text.message_en, numbering, kEnglish));
}

}  // namespace

Result<v1::Form> builtin_form(std::string_view id) {
  const auto* const text = std::ranges::find(kForms, id, &FormText::id);
  if (text == std::end(kForms)) {
    return fail(ErrorCode::kNotFound, "there is no built-in form '" + std::string(id) + "'");
  }
  v1::Form form;
  form.set_id(std::string(id));
  form.set_candidate_votes(text->candidate_votes);
  for (const PointText& one : points()) {
    if ((one.forms & text->bit) == 0) continue;
    v1::FormPoint& point = *form.add_points();
    point.set_code(renumber(one.code, numbering_of(text->bit, one.forms)));
    point.set_required(true);
    point.set_label_pl(one.label_pl);
    point.set_label_en(one.label_en);
  }
  for (const RuleText& rule : rules()) {
    if ((rule.forms & text->bit) == 0) continue;
    add_rule(rule, numbering_of(text->bit, rule.forms), form);
  }
  return form;
}

}  // namespace urna::validation
