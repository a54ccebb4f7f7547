#include "tests/drill/replay_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/official_data.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

using Json = nlohmann::json;

// Two precincts of two Warsaw districts vote for a mayor (options 1 and 2); the first also for a
// council (option 3 in district 9).
//   mayor   146502-711: 100 eligible, 30 + 20 votes    146503-5: 200 eligible, 1 + 0 votes
//   council 146502-711: 100 eligible, 40 votes
Dataset small() {
  Dataset data;
  data.name = "small";
  data.units = {{"PL", v1::UNIT_KIND_NATIONAL, "", "Polska"}};
  data.precincts = {{"146502-711", "146502", "711", v1::PRECINCT_TYPE_PERMANENT},
                    {"146503-5", "146503", "5", v1::PRECINCT_TYPE_PERMANENT}};
  DatasetContest mayor;
  mayor.contest = "mayor_round2";
  mayor.id = "mayor-146501";
  mayor.round = 2;
  mayor.options = {{"1", ""}, {"2", ""}};
  mayor.area = "146501";
  mayor.precincts = {0, 1};
  DatasetContest council;
  council.contest = "city_council";
  council.id = "city_council-9";
  council.district = "9";
  council.options = {{"3", ""}};
  council.area = "146501";
  council.synthetic = true;
  council.precincts = {0};
  data.contests = {mayor, council};
  const auto cells = [](std::initializer_list<std::uint32_t> votes) {
    std::vector<model::Cell> out;
    for (const std::uint32_t v : votes) out.push_back(model::cell_of(v));
    return out;
  };
  data.protocols = {{"", 0, 0, {{"p1", 100}, {"p12", 50}}, cells({30, 20})},
                    {"", 0, 1, {{"p1", 200}, {"p12", 1}}, cells({1, 0})},
                    {"", 1, 0, {{"p1", 100}, {"p12", 40}}, cells({40})}};
  return data;
}

constexpr const char* kHeader = "contest,round,unit,protocols,kind,code,figure\n";

// What the centre prints when the mayor's protocol of 146503-5 was refused.
std::string tally() {
  return std::string(kHeader) +
         "city_council-9,1,PL,1,point,p1,100\n"
         "city_council-9,1,PL,1,point,p12,40\n"
         "city_council-9,1,PL,1,option,3,40\n"
         "city_council-9,1,146502,1,point,p1,100\n"
         "city_council-9,1,146502,1,option,3,40\n"
         "mayor-146501,2,PL,1,point,p1,100\n"
         "mayor-146501,2,PL,1,point,p12,50\n"
         "mayor-146501,2,PL,1,option,1,30\n"
         "mayor-146501,2,PL,1,option,2,20\n"
         "mayor-146501,2,146502,1,option,1,30\n"
         "mayor-146501,2,146502,1,option,2,20\n";
}

ReplayOutcome outcome() {
  ReplayOutcome out;
  out.seconds = 1.5;
  const Dataset data = small();
  TallyReader reader(data, "PL");
  EXPECT_TRUE(reader.take(tally()));
  auto tallied = reader.finish();
  EXPECT_TRUE(tallied);
  out.sums = std::move(tallied->sums);
  out.spoiled = {{1, "p12", 1, 2, {"E3", "E4"}}};
  out.refused = {{1, "E3", "central"}, {1, "E4", "central"}};
  auto results = parse_results(
      "contest,round,option,candidate,votes,outcome\n"
      "mayor-146501,2,1,0,30,elected\ncity_council-9,1,3,2,40,not_elected\n");
  if (results) out.results = std::move(*results);
  return out;
}

TEST(Report, AMalformedTallyIsNamedByItsLine) {
  for (const char* line :
       {"a,1,PL,1,point,p1\n", "a,1,PL,1,point,p1,2,3\n", "a,x,PL,1,point,p1,2\n",
        "a,1,PL,-1,point,p1,2\n", "a,1,PL,1,point,p1,2x\n", "\n"}) {
    const Dataset data = small();
    TallyReader reader(data, "PL");
    const auto taken = reader.take(std::string(kHeader) + line);
    ASSERT_FALSE(taken) << line;
    EXPECT_TRUE(taken.error().message.contains("line 2")) << taken.error().message;
  }
}

// However the bytes fall apart, and not when the last line lacks its end.
TEST(Report, ATallyIsReadPieceByPiece) {
  const Dataset data = small();
  TallyReader whole(data, "PL");
  ASSERT_TRUE(whole.take(tally()));
  const auto expected = whole.finish();
  ASSERT_TRUE(expected);
  for (const std::size_t size : {1, 7, 50}) {
    TallyReader reader(data, "PL");
    const std::string text = tally();
    for (std::size_t at = 0; at < text.size(); at += size) {
      ASSERT_TRUE(reader.take(std::string_view(text).substr(at, size)));
    }
    const auto tallied = reader.finish();
    ASSERT_TRUE(tallied);
    EXPECT_EQ(tallied->sums.rows, expected->sums.rows);
    EXPECT_EQ(tallied->votes, (std::vector<std::vector<std::uint64_t>>{{30, 20}, {40}}));
  }
  TallyReader cut(data, "PL");
  ASSERT_TRUE(cut.take(tally() + "mayor-146501,2,PL,1,opt"));
  EXPECT_FALSE(cut.finish());
}

// What the node of 146502 prints of the data set above: its own precinct, 100 eligible in both
// contests, 50 and 40 valid votes.
TEST(Report, ANodesTallyIsComparedWithThePartOfTheFilesThatIsIts) {
  const Dataset data = small();
  const auto read = [&](const std::string& more) {
    TallyReader reader(data, "146502");
    EXPECT_TRUE(reader.take(std::string(kHeader) +
                            "city_council-9,1,PL,1,point,p1,100\n"
                            "city_council-9,1,146502,1,point,p1,100\n"
                            "city_council-9,1,146502,1,point,p12,40\n"
                            "city_council-9,1,146502,1,option,3,40\n"
                            "mayor-146501,2,146502,1,point,p1,100\n"
                            "mayor-146501,2,146502,1,point,p12,50\n"
                            "mayor-146501,2,146502,1,option,1,30\n"
                            "mayor-146501,2,146502,1,option,2,20\n" +
                            more));
    return reader.finish()->sums;
  };
  const auto its = [](const std::string& teryt) { return teryt == "146502"; };
  const Sums want = part_of(sums_of(data, {}), data, {}, its);
  EXPECT_EQ(want.contests, (std::vector<ContestTotals>{{"mayor_round2", 1, 100, 50},
                                                       {"city_council", 1, 100, 40}}));
  EXPECT_THAT(differences(read(""), want), testing::IsEmpty());
  EXPECT_THAT(differences(read("mayor-146501,2,146503,1,option,1,1\n"), want), testing::SizeIs(1));
}

// A row that nothing in the data set stands for is too many, unless it is of 0 votes.
TEST(Report, AVoteForNobodyIsADifference) {
  const Dataset data = small();
  Sums have = sums_of(data, {});
  have.rows[{"city_council", "146502", "9", "4"}] = 0;
  EXPECT_TRUE(differences(have, sums_of(data, {})).empty());
  have.rows[{"city_council", "146502", "9", "4"}] = 1;
  EXPECT_EQ(differences(have, sums_of(data, {})).size(), 1u);
}

TEST(Report, AMalformedResultIsNamedByItsLine) {
  for (const char* line : {"a,1,2,3,4\n", "a,x,2,3,4,elected\n", "a,1,2,x,4,elected\n",
                           "a,1,2,3,,elected\n", "a,1,2,3,4,elected,\n", "\n"}) {
    const auto lines =
        parse_results(std::string("contest,round,option,candidate,votes,outcome\n") + line);
    ASSERT_FALSE(lines) << line;
    EXPECT_TRUE(lines.error().message.contains("line 2")) << lines.error().message;
  }
}

TEST(Report, EveryDifferenceOfResultsIsNamed) {
  const std::vector<ResultLine> want = {{"c", 1, "1", 1, 10, "elected"},
                                        {"c", 1, "1", 2, 8, "not_elected"},
                                        {"m", 2, "A", 0, 5, "elected"}};
  EXPECT_TRUE(differences(want, want).empty());
  auto have = want;
  have[0].outcome = "not_elected";
  EXPECT_EQ(differences(have, want).size(), 1u);
  have = want;
  have[2].votes = 6;
  EXPECT_EQ(differences(have, want).size(), 1u);
  have = want;
  have[1].candidate = 3;  // one too many, one missing
  EXPECT_EQ(differences(have, want).size(), 2u);
  have = want;
  have.push_back(want[0]);
  EXPECT_EQ(differences(have, want).size(), 1u);
  EXPECT_EQ(differences({}, want).size(), 3u);
}

TEST(Report, AFolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(write_report("/nonexistent/report.json", small(), outcome()));
}

TEST(Report, HasExactlyTheFieldsAndTypesAgreed) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "report.json";
  ASSERT_TRUE(write_report(file, small(), outcome()));
  std::ifstream in(file);
  const Json written = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  const Json expected = Json::parse(R"({
    "dataset": "small", "protocols_read": 3, "accepted": 2, "seconds": 1.5,
    "eligible": 200, "valid_votes": 90,
    "contests": [
      {"contest": "mayor_round2", "protocols": 1, "eligible": 100, "valid_votes": 50},
      {"contest": "city_council", "protocols": 1, "eligible": 100, "valid_votes": 40}],
    "rows": [
      {"contest": "city_council", "teryt": "146502", "district": "9", "option": "3", "votes": 40},
      {"contest": "mayor_round2", "teryt": "146502", "district": "", "option": "1", "votes": 30},
      {"contest": "mayor_round2", "teryt": "146502", "district": "", "option": "2", "votes": 20}],
    "refused": [
      {"protocol": "", "contest": "mayor_round2", "teryt": "146503", "precinct": "5",
       "code": "E3", "tier": "central"},
      {"protocol": "", "contest": "mayor_round2", "teryt": "146503", "precinct": "5",
       "code": "E4", "tier": "central"}],
    "spoiled": [
      {"contest": "mayor_round2", "teryt": "146503", "precinct": "5", "point": "p12",
       "before": 1, "after": 2, "expected_codes": ["E3", "E4"]}],
    "results": [
      {"contest": "mayor_round2", "teryt": "146501", "district": "", "option": "1",
       "candidate": 0, "votes": 30, "outcome": "elected", "synthetic": false},
      {"contest": "city_council", "teryt": "146501", "district": "9", "option": "3",
       "candidate": 2, "votes": 40, "outcome": "not_elected", "synthetic": true}]})");
  EXPECT_EQ(written, expected) << written.dump(1);
}

TEST(Report, WhatMustComeOutLeavesTheSpoiledProtocolOut) {
  const Dataset data = small();
  const ReplayOutcome out = outcome();
  EXPECT_TRUE(differences(out.sums, sums_of(data, out.spoiled)).empty());
  EXPECT_TRUE(differences(out.sums, without(sums_of(data, {}), data, out.spoiled)).empty());
  EXPECT_EQ(differences(out.sums, sums_of(data, {})).size(), 2u);  // a total, and rows
}

// Sums of the table in the data folder's README: 623,882 + 584,647 + 591,188 + 599,466 + 586,932.
TEST(Report, EveryVoteOfWarsawStandsInExactlyOneRow) {
  URNA_NEED_DATA("2014-warsaw");
  const auto data = read_warsaw(test::data_dir());
  ASSERT_TRUE(data) << data.error().message;
  std::map<std::string, std::uint64_t> votes;
  for (const auto& [key, figure] : sums_of(*data, {}).rows) votes[std::get<0>(key)] += figure;
  const std::map<std::string, std::uint64_t> published = {{"mayor_round1", 623'882},
                                                          {"mayor_round2", 584'647},
                                                          {"city_council", 591'188},
                                                          {"district_council", 599'466},
                                                          {"voivodeship_assembly", 586'932}};
  EXPECT_EQ(votes, published);
}

}  // namespace
}  // namespace urna::drill
