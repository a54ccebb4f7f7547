#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/validation/check.h"
#include "tests/drill/builder.h"
#include "tests/drill/dataset.h"
#include "tests/drill/dataset_files.h"
#include "tests/drill/official.h"
#include "tests/drill/spoil.h"
#include "tests/drill/sums.h"
#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

// Three precincts of voivodeship 12, the third with another ballot.
class SmallSejmik : public testing::Test {
 protected:
  static constexpr const char* kFigures = ",100,90,40,50,0,0,50,0,1,49,4,45\n";

  Result<Dataset> read(const std::string& protocols, const std::string& lists) const {
    files_.write("protocols.csv.gz",
                 "protocol,teryt,precinct,p1_eligible,p2_received,p3_unused,p4_issued,p5_proxy,"
                 "p6_packages,p8_from_urn,p8a_from_envelopes,p9_invalid_ballots,p10_valid_ballots,"
                 "p11_invalid_votes,p12_valid_votes\n" +
                     protocols);
    files_.write("lists.csv.gz", "protocol,teryt,precinct,list,votes\n" + lists);
    return read_sejmik_2014(files_.data_dir());
  }
  static std::string protocol(const std::string& place) { return place + kFigures; }

  const std::string protocols_ =
      protocol("1,120101,1") + protocol("2,126101,7") + protocol("3,120102,1");
  const std::string lists_ =
      "1,120101,1,10,40\n1,120101,1,2,5\n2,126101,7,2,15\n2,126101,7,10,30\n"
      "3,120102,1,2,45\n";
  const DatasetFiles files_{"2014-sejmik"};
};

TEST_F(SmallSejmik, WhatIsWrongIsNamedByFileAndLine) {
  struct Case {
    std::string protocols, lists, message;
  };
  const Case cases[] = {
      {protocol("1,12010,1"), lists_, "protocols.csv.gz:2: bad teryt or precinct"},
      {protocols_ + protocol("4,120102,1"), lists_, "gz:5: a second protocol of the precinct"},
      {"1,120101,1,100,90,40,50,0,0,50,0,,49,4,45\n", lists_,
       "gz:2: p9_invalid_ballots is no figure: ''"},
      {protocols_, lists_ + "4,120102,1,2,45\n",
       "lists.csv.gz:7: votes without a protocol: 4 of 120102-1"},
      {protocols_, lists_ + "3,120102,1,2,45\n", "gz:7: the list stands twice"},
      {protocols_, lists_ + "3,120102,1,B,45\n", "gz:7: bad list 'B'"},
      {protocols_, lists_ + "3,120102,1,3,\n", "gz:7: votes is no figure: ''"},
      {protocols_ + protocol("4,120103,1"), lists_, "no list has votes in 120103-1"},
  };
  for (const Case& c : cases) {
    const auto data = read(c.protocols, c.lists);
    ASSERT_FALSE(data) << c.message;
    EXPECT_TRUE(data.error().message.contains(c.message))
        << data.error().message << " instead of " << c.message;
    EXPECT_EQ(data.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(SmallSejmik, PrecinctsWithTheSameListsAreOneContest) {
  const auto data = read(protocols_, lists_);
  ASSERT_TRUE(data) << data.error().message;
  ASSERT_EQ(data->contests.size(), 2u);
  std::map<std::size_t, std::vector<std::string>> ballots;  // by number of precincts
  for (const DatasetContest& contest : data->contests) {
    for (const DatasetOption& option : contest.options) {
      ballots[contest.precincts.size()].push_back(option.code);
    }
    EXPECT_EQ(contest.group, "assembly-120000");
    EXPECT_EQ(contest.area, "120000");
    EXPECT_EQ(contest.decided, Decided::kNot);
  }
  EXPECT_EQ(ballots[2], (std::vector<std::string>{"2", "10"}));
  EXPECT_EQ(ballots[1], (std::vector<std::string>{"2"}));
  EXPECT_EQ(data->protocols[0].votes, (std::vector{model::cell_of(5), model::cell_of(40)}));
}

// What was not published may stay empty; nothing else may.
TEST_F(SmallSejmik, ItsFormDoesWithoutThePointsThatWereNotPublished) {
  const auto data = read(protocols_, lists_);
  ASSERT_TRUE(data) << data.error().message;
  const auto built = build_election(*data);
  ASSERT_TRUE(built) << built.error().message;
  const v1::Form& form = built->contests[0].slice->form();
  std::set<std::string> optional;
  for (const v1::FormPoint& point : form.points()) {
    if (!point.required()) optional.insert(point.code());
  }
  EXPECT_EQ(optional, (std::set<std::string>{"p7", "p7a", "p7b", "p7c", "p7d", "p7e"}));
  EXPECT_NE(form.id(), "council-2014");
  for (const DatasetProtocol& protocol : data->protocols) {
    const v1::Body body = body_of(*data, *built, protocol);
    EXPECT_FALSE(validation::has_errors(validation::check(
        built->contests[protocol.contest].form, body.protocol(),
        *model::UnitId::parse(body.protocol().place().unit()), validation::Completeness::kFinal)));
  }
}

TEST_F(SmallSejmik, RowsAreOfTheUnitAsTheFilesNameIt) {
  const auto data = read(protocols_, lists_);
  ASSERT_TRUE(data) << data.error().message;
  const auto sums = sum_files("2014-sejmik", files_.data_dir(), {});
  ASSERT_TRUE(sums && *sums);
  EXPECT_TRUE(differences(sums_of(*data, {}), **sums).empty());
  EXPECT_EQ((**sums).contests, (std::vector<ContestTotals>{{"", 3, 300, 135}}));
  EXPECT_EQ((**sums).rows, (Rows{{{"", "120101", "", "10"}, 40},
                                 {{"", "120101", "", "2"}, 5},
                                 {{"", "126101", "", "10"}, 30},
                                 {{"", "126101", "", "2"}, 15},
                                 {{"", "120102", "", "2"}, 45}}));
}

TEST_F(SmallSejmik, PublishedTotalsMayDifferAndAreListed) {
  const auto data = read(protocols_, lists_);
  ASSERT_TRUE(data) << data.error().message;
  std::vector<std::vector<std::uint64_t>> votes;
  for (const DatasetContest& contest : data->contests) {
    votes.push_back(contest.options.size() == 1 ? std::vector<std::uint64_t>{45}
                                                : std::vector<std::uint64_t>{20, 70});
  }
  const auto compared = [&](const std::string& rows) {
    files_.write("candidates.csv", "teryt,district,list,position,votes\n" + rows);
    const auto official = read_official("2014-sejmik", files_.data_dir());
    EXPECT_TRUE(official && *official);
    return compare(**official, figures_here(*data, votes, {}));
  };
  EXPECT_TRUE(compared("120000,1,2,1,60\n120000,2,2,1,5\n120000,1,10,1,70\n").differences.empty());
  const auto larger = compared("120000,1,2,1,66\n120000,1,10,1,70\n");
  ASSERT_EQ(larger.differences.size(), 1u);
  EXPECT_FALSE(larger.differences[0].wrong);
  EXPECT_EQ(larger.differences[0].key.option, "2");
  EXPECT_EQ(larger.differences[0].official, 66u);
  EXPECT_EQ(larger.differences[0].here, 65u);
}

class Sejmik : public testing::Test {
 protected:
  void SetUp() override {
    URNA_NEED_DATA("2014-sejmik");
    auto data = read_sejmik_2014(test::data_dir());
    ASSERT_TRUE(data) << data.error().message;
    data_ = std::move(*data);
  }
  Dataset data_;
};

TEST_F(Sejmik, SumsAreThoseOfTheFiles) {
  const auto sums = sum_files("2014-sejmik", test::data_dir(), {});
  ASSERT_TRUE(sums && *sums);
  EXPECT_TRUE(differences(sums_of(data_, {}), **sums).empty());
  EXPECT_EQ((**sums).contests[0].protocols, 19'375u);
  EXPECT_EQ(data_.protocols.size(), 19'375u);
  EXPECT_EQ(data_.servers.size(), 12u);
}

// data/README.md: E1-E4, E7, E8: 0.
TEST_F(Sejmik, NoProtocolBreaksAnErrorRule) {
  for (const DatasetProtocol& protocol : data_.protocols) {
    ASSERT_TRUE(broken_errors(data_, protocol).empty()) << data_.precinct_of(protocol).id;
  }
}

// data/README.md: equal in voivodeships 04, 12, 16, 18, 20, 26; precincts are missing elsewhere.
TEST_F(Sejmik, SumsOfSixVoivodeshipsEqualThePublished) {
  const auto official = read_official("2014-sejmik", test::data_dir());
  ASSERT_TRUE(official && *official);
  std::vector<std::vector<std::uint64_t>> votes;
  for (const DatasetContest& contest : data_.contests) votes.emplace_back(contest.options.size());
  for (const DatasetProtocol& protocol : data_.protocols) {
    for (std::size_t i = 0; i < protocol.votes.size(); ++i) {
      votes[protocol.contest][i] += model::figure_of(protocol.votes[i]);
    }
  }
  const auto comparison = compare(**official, figures_here(data_, votes, {}));
  std::set<std::string> differing;
  for (const OfficialDifference& one : comparison.differences) {
    EXPECT_FALSE(one.wrong) << one.key.teryt << " " << one.key.option;
    differing.insert(one.key.teryt.substr(0, 2));
  }
  EXPECT_EQ(differing, (std::set<std::string>{"02", "08", "10", "14", "22", "28"}));
}

}  // namespace
}  // namespace urna::drill
