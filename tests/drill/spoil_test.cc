#include "tests/drill/spoil.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

using Codes = std::vector<std::string>;
using Points = std::map<std::string, std::uint32_t, std::less<>>;

// A mayor's protocol worked out by hand: 1000 eligible (990 + 10), 600 issued (595 + 5), two of
// them by proxy, 3 packages, 2 envelopes, both in the box; 601 ballots = 1 invalid + 600; 600 valid
// ballots = 20 invalid votes (12 + 8) + 580; 300 + 280 votes.
Dataset one_protocol(v1::PrecinctType type = v1::PRECINCT_TYPE_PERMANENT) {
  Dataset data;
  data.precincts.push_back({"305001-1", "305001", "1", type});
  DatasetContest contest;
  contest.contest = "mayor";
  contest.precincts = {0};
  contest.options = {{"1", "Kandydat 1"}, {"2", "Kandydat 2"}};
  data.contests.push_back(contest);
  DatasetProtocol protocol;
  const std::uint32_t proxies = type == v1::PRECINCT_TYPE_PERMANENT ? 2 : 0;
  protocol.points = {{"p1", 1000}, {"p1a", 990}, {"p1b", 10}, {"p2", 900},     {"p3", 300},
                     {"p4", 600},  {"p4a", 595}, {"p4b", 5},  {"p5", proxies}, {"p6", 3},
                     {"p7", 2},    {"p7a", 0},   {"p7b", 0},  {"p7c", 0},      {"p7d", 0},
                     {"p7e", 2},   {"p8", 601},  {"p8a", 2},  {"p9", 1},       {"p10", 600},
                     {"p11", 20},  {"p11a", 12}, {"p11b", 8}, {"p12", 580}};
  protocol.votes = {model::cell_of(300), model::cell_of(280)};
  data.protocols.push_back(protocol);
  return data;
}

Codes codes_with(std::string_view point, std::uint32_t figure,
                 v1::PrecinctType type = v1::PRECINCT_TYPE_PERMANENT) {
  Dataset data = one_protocol(type);
  data.protocols[0].points.find(point)->second = figure;
  return broken_errors(data, data.protocols[0]);
}

TEST(Oracle, FindsNothingInACorrectProtocol) {
  EXPECT_EQ(codes_with("p1", 1000), Codes{});
  EXPECT_EQ(codes_with("p5", 0, v1::PRECINCT_TYPE_HOSPITAL), Codes{});
}

struct Case {
  const char* point;
  std::uint32_t figure;
  Codes codes;
};

TEST(Oracle, NamesExactlyTheRulesBrokenByOneWrongFigure) {
  const Case cases[] = {
      {"p1", 599, {"E1", "E8", "E13"}},
      {"p1", 602, {"E8", "E13"}},  // 600 + 3 > 602
      {"p1", 1001, {"E13"}},
      {"p1a", 991, {"E13"}},
      {"p1b", 4, {"E13"}},
      {"p2", 1, {}},  // a blocking warning, no error
      {"p3", 999, {}},
      {"p4", 1001, {"E1", "E8", "E13"}},
      {"p4a", 594, {"E13"}},
      {"p4b", 11, {"E13"}},
      {"p5", 600, {}},
      {"p5", 601, {"E7"}},
      {"p6", 400, {}},
      {"p6", 401, {"E8"}},
      {"p7", 0, {}},
      {"p7a", 2, {}},
      {"p7a", 3, {"E9"}},
      {"p7b", 3, {"E9"}},
      {"p7c", 3, {"E9"}},
      {"p7d", 3, {"E9"}},
      {"p7e", 99, {}},
      {"p8", 602, {"E2"}},
      {"p8", 0, {"E2", "E15"}},
      {"p8a", 99, {}},
      {"p9", 0, {"E2"}},
      {"p10", 599, {"E2", "E3"}},
      {"p11", 21, {"E3"}},
      {"p11", 19, {"E3", "E14"}},
      {"p11a", 13, {"E14"}},
      {"p11b", 7, {}},
      {"p12", 581, {"E3", "E4"}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(codes_with(c.point, c.figure), c.codes) << c.point << " = " << c.figure;
  }
}

TEST(Oracle, JudgesProxiesAndAnEmptyBoxByTheTypeOfThePrecinct) {
  EXPECT_EQ(codes_with("p5", 1, v1::PRECINCT_TYPE_SEPARATE), Codes{"E12"});
  EXPECT_EQ(codes_with("p8", 0, v1::PRECINCT_TYPE_SEPARATE), Codes{"E2"});
}

TEST(Oracle, ARuleOverAPointTheFormLacksDoesNotApply) {
  Dataset data = one_protocol();
  for (const char* point : {"p1a", "p1b", "p4a", "p4b", "p11a", "p11b"}) {
    data.protocols[0].points.erase(point);
  }
  data.protocols[0].points["p1"] = 2000;
  EXPECT_EQ(broken_errors(data, data.protocols[0]), Codes{});
}

TEST(Spoil, MoreThanThereAreIsRefused) {
  const auto spoils = choose_spoils(one_protocol(), 2, 1);
  ASSERT_FALSE(spoils);
  EXPECT_EQ(spoils.error().code, ErrorCode::kInvalidArgument);
}

TEST(Spoil, ADataSetThatBreaksARuleByItselfIsRefused) {
  Dataset data = one_protocol();
  data.protocols[0].points["p12"] = 1;
  EXPECT_FALSE(choose_spoils(data, 1, 1));
}

std::string print(const std::vector<Spoil>& spoils) {
  std::string text;
  for (const Spoil& spoil : spoils) {
    text += std::to_string(spoil.protocol) + " " + spoil.point + " " +
            std::to_string(spoil.before) + " " + std::to_string(spoil.after);
    for (const std::string& code : spoil.expected_codes) text += " " + code;
    text += "\n";
  }
  return text;
}

// Exactly one numbered point differs, and exactly the codes foretold are broken.
void expect_sound(const Dataset& data, const std::vector<Spoil>& spoils) {
  std::set<std::size_t> chosen;
  for (const Spoil& spoil : spoils) {
    EXPECT_TRUE(chosen.insert(spoil.protocol).second) << "chosen twice";
    const DatasetProtocol& before = data.protocols[spoil.protocol];
    const DatasetProtocol after = spoiled(before, spoil);
    EXPECT_EQ(after.votes, before.votes);
    EXPECT_EQ(before.figure(spoil.point), spoil.before);
    EXPECT_NE(spoil.before, spoil.after);
    Points undone = after.points;
    ASSERT_TRUE(undone.contains(spoil.point));
    undone[spoil.point] = spoil.before;
    EXPECT_EQ(undone, before.points);
    EXPECT_FALSE(spoil.expected_codes.empty());
    EXPECT_EQ(broken_errors(data, after), spoil.expected_codes);
    EXPECT_TRUE(broken_errors(data, before).empty());
    EXPECT_NE(spoil.point, "p11a");
    EXPECT_NE(spoil.point, "p11b");
  }
}

std::set<std::string> codes_of(const std::vector<Spoil>& spoils) {
  std::set<std::string> codes;
  for (const Spoil& spoil : spoils) {
    codes.insert(spoil.expected_codes.begin(), spoil.expected_codes.end());
  }
  return codes;
}

const std::set<std::string> kReachable = {"E1", "E2",  "E3",  "E4",  "E7", "E8",
                                          "E9", "E12", "E13", "E14", "E15"};

TEST(Spoil, AHundredOfWarsawAreSpreadOverEveryReachableRule) {
  URNA_NEED_DATA("2014-warsaw");
  const auto data = read_warsaw(test::data_dir());
  ASSERT_TRUE(data) << data.error().message;
  for (std::uint64_t seed : {0u, 1u, 2u, 42u, 2014u}) {
    const auto spoils = choose_spoils(*data, 100, seed);
    ASSERT_TRUE(spoils) << spoils.error().message;
    EXPECT_EQ(spoils->size(), 100u);
    expect_sound(*data, *spoils);
    EXPECT_EQ(codes_of(*spoils), kReachable);
    std::set<std::string> contests;
    for (const Spoil& spoil : *spoils) {
      contests.insert(data->contest_of(data->protocols[spoil.protocol]).contest);
    }
    EXPECT_EQ(contests.size(), 5u);
  }
}

TEST(Spoil, EveryProtocolOfADataSetCanBeSpoiled) {
  const Dataset data = make_synthetic(5);
  const auto spoils = choose_spoils(data, data.protocols.size(), 9);
  ASSERT_TRUE(spoils) << spoils.error().message;
  EXPECT_EQ(spoils->size(), data.protocols.size());
  expect_sound(data, *spoils);
}

TEST(Spoil, NoneIsNone) { EXPECT_TRUE(choose_spoils(make_synthetic(5), 0, 9).value().empty()); }

RC_GTEST_PROP(Spoil, TheSameSeedSpoilsTheSame, ()) {
  static const Dataset data = make_synthetic(5);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto count = *rc::gen::inRange<std::size_t>(0, 200);
  const auto first = choose_spoils(data, count, seed);
  const auto second = choose_spoils(data, count, seed);
  RC_ASSERT(first.has_value());
  RC_ASSERT(first->size() == count);
  RC_ASSERT(print(*first) == print(*second));
  expect_sound(data, *first);
}

}  // namespace
}  // namespace urna::drill
