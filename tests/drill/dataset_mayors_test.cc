#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/drill/dataset.h"
#include "tests/drill/dataset_files.h"
#include "tests/drill/official.h"
#include "tests/drill/spoil.h"
#include "tests/drill/sums.h"
#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

// 020101 with candidates 2 and 1 on the ballot, in that order, in two precincts; 020102 with a
// single one; two districts of Warsaw with one mayor.
class SmallMayors : public testing::Test {
 protected:
  Result<Dataset> read(const std::string& protocols, const std::string& votes) const {
    files_.write("protocols.csv.gz",
                 "protocol,teryt,precinct,eligible,issued,from_urn,invalid_votes\n" + protocols);
    files_.write("votes.csv.gz", "protocol,teryt,precinct,candidate,votes,votes_no\n" + votes);
    return read_mayors_2018(files_.data_dir());
  }

  const std::string protocols_ =
      "7,020101,10,100,60,60,10\n"
      "8,020101,2,50,20,20,0\n"
      "9,020102,1,30,9,9,1\n"
      "4,146502,711,90,40,40,0\n"
      "5,146519,3,80,30,30,0\n";
  const std::string votes_ =
      "7,020101,10,2,30,\n7,020101,10,1,20,\n"
      "8,020101,2,1,15,\n8,020101,2,2,5,\n"
      "9,020102,1,3,6,2\n"
      "4,146502,711,1,40,\n4,146502,711,2,0,\n"
      "5,146519,3,1,10,\n5,146519,3,2,20,\n";
  const DatasetFiles files_{"2018-mayors"};
};

TEST_F(SmallMayors, AMissingFileIsNamed) {
  const auto data = read_mayors_2018(files_.data_dir());
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(data.error().message.contains("protocols.csv.gz")) << data.error().message;
}

TEST_F(SmallMayors, WhatIsWrongIsNamedByFileAndLine) {
  struct Case {
    std::string protocols, votes, message;
  };
  const Case cases[] = {
      {"7,02010,10,100,60,60,10\n", "", "protocols.csv.gz:2: bad teryt or precinct"},
      {"7,020101,1x,100,60,60,10\n", "", "protocols.csv.gz:2: bad teryt or precinct"},
      {"7,020101,10,100,-60,60,10\n", "", "protocols.csv.gz:2: issued is no figure: '-60'"},
      {"7,020101,10,100,,60,10\n", "", "protocols.csv.gz:2: issued is no figure: ''"},
      {protocols_ + "11,020101,10,1,1,1,0\n", votes_, "gz:7: a second protocol of the precinct"},
      {protocols_, votes_ + "11,020101,10,1,1,\n",
       "votes.csv.gz:11: votes without a protocol: 11 of 020101-10"},
      {protocols_, votes_ + "7,020101,10,1,1,\n", "gz:11: the candidate stands twice"},
      {protocols_, votes_ + "7,020101,10,x,1,\n", "gz:11: bad candidate 'x'"},
      {protocols_, votes_ + "7,020101,10,3,1.5,\n", "gz:11: votes is no figure: '1.5'"},
      {protocols_, votes_ + "7,020101,10,3,1,1\n", "gz:11: votes NO beside a second candidate"},
      {protocols_, votes_ + "9,020102,1,4,1,\n", "gz:11: votes NO beside a second candidate"},
      {protocols_, votes_ + "7,020101,10,3,1,\n", "020101-2: not the candidates of the other"},
      {protocols_ + "11,020101,11,1,1,1,0\n", votes_, "020101-11: a protocol without votes"},
      {protocols_ + "11,020102,2,1,1,1,0\n", votes_ + "11,020102,2,3,1,\n",
       "020102-2: not the candidates of the other"},
      {protocols_ + "11,020102,2,1,1,1,0\n", votes_ + "11,020102,2,4,1,0\n",
       "020102-2: no row for candidate 3 of 020102"},
  };
  for (const Case& c : cases) {
    const auto data = read(c.protocols, c.votes);
    ASSERT_FALSE(data) << c.message;
    EXPECT_TRUE(data.error().message.contains(c.message))
        << data.error().message << " instead of " << c.message;
    EXPECT_EQ(data.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(SmallMayors, TheBallotIsInTheOrderOfTheFirstProtocol) {
  const auto data = read(protocols_, votes_);
  ASSERT_TRUE(data) << data.error().message;
  ASSERT_EQ(data->contests.size(), 3u);
  const DatasetContest& contest = data->contests[0];
  EXPECT_EQ(contest.id, "mayor-020101");
  EXPECT_EQ(contest.area, "020101");
  ASSERT_EQ(contest.options.size(), 2u);
  EXPECT_EQ(contest.options[0].code, "2");
  EXPECT_EQ(contest.options[1].code, "1");
  EXPECT_EQ(data->protocols[0].votes, (std::vector{model::cell_of(30), model::cell_of(20)}));
  EXPECT_EQ(data->protocols[1].votes, (std::vector{model::cell_of(5), model::cell_of(15)}));
  EXPECT_EQ(data->protocols[0].id, "7");
  EXPECT_EQ(data->protocols[0].figure("p11"), 10u);
}

TEST_F(SmallMayors, ASingleCandidatesBallotAsksYesOrNo) {
  const auto data = read(protocols_, votes_);
  ASSERT_TRUE(data) << data.error().message;
  const DatasetContest& contest = data->contests[1];
  ASSERT_EQ(contest.options.size(), 2u);
  EXPECT_EQ(contest.options[0].code, "YES");
  EXPECT_EQ(contest.options[0].reported(), "3");
  EXPECT_EQ(contest.options[1].code, "NO");
  EXPECT_EQ(data->protocols[2].votes, (std::vector{model::cell_of(6), model::cell_of(2)}));
}

TEST_F(SmallMayors, DistrictsOfWarsawAreOneContestUnderTheCity) {
  const auto data = read(protocols_, votes_);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->contests[2].id, "mayor-146501");
  EXPECT_EQ(data->contests[2].precincts.size(), 2u);
  const UnitTree tree(*data);
  ASSERT_NE(tree.find("146519"), nullptr);
  EXPECT_EQ(tree.find("146519")->parent, "146501");
  EXPECT_EQ(data->servers, (std::vector<std::string>{"020000", "140000"}));
}

// By hand: 100 + 50 + 30 + 90 + 80 eligible; 50 + 20 + 8 + 40 + 30 votes, NO among them.
TEST_F(SmallMayors, SumsOfTheFilesAreThoseOfTheProtocols) {
  const auto data = read(protocols_, votes_);
  ASSERT_TRUE(data) << data.error().message;
  const auto sums = sum_files("2018-mayors", files_.data_dir(), {});
  ASSERT_TRUE(sums && *sums);
  EXPECT_EQ((**sums).contests, (std::vector<ContestTotals>{{"", 5, 350, 148}}));
  const Rows expected = {{{"", "020101", "", "1"}, 35}, {{"", "020101", "", "2"}, 35},
                         {{"", "020102", "", "3"}, 6},  {{"", "020102", "", "NO"}, 2},
                         {{"", "146502", "", "1"}, 40}, {{"", "146502", "", "2"}, 0},
                         {{"", "146519", "", "1"}, 10}, {{"", "146519", "", "2"}, 20}};
  EXPECT_EQ((**sums).rows, expected);
  EXPECT_EQ(sums_of(*data, {}).rows, expected);
  EXPECT_EQ(sums_of(*data, {}).contests, (**sums).contests);
}

TEST_F(SmallMayors, WhatIsChosenIsReadAloneAndItsSumsToo) {
  auto data = read(protocols_, votes_);
  ASSERT_TRUE(data) << data.error().message;
  const std::vector<std::string> only = {"146502", "0201"};
  const auto chosen = select(std::move(*data), only);
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_EQ(chosen->protocols.size(), 4u);
  EXPECT_EQ(chosen->precincts.size(), 4u);
  EXPECT_TRUE(chosen->contests[0].whole);
  EXPECT_FALSE(chosen->contests[2].whole);
  const auto sums = sum_files("2018-mayors", files_.data_dir(), only);
  ASSERT_TRUE(sums && *sums);
  EXPECT_TRUE(differences(sums_of(*chosen, {}), **sums).empty());
  const std::vector<std::string> nothing = {"99"};
  EXPECT_FALSE(select(*chosen, nothing));
}

// 40 of 78 are more than half, 39 are not.
TEST_F(SmallMayors, WhatWasPublishedIsComparedWithWhatCameOut) {
  const auto data = read(protocols_, votes_);
  ASSERT_TRUE(data) << data.error().message;
  const std::string header = "round,teryt,candidate,votes,votes_no,elected\n";
  const std::string good =
      "R1,020101,1,35,,0\nR1,020101,2,35,,0\nR1,020102,3,6,2,1\n"
      "R2,020101,1,9,,1\nR2,020101,2,8,,0\n";
  const std::vector<std::vector<std::uint64_t>> votes = {{35, 35}, {6, 2}, {50, 20}};
  const std::vector<ResultLine> results = {{"mayor-020101", 1, "2", 0, 35, "runoff"},
                                           {"mayor-020101", 1, "1", 0, 35, "runoff"},
                                           {"mayor-020102", 1, "YES", 0, 6, "elected"},
                                           {"mayor-146501", 1, "1", 0, 50, "elected"},
                                           {"mayor-146501", 1, "2", 0, 20, "not_elected"}};
  const auto compared = [&](const std::string& official) {
    files_.write("official.csv", header + official);
    const auto published = read_official("2018-mayors", files_.data_dir());
    EXPECT_TRUE(published && *published);
    return compare(**published, figures_here(*data, votes, results));
  };
  // Per candidate votes, elected, runoff; and the votes NO. Warsaw has no official row.
  EXPECT_EQ(compared(good).compared, 10u);
  EXPECT_TRUE(compared(good).differences.empty());
  const auto other = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const auto comparison = compared(text);
    EXPECT_TRUE(std::ranges::all_of(comparison.differences, &OfficialDifference::wrong));
    return comparison.differences.size();
  };
  EXPECT_EQ(other("1,35,,0", "1,36,,0"), 1u);  // votes
  EXPECT_EQ(other("1,35,,0", "1,35,,1"), 1u);  // elected
  EXPECT_EQ(other("3,6,2,1", "3,6,3,1"), 1u);  // NO
  EXPECT_EQ(other("R2,020101,1,9,,1\n", ""), 1u);
  EXPECT_EQ(other("R1,020101,1,35,,0\n", ""), 2u);  // votes and elected; R2 still names it
}

class Mayors : public testing::Test {
 protected:
  void SetUp() override {
    URNA_NEED_DATA("2018-mayors");
    auto data = read_mayors_2018(test::data_dir());
    ASSERT_TRUE(data) << data.error().message;
    data_ = std::move(*data);
  }
  Dataset data_;
};

// data/README.md: 21,514 protocols; votes cast (YES and NO) 13,152,738.
TEST_F(Mayors, SumsAreThoseOfTheFilesAndOfTheReadme) {
  const auto sums = sum_files("2018-mayors", test::data_dir(), {});
  ASSERT_TRUE(sums && *sums);
  EXPECT_TRUE(differences(sums_of(data_, {}), **sums).empty());
  ASSERT_EQ((**sums).contests.size(), 1u);
  EXPECT_EQ((**sums).contests[0].protocols, 21'514u);
  EXPECT_EQ((**sums).contests[0].valid_votes, 13'152'738u);
}

// docs/results.md: 1,961 official first rounds, 269 single candidates; Warsaw besides.
TEST_F(Mayors, HaveOneContestPerGminaAndOneForWarsaw) {
  EXPECT_EQ(data_.contests.size(), 1'962u);
  EXPECT_EQ(std::ranges::count_if(
                data_.contests,
                [](const DatasetContest& one) { return one.options.front().code == "YES"; }),
            269);
  EXPECT_EQ(data_.servers.size(), 12u);
  const auto warsaw = std::ranges::find(data_.contests, "mayor-146501", &DatasetContest::id);
  ASSERT_NE(warsaw, data_.contests.end());
  EXPECT_EQ(warsaw->options.size(), 14u);
}

TEST_F(Mayors, NoProtocolBreaksAnErrorRule) {
  for (const DatasetProtocol& protocol : data_.protocols) {
    ASSERT_TRUE(broken_errors(data_, protocol).empty()) << data_.precinct_of(protocol).id;
  }
}

// data/README.md: sums equal the official totals, and elected is who has more than half.
TEST_F(Mayors, ComeOutAsPublished) {
  const auto official = read_official("2018-mayors", test::data_dir());
  ASSERT_TRUE(official && *official);
  const auto expected = expect_results(data_, 1);
  std::vector<std::vector<std::uint64_t>> votes;
  for (const DatasetContest& contest : data_.contests) votes.emplace_back(contest.options.size());
  for (const DatasetProtocol& protocol : data_.protocols) {
    for (std::size_t i = 0; i < protocol.votes.size(); ++i) {
      votes[protocol.contest][i] += model::figure_of(protocol.votes[i]);
    }
  }
  const auto comparison =
      compare(**official, figures_here(data_, votes, expected_lines(data_, expected)));
  // Each of 5,494 candidates: votes, elected, and runoff except for the 3 and 4 of two gminas where
  // no second round was published and the one whom his gmina refused; and 269 counts of NO.
  EXPECT_EQ(comparison.compared, 3u * 5'494u - 8u + 269u);
  for (const OfficialDifference& one : comparison.differences) {
    ADD_FAILURE() << one.key.figure << " of " << one.key.option << " in " << one.key.teryt << ": "
                  << one.here.value_or(-1) << ", published " << one.official.value_or(-1);
  }
}

}  // namespace
}  // namespace urna::drill
