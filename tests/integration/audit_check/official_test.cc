// Official protocols through urna-check: every rule is broken as often as the data's own
// description says. Counts it does not give were made by a separate script over the raw files, and
// say so.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "tests/integration/audit_check/run.h"
#include "tests/support/official_data.h"

namespace urna::audit {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

std::string data(const std::string& file) { return (test::data_dir() / file).string(); }

// A contest without another one of its round.
std::string alone(const std::string& contest) {
  return "urna-check: note: contest '" + contest +
         "' is not compared: its precincts have no other contest of its round\n";
}

Counts summary(std::vector<std::string> arguments, const std::string& notes = "") {
  arguments.emplace_back("--summary");
  const Ran ran = run_check(arguments);
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_EQ(ran.errors, notes);
  return counts_of(ran.output);
}

TEST(OfficialData, Assemblies2014BreakEveryRuleAsOftenAsDescribed) {  // R15
  URNA_NEED_DATA("2014-sejmik");
  const Counts expected = {{",B3", 168},  {",B4", 13},  {",B5", 142}, {",W1", 264},
                           {",W2", 3029}, {",W3", 846}, {",W5", 7},   {",W10", 3}};
  EXPECT_EQ(summary({"--form", "council-2014", data("2014-sejmik/protocols.csv.gz"), "--votes",
                     data("2014-sejmik/lists.csv.gz")}),
            expected);
}

const Counts kWarsaw = {{"mayor_round1,B2", 1},           {"mayor_round1,B3", 63},
                        {"mayor_round1,B4", 4},           {"mayor_round1,B5", 23},
                        {"mayor_round1,W1", 47},          {"mayor_round1,W2", 253},
                        {"mayor_round1,W3", 105},         {"mayor_round1,W10", 2},
                        {"mayor_round1,W13", 1},          {"mayor_round2,B3", 23},
                        {"mayor_round2,B5", 11},          {"mayor_round2,W1", 17},
                        {"mayor_round2,W2", 123},         {"mayor_round2,W3", 37},
                        {"city_council,B3", 35},          {"city_council,B4", 2},
                        {"city_council,B5", 13},          {"city_council,W1", 27},
                        {"city_council,W2", 271},         {"city_council,W3", 97},
                        {"district_council,B3", 40},      {"district_council,B4", 5},
                        {"district_council,B5", 19},      {"district_council,W1", 31},
                        {"district_council,W2", 268},     {"district_council,W3", 106},
                        {"district_council,W5", 3},       {"district_council,W10", 1},
                        {"voivodeship_assembly,B3", 30},  {"voivodeship_assembly,B4", 2},
                        {"voivodeship_assembly,B5", 24},  {"voivodeship_assembly,W1", 32},
                        {"voivodeship_assembly,W2", 308}, {"voivodeship_assembly,W3", 132}};

std::vector<std::string> warsaw(const std::vector<std::string>& contests) {
  std::vector<std::string> arguments;
  for (const std::string& contest : contests) {
    const std::string form = contest.starts_with("mayor")        ? "mayor-2014"
                             : contest == "voivodeship_assembly" ? "council-2014"
                                                                 : "council-2014-ab";
    arguments.insert(arguments.end(), {"--form", contest + "=" + form});
  }
  arguments.insert(arguments.end(), {data("2014-warsaw/protocols.csv.gz"), "--votes",
                                     data("2014-warsaw/votes.csv.gz")});
  return arguments;
}

TEST(OfficialData, Warsaw2014BreaksEveryRuleAsOftenAsDescribedAlsoAcrossProtocols) {  // R15
  URNA_NEED_DATA("2014-warsaw");
  Counts expected = kWarsaw;
  expected["city_council+mayor_round1,X1"] = 3;
  expected["city_council+voivodeship_assembly,X2"] = 98;
  expected["mayor_round1+voivodeship_assembly,X2"] = 99;
  // Not described; counted by the separate script.
  const std::string four = "city_council+district_council+mayor_round1+voivodeship_assembly";
  expected[four + ",X4"] = 42;
  expected[four + ",X5"] = 3;
  EXPECT_EQ(summary(warsaw({"mayor_round1", "mayor_round2", "city_council", "district_council",
                            "voivodeship_assembly"}),
                    alone("mayor_round2")),
            expected);
}

TEST(OfficialData, AContestOfWarsawCheckedAloneHasItsOwnFindingsOnly) {
  URNA_NEED_DATA("2014-warsaw");
  for (const std::string contest : {"mayor_round1", "district_council", "voivodeship_assembly"}) {
    Counts expected;
    for (const auto& [key, count] : kWarsaw) {
      if (key.starts_with(contest + ",")) expected[key] = count;
    }
    EXPECT_EQ(summary(warsaw({contest})), expected) << contest;
    auto plain = warsaw({contest});
    plain[1] = plain[1].substr(contest.size() + 1);
    plain.insert(plain.end(), {"--contest", contest});
    EXPECT_EQ(summary(plain), expected) << contest << " by --contest";
  }
}

TEST(OfficialData, TheTwoRoundsOfAMayorAreNotComparedWithEachOther) {
  URNA_NEED_DATA("2014-warsaw");
  for (const auto& [key, count] : summary(warsaw({"mayor_round1", "mayor_round2"}),
                                          alone("mayor_round1") + alone("mayor_round2"))) {
    EXPECT_EQ(key.find(",X"), std::string::npos) << key << " " << count;
  }
}

TEST(OfficialData, FindingsAreAsManyAsTheSummaryCounts) {
  URNA_NEED_DATA("2014-warsaw");
  const Ran ran = run_check(warsaw({"mayor_round1", "city_council"}));
  ASSERT_EQ(ran.status, 0) << ran.errors;
  std::istringstream lines(ran.output);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "protocol,contest,teryt,precinct,code,severity");
  Counts counts;
  std::set<std::string> precincts_of_x1;
  while (std::getline(lines, line)) {
    std::vector<std::string> fields;
    std::istringstream text(line);
    for (std::string field; std::getline(text, field, ',');) fields.push_back(field);
    ASSERT_EQ(fields.size(), 6U) << line;
    EXPECT_EQ(fields[0], "") << line;  // this file has no column for it
    ++counts[fields[1] + "," + fields[4]];
    if (fields[4] == "X1") precincts_of_x1.insert(fields[2] + "-" + fields[3]);
  }
  EXPECT_EQ(counts, summary(warsaw({"mayor_round1", "city_council"})));
  EXPECT_EQ(precincts_of_x1.size(), 3U);
}

TEST(OfficialData, MayorsOf2018BreakNoRule) {  // E1: 0, W20: never
  URNA_NEED_DATA("2018-mayors");
  EXPECT_EQ(summary({"--form", "mayor-2018-public", data("2018-mayors/protocols.csv.gz"), "--votes",
                     data("2018-mayors/votes.csv.gz")}),
            Counts{});
}

TEST(OfficialData, ParliamentOf2019BreaksEveryRuleAsOftenAsDescribed) {
  URNA_NEED_DATA("2019-sejm");
  Counts counts;
  int districts = 0;
  for (int district = 1; district <= 41; ++district) {
    const std::string number = (district < 10 ? "0" : "") + std::to_string(district);
    const std::string file = data("2019-sejm/district-" + number + ".csv.gz");
    if (!std::filesystem::exists(file)) continue;
    ++districts;
    for (const auto& [key, count] : summary({"--form", "sejm-2019", file})) counts[key] += count;
  }
  EXPECT_EQ(districts, 30);
  // Described: E1-E4 0; 2 ≠ 3 + 4 in 531; a list never below the sum of its candidates, and above
  // it only where one was struck off, so neither E5 nor E6.
  EXPECT_EQ(counts[",W1"] + counts[",B5"], 531U);
  // The rest was counted by the separate script.
  const Counts expected = {{",B3", 222}, {",B4", 2}, {",B5", 156}, {",W1", 375}, {",W2", 1825},
                           {",W3", 647}, {",W4", 7}, {",W5", 4},   {",W9", 3},   {",W10", 21}};
  EXPECT_EQ(counts, expected);
}

}  // namespace
}  // namespace urna::audit
