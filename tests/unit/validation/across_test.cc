// Across-protocol and turnout rules, over a few protocols written in one line each.
#include "common/validation/across.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "common/validation/forms.h"

namespace urna::validation {
namespace {

constexpr auto kSmallGmina = v1::CONTEST_KIND_COUNCIL_SMALL_GMINA;
constexpr auto kCity = v1::CONTEST_KIND_COUNCIL_CITY;
constexpr auto kMayor = v1::CONTEST_KIND_MAYOR;
constexpr auto kPowiat = v1::CONTEST_KIND_COUNCIL_POWIAT;
constexpr auto kAssembly = v1::CONTEST_KIND_ASSEMBLY;
constexpr auto kWarsawDistrict = v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT;
constexpr int kNone = -1;

model::Cell cell(int figure) {
  return figure == kNone ? model::kEmptyCell : model::cell_of(static_cast<std::uint32_t>(figure));
}

// Eligible, of these in part A, issued, proxies.
PrecinctProtocol protocol(v1::ContestKind kind, int eligible, int part_a = kNone,
                          int issued = kNone, int proxies = kNone) {
  return {kind, cell(eligible), cell(part_a), cell(issued), cell(proxies)};
}

// "X2 0 2, X4 0 1 2": codes with the protocols concerned.
std::string found(std::vector<PrecinctProtocol> protocols,
                  std::vector<v1::ContestKind> uncontested = {}) {
  std::ostringstream text;
  for (const AcrossFinding& finding : check_across(protocols, uncontested)) {
    if (text.tellp() > 0) text << ", ";
    text << finding.code;
    for (const std::size_t i : finding.concerned) text << " " << i;
  }
  return text.str();
}

TEST(Across, NothingOrOneProtocolBreaksNoRule) {
  EXPECT_EQ(found({}), "");
  for (const auto kind : {kSmallGmina, kMayor, kPowiat, kAssembly, kWarsawDistrict}) {
    EXPECT_EQ(found({protocol(kind, 7, 5, 3, 2)}), "");
  }
}

TEST(Across, EmptyFiguresAreNotCompared) {
  EXPECT_EQ(found({protocol(kSmallGmina, kNone), protocol(kMayor, 100), protocol(kPowiat, kNone),
                   protocol(kAssembly, 90)}),
            "");
}

TEST(Across, X1EligibleOfCouncilAndMayorAreEqual) {
  EXPECT_EQ(found({protocol(kSmallGmina, 100), protocol(kMayor, 100)}), "");
  EXPECT_EQ(found({protocol(kSmallGmina, 100), protocol(kMayor, 101)}), "X1 0 1");
  EXPECT_EQ(found({protocol(kMayor, 100), protocol(kCity, 101)}), "X1 0 1");
  EXPECT_EQ(found({protocol(v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, 99), protocol(kMayor, 100)}),
            "X1 0 1");
}

TEST(Across, X2EligibleOfPowiatAndAssemblyArePartAOfCouncilAndMayorEachByItself) {
  const auto council = protocol(kSmallGmina, 100, 95);
  const auto mayor = protocol(kMayor, 100, 95);
  EXPECT_EQ(found({council, mayor, protocol(kPowiat, 95), protocol(kAssembly, 95)}), "");
  EXPECT_EQ(found({council, mayor, protocol(kPowiat, 96), protocol(kAssembly, 95)}),
            "X2 0 2, X2 1 2");
  EXPECT_EQ(found({council, mayor, protocol(kPowiat, 95), protocol(kAssembly, 94)}),
            "X2 0 3, X2 1 3");
  EXPECT_EQ(found({protocol(kCity, 100, 94), mayor, protocol(kAssembly, 95)}), "X2 0 2");
  // All of part A, none of part B: the whole register is not what counts.
  EXPECT_EQ(found({council, protocol(kAssembly, 100)}), "X2 0 1");
  EXPECT_EQ(found({protocol(kSmallGmina, 100), protocol(kAssembly, 95)}), "") << "part A unknown";
}

TEST(Across, X3TheMayorsEligibleIsTheSumOfTheDistricts) {
  EXPECT_EQ(found({protocol(kSmallGmina, 60), protocol(kSmallGmina, 40), protocol(kMayor, 100)}),
            "");
  EXPECT_EQ(found({protocol(kSmallGmina, 60), protocol(kSmallGmina, 41), protocol(kMayor, 100)}),
            "X3 0 1 2");
  EXPECT_EQ(found({protocol(kSmallGmina, 60), protocol(kMayor, 100), protocol(kSmallGmina, 39)}),
            "X3 0 1 2");
}

TEST(Across, X3AnUncontestedDistrictMakesTheSumALowerBound) {
  const std::vector<v1::ContestKind> uncontested = {kSmallGmina};
  EXPECT_EQ(found({protocol(kSmallGmina, 60), protocol(kMayor, 100)}, uncontested), "");
  EXPECT_EQ(found({protocol(kSmallGmina, 100), protocol(kMayor, 100)}, uncontested), "");
  EXPECT_EQ(found({protocol(kSmallGmina, 101), protocol(kMayor, 100)}, uncontested), "X3 0 1");
  EXPECT_EQ(found({protocol(kSmallGmina, 60), protocol(kSmallGmina, 41), protocol(kMayor, 100)},
                  uncontested),
            "X3 0 1 2");
  // The whole council is uncontested: there is nothing to compare.
  EXPECT_EQ(found({protocol(kMayor, 100)}, uncontested), "");
}

TEST(Across, X2WithSeveralDistrictsComparesTheirSum) {
  const auto first = protocol(kSmallGmina, 60, 58), second = protocol(kSmallGmina, 40, 37);
  EXPECT_EQ(found({first, second, protocol(kAssembly, 95)}), "");
  EXPECT_EQ(found({first, second, protocol(kAssembly, 94)}), "X2 0 1 2");
  // With a third, uncontested district the assembly may have more voters, not fewer.
  EXPECT_EQ(found({first, second, protocol(kAssembly, 96)}, {kSmallGmina}), "");
  EXPECT_EQ(found({first, second, protocol(kAssembly, 94)}, {kSmallGmina}), "X2 0 1 2");
  // The powiat council can have an uncontested district too: then it is the smaller one.
  EXPECT_EQ(found({first, second, protocol(kPowiat, 50)}, {kPowiat}), "");
  EXPECT_EQ(found({first, second, protocol(kPowiat, 96)}, {kPowiat}), "X2 0 1 2");
}

TEST(Across, X4IssuedDiffersByMoreThanThirtyOrMoreThanTenPercent) {
  const auto issued = [](int a, int b) {
    return found({protocol(kMayor, kNone, kNone, a), protocol(kWarsawDistrict, kNone, kNone, b)});
  };
  EXPECT_EQ(issued(1000, 970), "");
  EXPECT_EQ(issued(1000, 969), "X4 0 1");
  EXPECT_EQ(issued(969, 1000), "X4 0 1");
  EXPECT_EQ(issued(100, 90), "");
  EXPECT_EQ(issued(100, 89), "X4 0 1");
  EXPECT_EQ(issued(0, 0), "");
  EXPECT_EQ(issued(0, 1), "X4 0 1");
}

TEST(Across, X5ProxiesDifferAtAll) {
  const auto proxies = [](int a, int b) {
    return found(
        {protocol(kMayor, kNone, kNone, kNone, a), protocol(kPowiat, kNone, kNone, kNone, b)});
  };
  EXPECT_EQ(proxies(2, 2), "");
  EXPECT_EQ(proxies(2, 3), "X5 0 1");
  EXPECT_EQ(proxies(2, kNone), "");
}

TEST(Across, X4AndX5AddUpDistrictsAndLeaveOutACouncilWithAnUncontestedOne) {
  const std::vector<PrecinctProtocol> protocols = {protocol(kSmallGmina, 60, kNone, 50, 1),
                                                   protocol(kSmallGmina, 40, kNone, 30, 1),
                                                   protocol(kMayor, 100, kNone, 80, 2)};
  EXPECT_EQ(found(protocols), "");
  auto changed = protocols;
  changed[1] = protocol(kSmallGmina, 40, kNone, 10, 0);
  EXPECT_EQ(found(changed), "X4 0 1 2, X5 0 1 2");
  EXPECT_EQ(found(changed, {kSmallGmina}), "");
}

TEST(Across, ParliamentIsComparedWithNothing) {
  EXPECT_EQ(
      found({protocol(v1::CONTEST_KIND_PARLIAMENT, 1, 1, 1, 1), protocol(kMayor, 90, 80, 70, 60)}),
      "");
}

TEST(Across, PointsArePickedByTheirCodesInTheForm) {
  const v1::Form form = builtin_form("mayor-2014").value();
  std::vector<model::Cell> points(static_cast<std::size_t>(form.points_size()));
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = static_cast<model::Cell>(i + 1);
  // p1 p1a p1b p2 p3 p4 p4a p4b p5: cells 1, 2, 6 and 9.
  const PrecinctProtocol picked = precinct_protocol(kMayor, form, points);
  EXPECT_EQ(picked.kind, kMayor);
  EXPECT_EQ(picked.eligible, 1U);
  EXPECT_EQ(picked.eligible_a, 2U);
  EXPECT_EQ(picked.issued, 6U);
  EXPECT_EQ(picked.proxies, 9U);
  EXPECT_EQ(precinct_protocol(kMayor, builtin_form("council-2014").value(), points).eligible_a, 0U);
  EXPECT_EQ(precinct_protocol(kMayor, form, {}).eligible, 0U);
}

RC_GTEST_PROP(Across, TheOrderOfTheProtocolsDoesNotMatter, ()) {
  const auto kinds = std::vector<v1::ContestKind>{kSmallGmina, kMayor, kPowiat, kAssembly};
  std::vector<PrecinctProtocol> protocols;
  for (int left = *rc::gen::inRange(0, 7); left > 0; --left) {
    protocols.push_back({*rc::gen::elementOf(kinds), *rc::gen::inRange(0U, 4U),
                         *rc::gen::inRange(0U, 4U), *rc::gen::inRange(0U, 4U),
                         *rc::gen::inRange(0U, 3U)});
  }
  std::vector<v1::ContestKind> uncontested;
  if (*rc::gen::arbitrary<bool>()) uncontested.push_back(*rc::gen::elementOf(kinds));
  std::vector<PrecinctProtocol> reversed(protocols.rbegin(), protocols.rend());
  const auto named = [](std::vector<AcrossFinding> findings, std::size_t count, bool turn) {
    std::multiset<std::pair<std::string, std::set<std::size_t>>> result;
    for (const AcrossFinding& finding : findings) {
      std::set<std::size_t> concerned;
      for (const std::size_t i : finding.concerned) concerned.insert(turn ? count - 1 - i : i);
      result.emplace(finding.code, concerned);
    }
    return result;
  };
  RC_ASSERT(named(check_across(protocols, uncontested), protocols.size(), false) ==
            named(check_across(reversed, uncontested), protocols.size(), true));
}

std::string turnout(std::vector<TurnoutFigures> reports, std::optional<std::uint32_t> issued = {}) {
  std::ostringstream text;
  for (const AcrossFinding& finding : check_turnout(reports, issued)) {
    if (text.tellp() > 0) text << ", ";
    text << finding.code;
    for (const std::size_t i : finding.concerned) text << " " << i;
  }
  return text.str();
}

TEST(Turnout, WithoutReportsNothingIsWrong) {
  EXPECT_EQ(turnout({}), "");
  EXPECT_EQ(turnout({}, 5), "");
}

TEST(Turnout, T1IssuedNeverFallsFromHourToHour) {
  EXPECT_EQ(turnout({{720, 100, 20}, {1050, 100, 20}}), "");
  EXPECT_EQ(turnout({{720, 100, 20}, {1050, 100, 19}}), "T1 0 1");
  EXPECT_EQ(turnout({{1050, 100, 20}, {720, 100, 19}}), "") << "by hour, not as given";
  EXPECT_EQ(turnout({{1050, 100, 19}, {720, 100, 20}}), "T1 0 1");
  // Falls at noon and stays: the pair that falls is named, not every later one.
  EXPECT_EQ(turnout({{600, 100, 20}, {720, 100, 10}, {1050, 100, 15}}), "T1 0 1");
}

TEST(Turnout, T2IssuedIsAtMostEligible) {
  EXPECT_EQ(turnout({{720, 20, 20}}), "");
  EXPECT_EQ(turnout({{720, 100, 20}, {1050, 20, 21}}), "T2 1");
}

TEST(Turnout, T3TheProtocolIssuedAtLeastWhatTheLastReportSaid) {
  EXPECT_EQ(turnout({{720, 100, 20}, {1050, 100, 50}}, 50), "");
  EXPECT_EQ(turnout({{720, 100, 20}, {1050, 100, 50}}, 49), "T3 1");
  EXPECT_EQ(turnout({{1050, 100, 50}, {720, 100, 20}}, 49), "T3 0");
}

TEST(AcrossRules, EachSpeaksBothLanguagesAndTellsWhichNeedAReason) {
  std::string codes, with_reason;
  for (const AcrossRule& rule : across_rules()) {
    codes += std::string(rule.code) + " ";
    if (rule.needs_reason) with_reason += std::string(rule.code) + " ";
    EXPECT_FALSE(rule.message_pl.empty());
    EXPECT_FALSE(rule.message_en.empty());
    EXPECT_FALSE(rule.points.empty());
    EXPECT_NE(rule.severity, v1::SEVERITY_UNSPECIFIED);
    EXPECT_EQ(across_rule(rule.code), &rule);
  }
  EXPECT_EQ(codes, "X1 X2 X3 X4 X5 T1 T2 T3 ");
  EXPECT_EQ(with_reason, "X1 X2 X3 ");
  EXPECT_EQ(across_rule("X6"), nullptr);
}

}  // namespace
}  // namespace urna::validation
