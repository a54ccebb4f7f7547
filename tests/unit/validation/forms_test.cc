// Every rule of the 2014 forms: an example that just breaks it beside one that just does not.
#include "common/validation/forms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

#include "common/validation/messages.h"
#include "tests/unit/validation/scene.h"

namespace urna::validation {
namespace {

// Kept alive for the whole program, so that a loop may run over its parts.
const v1::Form& form_of(std::string_view id) {
  static std::map<std::string_view, v1::Form> forms;
  return forms.try_emplace(id, builtin_form(id).value()).first->second;
}

// Forms with the numbering of 2014: all, those with two lists or candidates, those with lists.
constexpr const char* kAll = "council-2014 council-2014-ab mayor-2014 mayor-single-2014 local-2010";
constexpr const char* kLists = "council-2014 council-2014-ab mayor-2014 local-2010";
constexpr const char* kCouncils = "council-2014 council-2014-ab local-2010";
// With postal voting; with parts A and B.
constexpr const char* kPostal = "council-2014 council-2014-ab mayor-2014 mayor-single-2014";
constexpr const char* kAb = "council-2014-ab mayor-2014 mayor-single-2014";
constexpr const char* kMayors = "mayor-2014 mayor-single-2014";
constexpr const char* kSingle = "mayor-single-2014";
constexpr const char* kPublic = "mayor-2018-public";
constexpr const char* kSejm = "sejm-2019";

struct Case {
  const char* code;
  const char* forms;
  const char* breaks;  // changes to the base of Scene that break the rule
  const char* holds;   // its neighbour that does not
  const char* points;  // fields the finding must name
};

constexpr Case kCases[] = {
    {"E1", kAll, "p4=1001", "p4=1000", "p4 p1"},
    {"E2", kAll, "p8=509", "p8=509 p10=509", "p8 p9 p10"},
    {"E2", kAll, "p9=1", "p9=1 p10=507", "p8 p9 p10"},
    {"E3", kAll, "p11=9", "p11=9 p12=499", "p10 p11 p12"},
    {"E4", kLists, "p12=501", "p12=501 votes:1=301", "p12 votes"},
    {"E4", kLists, "votes:2=199", "votes:2=199 votes:1=301", "p12 votes"},
    {"E4", kLists, "struck=2", "struck=2 p12=300", "p12 votes"},
    {"E4", kSingle, "p12=501", "p12=501 votes:NO=201", "p12 votes"},
    {"E4", kSingle, "votes:YES=299", "votes:YES=299 votes:NO=201", "p12 votes"},
    {"E5", kCouncils, "votes:1/1=199", "votes:1/1=199 votes:1/2=101", "votes:1"},
    {"E5", kCouncils, "votes:2=199", "votes:2=199 votes:2/2=49", "votes:2"},
    // More votes than its candidates is wrong while all of them are on the ballot …
    {"E5", kCouncils, "votes:1=301", "votes:1=301 struck=1/2", "votes:1"},
    // … and right when one was struck off, down to the sum of the others.
    {"E6", kCouncils, "struck=2/2 votes:2=149", "struck=2/2 votes:2=150", "votes:2"},
    {"E6", kCouncils, "struck=2/2 votes:2/2=0", "struck=2/2 votes:2/2=-", "votes:2/2"},
    {"E7", kAll, "p5=501", "p5=500", "p5 p4"},
    {"E8", kPostal, "p6=501", "p6=500", "p4 p6 p1"},
    {"E9", kPostal, "p7a=14", "p7a=13", "p7a p7b p7"},
    {"E9", kPostal, "p7c=15", "p7c=14", "p7c p7d p7"},
    {"E11", kPostal, "postal=2", "postal=1", "p6 p7 p7a p7b p7c p7d p7e p8a"},
    {"E11", kPostal, "postal=2", "postal=0", "p6 p7 p7a p7b p7c p7d p7e p8a"},
    {"E11", kPostal, "postal=2 p7=0 p7a=0 p7b=0 p7c=0 p7d=0 p7e=0 p8a=0 p6=1",
     "postal=2 p7=0 p7a=0 p7b=0 p7c=0 p7d=0 p7e=0 p8a=0 p6=0", "p6"},
    {"E11", kPostal, "postal=2 p7=0 p7a=0 p7b=0 p7c=0 p7d=0 p7e=0 p8a=1 p6=0",
     "postal=2 p7=0 p7a=0 p7b=0 p7c=0 p7d=0 p7e=0 p8a=0 p6=0", "p8a"},
    {"E12", kAll, "type=2 p5=1", "type=2 p5=0", "p5"},
    {"E12", kAll, "type=8 p5=1", "type=1 p5=1", "p5"},
    {"E12", kAll, "type=7 p5=1", "type=0 p5=1", "p5"},
    {"E13", kAb, "p1a=989", "p1a=989 p1b=11", "p1 p1a p1b"},
    {"E13", kAb, "p4a=494", "p4a=494 p4b=6", "p4 p4a p4b"},
    {"E13", kAb, "p4=991 p4a=991 p4b=0", "p4=990 p4a=990 p4b=0", "p4a p1a"},
    {"E13", kAb, "p4a=489 p4b=11", "p4a=490 p4b=10", "p4b p1b"},
    {"E14", kMayors, "p11a=4", "p11a=3", "p11a p11b p11"},
    {"E15", kAll, "p8=0", "p8=1", "p4 p8"},
    {"E15", kAll, "p8=0", "p8=0 p4=0", "p4 p8"},
    {"E15", kAll, "p8=0", "p8=0 type=4", "p4 p8"},
    // Half of 7, rounded up, is 4.
    {"E16", kAll, "size=7 members=CMMmmmm", "size=7 members=CMMMmmm", "members"},
    {"E16", kAll, "size=8 members=CMMmmmm", "size=8 members=CMMMmmm", "members"},
    {"E16", kAll, "size=7 members=cdMMMMM", "size=7 members=cDMMMMM", "members"},
    {"E16", kAll, "size=1", "size=0", "members"},
    {"E17", kLists, "struck=2 votes:2=0", "struck=2 votes:2=-", "votes:2"},
    {"E17", kSingle, "struck=2 votes:NO=0", "struck=2 votes:NO=-", "votes:NO"},
    {"E17", kCouncils, "struck=2 votes:2/1=1", "struck=2 votes:2/1=-", "votes:2"},
    {"E18", kSingle, "votes:YES=501", "votes:YES=500", "votes:YES p12"},
    {"E18", kSingle, "votes:NO=501", "votes:NO=500", "votes:NO p12"},
    // 9 × 1112 = 10,008 > 10 × 1000 ≥ 9 × 1111 = 9,999; 11 × 909 = 9,999 < 10,000 ≤ 11 × 910.
    {"B1", kAll, "ref:eligible=1112", "ref:eligible=1111", "p1"},
    {"B1", kAll, "ref:eligible=909", "ref:eligible=910", "p1"},
    {"B2", kPostal, "p8a=9", "p8a=8", "p8a p7e"},
    {"B3", kPostal, "p8=509", "p8=508", "p8 p8a p4"},
    {"B4", kAll, "p9=1 p11=0", "p9=1 p11=1", "p9 p11"},
    {"B4", kAll, "p9=1 p11=0", "p9=0 p11=0", "p9 p11"},
    {"B5", kAll, "p3=301", "p3=300", "p3 p4 p2"},
    {"B6", kAll, "p5=500", "p5=499", "p4 p5"},
    {"B6", kAll, "p5=500", "p5=0 p4=0", "p4 p5"},
    // 10 points of 1,000 eligible are 100 ballots: 800 against a plan of 699 or 901.
    {"B7", kAll, "ref:eligible=1000 ref:planned_print=699",
     "ref:eligible=1000 ref:planned_print=700", "p2"},
    {"B7", kAll, "ref:eligible=1000 ref:planned_print=901",
     "ref:eligible=1000 ref:planned_print=900", "p2"},
    {"B8", kAb, "ref:eligible_b=9", "ref:eligible_b=10", "p1b"},
    {"W1", kAll, "p3=299", "p3=300", "p3 p4 p2"},
    {"W2", kPostal, "p8=507", "p8=508", "p8 p8a p4"},
    {"W3", kAll, "p9=1", "p9=0", "p9"},
    {"W4", kAll, "p4=901", "p4=900", "p4 p1"},
    {"W4", kAll, "p4=901", "p4=901 type=3", "p4 p1"},
    {"W5", kAll, "p1=0", "p1=1", "p1"},
    {"W5", kAll, "p4=0", "p4=1", "p4"},
    {"W5", kAll, "p8=0", "p8=1", "p8"},
    {"W5", kAll, "p10=0", "p10=1", "p10"},
    {"W5", kAll, "p12=0", "p12=1", "p12"},
    {"W5", kAll, "p8=0 p10=0 p12=0", "p8=1 p10=1 p12=1", "p8 p10 p12"},
    {"W6", kAll, "p10=1001", "p10=1000", "p10 p1"},
    {"W7", kPostal, "p8a=21", "p8a=20", "p8a p6"},
    {"W8", kPostal, "p7=21", "p7=20", "p7 p6"},
    {"W9", kPostal, "p7e=9", "p7e=8", "p7e p7 p7a p7b p7c p7d"},
    {"W10", kAll, "p9=8", "p9=7", "p9 p11"},
    {"W10", kAll, "p9=8", "p9=0 p11=0", "p9 p11"},
    {"W11", kAll, "opened=420 closed=420", "opened=420 closed=421", "opened_min closed_min"},
    {"W11", kAll, "opened=1260 closed=420", "opened=1260", "opened_min closed_min"},
    {"W12", kAb, "p1a=10", "p1a=11", "p1a p1b"},
    {"W13", kPostal, "p7=16", "p7=15", "p7 p7a p7b p7c p7d p7e"},
    {"E1", kPublic, "p4=1001", "p4=1000", "p4 p1"},
    // 508 = 8 invalid votes + 300 + 200.
    {"W20", kPublic, "p8=507", "p8=508", "p8 p11 votes"},
    {"W20", kPublic, "votes:2=201", "votes:2=201 p11=7", "p8 p11 votes"},
    {"E1", kSejm, "p4=1001", "p4=1000", "p4 p1"},
    {"E2", kSejm, "p9=509", "p9=509 p11=509", "p9 p10 p11"},
    {"E2", kSejm, "p10=1", "p10=1 p11=507", "p9 p10 p11"},
    {"E3", kSejm, "p12=9", "p12=9 p13=499", "p11 p12 p13"},
    {"E4", kSejm, "p13=501", "p13=501 votes:1=301", "p13 votes"},
    {"E5", kSejm, "votes:1/1=199", "votes:1/1=199 votes:1/2=101", "votes:1"},
    {"E5", kSejm, "votes:1=301", "votes:1=301 struck=1/2", "votes:1"},
    {"E6", kSejm, "struck=2/2 votes:2=149", "struck=2/2 votes:2=150", "votes:2"},
    {"E7", kSejm, "p5=501", "p5=500", "p5 p4"},
    {"E8", kSejm, "p7=501", "p7=500", "p4 p7 p1"},
    {"E9", kSejm, "p8a=14", "p8a=13", "p8a p8b p8"},
    {"E9", kSejm, "p8c=15", "p8c=14", "p8c p8d p8"},
    {"E11", kSejm, "postal=2", "postal=1", "p7 p8 p8a p8b p8c p8d p8e p9a"},
    {"E12", kSejm, "type=2 p5=1", "type=2 p5=0", "p5"},
    {"E14", kSejm, "p12c=2", "p12c=1", "p12a p12b p12c p12"},
    {"E15", kSejm, "p9=0", "p9=1", "p4 p9"},
    {"E15", kSejm, "p9=0", "p9=0 type=7", "p4 p9"},
    {"E16", kSejm, "size=7 members=CMMmmmm", "size=7 members=CMMMmmm", "members"},
    {"E17", kSejm, "struck=2 votes:2=0", "struck=2 votes:2=-", "votes:2"},
    {"E19", kSejm, "p6=499", "p6=498", "p5 p6 p4"},
    {"W13", kSejm, "p8=16", "p8=15", "p8 p8a p8b p8c p8d p8e"},
    {"B1", kSejm, "ref:eligible=1112", "ref:eligible=1111", "p1"},
    {"B1", kSejm, "ref:eligible=909", "ref:eligible=910", "p1"},
    {"B2", kSejm, "p9a=9", "p9a=8", "p9a p8e"},
    {"B3", kSejm, "p9=509", "p9=508", "p9 p9a p4"},
    {"B4", kSejm, "p10=1 p12=0", "p10=1 p12=1", "p10 p12"},
    {"B5", kSejm, "p3=301", "p3=300", "p3 p4 p2"},
    {"B6", kSejm, "p5=500", "p5=499", "p4 p5"},
    {"B7", kSejm, "ref:eligible=1000 ref:planned_print=699",
     "ref:eligible=1000 ref:planned_print=700", "p2"},
    {"W1", kSejm, "p3=299", "p3=300", "p3 p4 p2"},
    {"W2", kSejm, "p9=507", "p9=508", "p9 p9a p4"},
    {"W3", kSejm, "p10=1", "p10=0", "p10"},
    {"W4", kSejm, "p4=901", "p4=900", "p4 p1"},
    {"W4", kSejm, "p4=901", "p4=901 type=3", "p4 p1"},
    {"W5", kSejm, "p1=0", "p1=1", "p1"},
    {"W5", kSejm, "p9=0 p11=0 p13=0", "p9=1 p11=1 p13=1", "p9 p11 p13"},
    {"W6", kSejm, "p11=1001", "p11=1000", "p11 p1"},
    {"W7", kSejm, "p9a=21", "p9a=20", "p9a p7"},
    {"W8", kSejm, "p8=21", "p8=20", "p8 p7"},
    {"W9", kSejm, "p8e=9", "p8e=8", "p8e p8 p8a p8b p8c p8d"},
    {"W10", kSejm, "p10=8", "p10=7", "p10 p12"},
    {"W11", kSejm, "opened=420 closed=420", "opened=420 closed=421", "opened_min closed_min"},
};

std::vector<std::string> words(const char* text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

TEST(Forms, UnknownFormIsRefusedByName) {
  const auto form = builtin_form("council-1996");
  ASSERT_FALSE(form.has_value());
  EXPECT_EQ(form.error().code, ErrorCode::kNotFound);
  EXPECT_NE(form.error().message.find("council-1996"), std::string::npos);
}

TEST(Forms, EachRuleIsBrokenByItsExampleAndNotByTheNeighbour) {  // R15
  for (const Case& c : kCases) {
    for (const std::string& form : words(c.forms)) {
      const std::string what = form + ": " + c.code + ": ";
      const auto broken = Scene(form).set(c.breaks).check();
      const Finding* finding = find(broken, c.code);
      ASSERT_NE(finding, nullptr) << what << c.breaks;
      EXPECT_EQ(finding->points, words(c.points)) << what << c.breaks;
      EXPECT_EQ(std::ranges::count(broken, c.code, &Finding::code), 1) << what << c.breaks;
      EXPECT_EQ(find(Scene(form).set(c.holds).check(), c.code), nullptr) << what << c.holds;
    }
  }
}

TEST(Forms, TheTableAboveCoversEveryRuleOfEveryForm) {
  std::map<std::string, std::set<std::string>> covered;
  for (const Case& c : kCases) {
    for (const std::string& form : words(c.forms)) covered[form].insert(c.code);
  }
  for (std::string_view id : kBuiltinForms) {
    std::set<std::string> rules;
    for (const v1::FormRule& rule : form_of(id).rules()) {
      EXPECT_TRUE(rules.insert(rule.code()).second) << id << " has " << rule.code() << " twice";
    }
    EXPECT_EQ(rules, covered[std::string(id)]) << id;
  }
}

TEST(Forms, HoldTheRulesOfLawThatFitThem) {
  // LAW.md, "Rules"; E10 is not used.
  const std::string without_postal =
      "E1 E2 E3 E4 E7 E12 E15 E16 E17 B1 B4 B5 B6 B7 W1 W3 W4 W5 W6 W10 W11 ";
  const std::string full = without_postal + "E8 E9 E11 B2 B3 W2 W7 W8 W9 W13 ";
  const std::map<std::string_view, std::string> expected = {
      {"council-2014", full + "E5 E6"},        {"council-2014-ab", full + "E5 E6 E13 B8 W12"},
      {"mayor-2014", full + "E13 E14 B8 W12"}, {"mayor-single-2014", full + "E13 E14 B8 W12 E18"},
      {"mayor-2018-public", "E1 W20"},         {"sejm-2019", full + "E5 E6 E14 E19"},
      {"local-2010", without_postal + "E5 E6"}};
  for (std::string_view id : kBuiltinForms) {
    const auto codes_of_law = words(expected.at(id).c_str());
    std::set<std::string> rules;
    for (const v1::FormRule& rule : form_of(id).rules()) rules.insert(rule.code());
    EXPECT_EQ(rules, std::set<std::string>(codes_of_law.begin(), codes_of_law.end())) << id;
  }
}

TEST(Forms, SeverityFollowsTheLetterOfTheCodeAndEveryRuleSpeaksBothLanguages) {
  const std::map<char, std::uint32_t> severities = {
      {'E', v1::SEVERITY_ERROR}, {'B', v1::SEVERITY_BLOCKING_WARNING}, {'W', v1::SEVERITY_WARNING}};
  for (std::string_view id : kBuiltinForms) {
    for (const v1::FormRule& rule : form_of(id).rules()) {
      // LAW.md: W13 is an error from 2015 on.
      const bool grown = rule.code() == "W13" && id == "sejm-2019";
      EXPECT_EQ(rule.severity(), severities.at(grown ? 'E' : rule.code()[0]))
          << id << " " << rule.code();
      EXPECT_FALSE(rule.message_pl().empty()) << id << " " << rule.code();
      EXPECT_FALSE(rule.message_en().empty()) << id << " " << rule.code();
    }
  }
}

TEST(Forms, EveryCodeAFindingCanHaveHasMessagesInBothLanguages) {
  for (std::string_view id : kBuiltinForms) {
    std::vector<std::string> codes = {"E0", "X1", "T3"};
    for (const v1::FormRule& rule : form_of(id).rules()) codes.push_back(rule.code());
    for (const std::string& code : codes) {
      const Messages messages = messages_of(form_of(id), code);
      EXPECT_FALSE(messages.pl.empty()) << id << " " << code;
      EXPECT_FALSE(messages.en.empty()) << id << " " << code;
    }
  }
  EXPECT_TRUE(messages_of(form_of("sejm-2019"), "E13").pl.empty());
}

TEST(Forms, PointsStandInTheOrderOfThePaper) {
  const auto points = [](std::string_view id) {
    std::string text;
    for (const v1::FormPoint& point : form_of(id).points()) text += point.code() + " ";
    return text;
  };
  EXPECT_EQ(points("council-2014"),
            "p1 p2 p3 p4 p5 p6 p7 p7a p7b p7c p7d p7e p8 p8a p9 p10 p11 p12 ");
  EXPECT_EQ(points("council-2014-ab"),
            "p1 p1a p1b p2 p3 p4 p4a p4b p5 p6 p7 p7a p7b p7c p7d p7e p8 p8a p9 p10 p11 p12 ");
  EXPECT_EQ(points("mayor-2014"),
            "p1 p1a p1b p2 p3 p4 p4a p4b p5 p6 p7 p7a p7b p7c p7d p7e p8 p8a p9 p10 p11 p11a p11b "
            "p12 ");
  EXPECT_EQ(points("mayor-single-2014"), points("mayor-2014"));
  EXPECT_EQ(points("mayor-2018-public"), "p1 p4 p8 p11 ");
  EXPECT_EQ(points("sejm-2019"),
            "p1 p2 p3 p4 p5 p6 p7 p8 p8a p8b p8c p8d p8e p9 p9a p10 p11 p12 p12a p12b p12c p13 ");
  EXPECT_EQ(points("local-2010"), "p1 p2 p3 p4 p5 p8 p9 p10 p11 p12 ");
}

TEST(Forms, ASoundProtocolHasNoFindings) {
  for (std::string_view id : kBuiltinForms) {
    const Scene scene = Scene(id).set(
        "postal=1 size=7 members=CDMMmmm opened=420 closed=1260 ref:eligible=1000 "
        "ref:eligible_b=10 ref:planned_print=800");
    EXPECT_EQ(codes(scene.check()), std::set<std::string>{}) << id;
    EXPECT_TRUE(check_shape(*scene.slice(), scene.protocol()).has_value()) << id;
  }
}

}  // namespace
}  // namespace urna::validation
