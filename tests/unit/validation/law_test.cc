// Every form against a second evaluation of the law's text: one figure of a sound protocol changed
// by one, and figures at random, must break exactly the same rules.
#include "tests/unit/validation/law.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/validation/forms.h"
#include "tests/unit/validation/scene.h"

namespace urna::validation {
namespace {

using Figures = std::map<std::string, std::uint32_t>;  // by the form's own field names

// sejm-2019's points under the numbers of council-2014.
std::string number_of_2014(std::string_view form, const std::string& point) {
  if (form != "sejm-2019") return point;
  static const std::map<std::string, std::string> kNumbers = {
      {"p1", "p1"},   {"p2", "p2"},          {"p3", "p3"},     {"p4", "p4"},     {"p5", "p5"},
      {"p7", "p6"},   {"p8", "p7"},          {"p8a", "p7a"},   {"p8b", "p7b"},   {"p8c", "p7c"},
      {"p8d", "p7d"}, {"p8e", "p7e"},        {"p9", "p8"},     {"p9a", "p8a"},   {"p10", "p9"},
      {"p11", "p10"}, {"p12", "p11"},        {"p12a", "p11a"}, {"p12b", "p11b"}, {"p12c", "p11c"},
      {"p13", "p12"}, {"p6", "certificates"}};
  return kNumbers.at(point);
}

// Nothing is wrong in it by any rule, with 0 < every figure that a rule may compare, so that taking
// one away is possible. Sums, by council-2014: 500 = 495 + 5; 800 = 300 + 500; 15 = 1+2+3+1+8;
// 508 - 8 = 500; 508 = 0 + 508; 508 = 8 + 500.
Figures sound(const v1::Form& form) {
  const Scene scene(form);
  const auto slice = scene.slice();
  const v1::Protocol protocol = scene.protocol();
  Figures figures;
  for (int i = 0; i < form.points_size(); ++i) {
    figures[form.points(i).code()] = model::figure_of(protocol.points(i));
  }
  int cell = 0;
  for (const v1::Option& option : slice->data().options()) {
    figures["votes:" + option.code()] = model::figure_of(protocol.votes(cell++));
    for (const v1::Candidate& candidate : option.candidates()) {
      figures["votes:" + option.code() + "/" + std::to_string(candidate.position())] =
          model::figure_of(protocol.votes(cell++));
    }
  }
  return figures;
}

struct Circumstances {
  int type = 1;    // PrecinctType: 0 not known, 1 permanent, 2 and more separate
  int postal = 0;  // Tristate
  std::map<std::string, std::uint32_t> references;
};

std::set<std::string> by_the_form(const v1::Form& form, const Figures& figures,
                                  const Circumstances& around) {
  Scene scene(form);
  std::string changes =
      "type=" + std::to_string(around.type) + " postal=" + std::to_string(around.postal);
  for (const auto& [field, figure] : figures) {
    changes += " " + field + "=" + std::to_string(figure);
  }
  for (const auto& [name, figure] : around.references) {
    changes += " ref:" + name + "=" + std::to_string(figure);
  }
  return codes(scene.set(changes).check());
}

std::set<std::string> by_the_law(const v1::Form& form, const Figures& figures,
                                 const Circumstances& around) {
  LawProtocol protocol;
  std::map<std::string, LawList> lists;
  for (const auto& [field, figure] : figures) {
    if (!field.starts_with("votes:")) {
      protocol.points[number_of_2014(form.id(), field)] = figure;
      continue;
    }
    const std::string name = field.substr(6);
    LawList& list = lists[name.substr(0, name.find('/'))];
    if (name.find('/') == std::string::npos) {
      list.votes = figure;
    } else {
      list.candidates.push_back(figure);
    }
  }
  for (const auto& [name, list] : lists) protocol.lists.push_back(list);
  protocol.yes_no = form.id() == "mayor-single-2014";
  protocol.permanent = around.type == 1;
  protocol.separate = around.type > 1;
  protocol.no_postal = around.postal == 2;
  for (const auto& [name, figure] : around.references) {
    protocol.references[name == "planned_print" ? "print" : name] = figure;
  }
  return law_findings(form.id(), protocol);
}

// Reference figures at which B1, B7 and B8 just hold: 1,000 eligible before, 10 in part B, and 100
// ballots (10 points of 1,000) more printed than received.
Circumstances just_holding() {
  return {1, 1, {{"eligible", 1000}, {"eligible_b", 10}, {"planned_print", 900}}};
}

TEST(Law, OneFigureMoreOrLessBreaksExactlyTheRulesTheLawSays) {  // R15
  for (const std::string_view id : kBuiltinForms) {
    const v1::Form form = builtin_form(id).value();
    const Figures base = sound(form);
    ASSERT_EQ(by_the_form(form, base, just_holding()), std::set<std::string>{}) << id;
    ASSERT_EQ(by_the_law(form, base, just_holding()), std::set<std::string>{}) << id;
    std::size_t changes_that_broke = 0;
    for (const auto& [field, figure] : base) {
      for (const int step : {-1, 1}) {
        if (figure == 0 && step < 0) continue;
        Figures changed = base;
        changed[field] = figure + static_cast<std::uint32_t>(step);
        const auto expected = by_the_law(form, changed, just_holding());
        EXPECT_EQ(by_the_form(form, changed, just_holding()), expected)
            << id << ": " << field << " = " << changed[field];
        changes_that_broke += expected.empty() ? 0 : 1;
      }
    }
    EXPECT_GT(changes_that_broke, base.size() / 2) << id;
  }
}

RC_GTEST_PROP(Law, AnyFiguresAreJudgedAsByASecondReadingOfTheLaw, ()) {  // R15
  const auto id = *rc::gen::elementOf(
      std::vector<std::string_view>(kBuiltinForms.begin(), kBuiltinForms.end()));
  const v1::Form form = builtin_form(id).value();
  Figures figures = sound(form);
  Circumstances around = just_holding();
  around.type = *rc::gen::inRange(0, 9);
  around.postal = *rc::gen::inRange(0, 3);
  for (auto& [name, figure] : around.references) {
    figure += *rc::gen::inRange(0U, 300U);
  }
  // Few changes leave most sums in place, many leave none; small figures meet each other and zero.
  const bool small = *rc::gen::arbitrary<bool>();
  for (auto& [field, figure] : figures) {
    if (*rc::gen::inRange(0, 4) != 0) continue;
    figure = small ? *rc::gen::inRange(0U, 4U) : figure + *rc::gen::inRange(0U, 3U);
  }
  RC_ASSERT(by_the_form(form, figures, around) == by_the_law(form, figures, around));
}

RC_GTEST_PROP(Law, CandidatesStruckOffAreJudgedAsByASecondReadingOfTheLaw, ()) {
  const v1::Form form =
      builtin_form(*rc::gen::arbitrary<bool>() ? "sejm-2019" : "council-2014").value();
  const auto list = *rc::gen::inRange(0U, 6U);
  const auto candidate = *rc::gen::inRange(0U, 6U);
  const std::string changes =
      "struck=1/2 votes:1=" + std::to_string(list) + " votes:1/1=" + std::to_string(candidate);
  const auto found = codes(Scene(form).set(changes).check());
  RC_ASSERT(found.contains("E6") == (list < candidate));
  RC_ASSERT(!found.contains("E5"));
}

}  // namespace
}  // namespace urna::validation
