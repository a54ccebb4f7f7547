#include "common/validation/forms.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/validation/expression.h"
#include "common/validation/form_rules.h"

namespace urna::validation {

namespace {

struct PointText {
  const char* code;
  unsigned forms;
  const char* label_pl;
  const char* label_en;
};

// Source: LAW.md, "Forms" [form]. p13 is the votes themselves.
constexpr PointText kPoints[] = {
    {"p1", kOnAll, "Wyborcy uprawnieni do głosowania", "Eligible voters"},
    {"p1a", kOnAb, "w tym obywatele polscy (część A spisu)", "of these Polish citizens (part A)"},
    {"p1b", kOnAb,
     "w tym obywatele Unii Europejskiej niebędący obywatelami polskimi (część B spisu)",
     "of these other citizens of the European Union (part B)"},
    {"p2", kOnAll, "Karty do głosowania otrzymane przez komisję", "Ballots received"},
    {"p3", kOnAll, "Karty niewykorzystane", "Ballots unused"},
    {"p4", kOnAll, "Wyborcy, którym wydano karty do głosowania", "Voters issued a ballot"},
    {"p4a", kOnAb, "w tym obywatele polscy (część A spisu)", "of these Polish citizens (part A)"},
    {"p4b", kOnAb,
     "w tym obywatele Unii Europejskiej niebędący obywatelami polskimi (część B spisu)",
     "of these other citizens of the European Union (part B)"},
    {"p5", kOnAll, "Wyborcy głosujący przez pełnomocnika", "Voters voting by proxy"},
    {"p6", kOnAll, "Wyborcy, którym wysłano pakiety wyborcze", "Postal voting packages sent"},
    {"p7", kOnAll, "Otrzymane koperty zwrotne", "Return envelopes received"},
    {"p7a", kOnAll, "w tym bez oświadczenia", "of these without declaration"},
    {"p7b", kOnAll, "w tym z niepodpisanym oświadczeniem", "of these with unsigned declaration"},
    {"p7c", kOnAll, "w tym bez koperty na kartę do głosowania", "of these without ballot envelope"},
    {"p7d", kOnAll, "w tym z niezaklejoną kopertą na kartę",
     "of these with unsealed ballot envelope"},
    {"p7e", kOnAll, "Koperty na kartę do głosowania wrzucone do urny",
     "Ballot envelopes put in the box"},
    {"p8", kOnAll, "Karty wyjęte z urny", "Ballots taken from the box"},
    {"p8a", kOnAll, "w tym karty wyjęte z kopert", "of these from envelopes"},
    {"p9", kOnAll, "Karty nieważne (inne niż urzędowe lub bez pieczęci)", "Invalid ballots"},
    {"p10", kOnAll, "Karty ważne", "Valid ballots"},
    {"p11", kOnAll, "Głosy nieważne", "Invalid votes"},
    {"p11a", kOnMayor, "w tym znak „X” przy dwóch lub więcej kandydatach",
     "of these with two or more marks"},
    {"p11b", kOnMayor, "w tym bez znaku „X” przy którymkolwiek kandydacie",
     "of these with no mark"},
    {"p12", kOnAll, "Głosy ważne oddane łącznie", "Valid votes"},
};

unsigned form_bit(std::string_view id) {
  if (id == "council-2014") return kOnCouncil;
  if (id == "council-2014-ab") return kOnCouncilAb;
  if (id == "mayor-2014") return kOnMayor;
  return 0;
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
  const unsigned bit = form_bit(id);
  if (bit == 0) {
    return fail(ErrorCode::kNotFound, "there is no built-in form '" + std::string(id) + "'");
  }
  v1::Form form;
  form.set_id(std::string(id));
  form.set_candidate_votes((bit & kOnCouncils) != 0);
  for (const PointText& text : kPoints) {
    if ((text.forms & bit) == 0) continue;
    v1::FormPoint& point = *form.add_points();
    point.set_code(text.code);
    point.set_required(true);
    point.set_label_pl(text.label_pl);
    point.set_label_en(text.label_en);
  }
  for (const RuleText& text : rules_2014()) {
    if ((text.forms & bit) != 0) add_rule(text, form);
  }
  return form;
}

}  // namespace urna::validation
