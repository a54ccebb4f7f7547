#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/validation/check.h"
#include "tests/drill/builder.h"
#include "tests/drill/by_totals.h"
#include "tests/drill/dataset.h"
#include "tests/drill/dataset_files.h"
#include "tests/drill/official.h"
#include "tests/drill/spoil.h"
#include "tests/drill/sums.h"
#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

constexpr std::string_view kPlace = "control_symbol,teryt,district,precinct,area,precinct_type,";
constexpr std::string_view kPoints =
    "p2_received,p1_eligible,p3_unused,p4_issued,p5_proxy,p6_certificate,p7_packages,p8_envelopes,"
    "p8a,p8b,p8c,p8d,p8e,p9_from_urn,p9a_from_envelopes,p10_invalid_ballots,p11_valid_ballots,"
    "p12_invalid_votes,p12a_two_marks,p12b_no_mark,p12c_annulled_list,p13_valid_votes,";
// 200 received, 300 eligible, 100 issued, none by post, 2 invalid ballots, 8 invalid votes, 90
// valid.
constexpr std::string_view kFigures = "200,300,100,100,0,0,0,0,0,0,0,0,0,100,0,2,98,8,3,5,0,90,";

// District 1 with two precincts, district 2 with a ship and a prison of Warsaw. List 2 of district
// 1 has its second candidate struck off: 90 = 50 + 40, and 40 = 30 and 10 for who is struck off.
class SmallSejm : public testing::Test {
 protected:
  static std::string row(std::string_view place, std::string_view votes) {
    return std::string(place) + std::string(kFigures) + std::string(votes) + "\n";
  }
  static std::string header(std::string_view lists) {
    return std::string(kPlace) + std::string(kPoints) + std::string(lists) + "\n";
  }
  void write(const std::string& first, const std::string& second) const {
    files_.write("district-01.csv.gz", first);
    files_.write("district-02.csv.gz", second);
    files_.write("districts.csv", "district,seats\n1,2\n2,1\n");
    files_.write("candidates.csv",
                 "district,list,committee_kind,position,votes,elected\n"
                 "1,1,party,1,80,1\n1,1,party,2,20,0\n1,2,coalition,1,61,1\n"
                 "2,1,party,1,,0\n2,1,party,2,180,1\n");
  }
  Result<Dataset> read(const std::string& first, const std::string& second) const {
    write(first, second);
    return read_sejm_2019(files_.data_dir());
  }

  static constexpr const char* kLists = "l1,l1c1,l1c2,l2,l2c1,l2c2";
  const std::string first_ = header(kLists) +
                             row("aa-1,020201,1,1,miasto,stały,", "50,40,10,40,30,struck") +
                             row("aa-2,020202,1,1,wieś,stały,", "50,40,10,40,30,struck");
  const std::string second_ = header("l1,l1c1,l1c2") +
                              row("aa-3,149801,2,1,statek,statek,", "90,5,85") +
                              row("aa-4,146503,2,9,miasto,zakład karny,", "90,0,90");
  const DatasetFiles files_{"2019-sejm"};
};

TEST_F(SmallSejm, AFolderWithoutDistrictsIsNamed) {
  const auto data = read_sejm_2019(files_.data_dir());
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(data.error().message.contains("district-NN.csv.gz")) << data.error().message;
}

TEST_F(SmallSejm, WhatIsWrongIsNamedByFileAndLine) {
  struct Case {
    std::string first, second, message;
  };
  const std::string place = "aa-5,020203,1,1,wieś,stały,";
  const Case cases[] = {
      {header("l1,l1c2"), second_,
       "district-01.csv.gz:1: the column 'l1c2' is no list and no next"},
      {header("l1,l2c1"), second_, "01.csv.gz:1: the column 'l2c1' is no list and no next"},
      {header("lx"), second_, "01.csv.gz:1: the column 'lx' is no list and no next"},
      {header("x"), second_, "01.csv.gz:1: there is no list"},
      {first_ + row("aa-5,020203,3,1,wieś,stały,", "50,40,10,40,30,struck"), second_,
       "01.csv.gz:4: the district changes"},
      {first_, header("l1,l1c1") + row("aa-5,020203,1,1,wieś,stały,", "90,90"),
       "district-02.csv.gz:2: bad district '1', or of another file"},
      {first_ + row("aa-5,020203,1,1,wieś,inny,", "50,40,10,40,30,struck"), second_,
       "01.csv.gz:4: unknown precinct type 'inny'"},
      {first_ + row("aa-5,2,1,1,wieś,stały,", "50,40,10,40,30,struck"), second_,
       "01.csv.gz:4: bad teryt or precinct"},
      {first_ + row("aa-5,020201,1,1,wieś,stały,", "50,40,10,40,30,struck"), second_,
       "01.csv.gz:4: a second protocol of the precinct"},
      {first_ + row(place, "50,40,10,40,30,0"), second_,
       "01.csv.gz:4: l2c2 is struck off in some precincts and not in others"},
      {first_ + row(place, "50,40,struck,40,30,struck"), second_,
       "01.csv.gz:4: l1c2 is struck off in some precincts and not in others"},
      {first_ + row(place, "50,40,,40,30,struck"), second_, "01.csv.gz:4: l1c2 is no figure: ''"},
      {first_ + row(place, "5O,40,10,40,30,struck"), second_, "gz:4: l1 is no figure: '5O'"},
      {first_, header("l1,l1c1") + row("aa-5,020203,2,1,wieś,stały,", "90,90"),
       "powiat 0202 lies in more than one district"},
  };
  for (const Case& c : cases) {
    const auto data = read(c.first, c.second);
    ASSERT_FALSE(data) << c.message;
    EXPECT_TRUE(data.error().message.contains(c.message))
        << data.error().message << " instead of " << c.message;
  }
}

TEST_F(SmallSejm, ADistrictWithoutSeatsAndAnUnknownCommitteeAreNamed) {
  write(first_, second_);
  files_.write("districts.csv", "district,seats\n1,2\n");
  auto data = read_sejm_2019(files_.data_dir());
  ASSERT_FALSE(data);
  EXPECT_TRUE(data.error().message.contains("no seats for district 2")) << data.error().message;
  write(first_, second_);
  files_.write("candidates.csv", "district,list,committee_kind\n1,1,club\n");
  data = read_sejm_2019(files_.data_dir());
  ASSERT_FALSE(data);
  EXPECT_TRUE(data.error().message.contains("candidates.csv:2: unknown committee kind 'club'"))
      << data.error().message;
}

TEST_F(SmallSejm, WhoIsStruckOffHasAnEmptyFieldAndTheListMayHaveMore) {
  const auto data = read(first_, second_);
  ASSERT_TRUE(data) << data.error().message;
  const DatasetOption& list = data->contests[0].options[1];
  EXPECT_EQ(list.struck_off, (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(list.reported(), "l2");
  EXPECT_EQ(list.committee, "coalition");
  const auto built = build_election(*data);
  ASSERT_TRUE(built) << built.error().message;
  const v1::Body body = body_of(*data, *built, data->protocols[0]);
  EXPECT_TRUE(model::is_empty(body.protocol().votes(5)));
  for (const DatasetProtocol& protocol : data->protocols) {
    const v1::Body one = body_of(*data, *built, protocol);
    EXPECT_FALSE(validation::has_errors(validation::check(
        built->contests[protocol.contest].form, one.protocol(),
        *model::UnitId::parse(one.protocol().place().unit()), validation::Completeness::kFinal)));
  }
}

TEST_F(SmallSejm, DistrictsLieUnderTheServersInTurnAndShipsUnderWarsaw) {
  const auto data = read(first_, second_);
  ASSERT_TRUE(data) << data.error().message;
  const UnitTree tree(*data);
  const auto names = [&](std::string_view from) {
    std::vector<std::string> all;
    for (const DatasetUnit* unit : tree.upwards(from)) all.push_back(unit->id);
    return all;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("020202"), (Names{"020202", "020200", "district-1", "area-1", "PL"}));
  EXPECT_EQ(names("149801"), (Names{"149801", "146501", "district-2", "area-2", "PL"}));
  EXPECT_EQ(data->servers, (Names{"area-1", "area-2"}));
  EXPECT_EQ(data->precincts[0].type, v1::PRECINCT_TYPE_PERMANENT);
  EXPECT_EQ(data->precincts[2].type, v1::PRECINCT_TYPE_PRISON);
  EXPECT_EQ(data->precincts[3].type, v1::PRECINCT_TYPE_SHIP);
}

TEST_F(SmallSejm, RowsAreListsAndCandidatesAndNobodyStruckOff) {
  const auto data = read(first_, second_);
  ASSERT_TRUE(data) << data.error().message;
  const auto sums = sum_files("2019-sejm", files_.data_dir(), {});
  ASSERT_TRUE(sums && *sums);
  EXPECT_EQ((**sums).contests, (std::vector<ContestTotals>{{"", 4, 1'200, 360}}));
  EXPECT_TRUE(differences(sums_of(*data, {}), **sums).empty());
  EXPECT_EQ((**sums).rows.size(), 2u * 5u + 2u * 3u);
  EXPECT_EQ((**sums).rows.at({"", "020201", "1", "l2"}), 40u);
  EXPECT_EQ((**sums).rows.at({"", "020202", "1", "l2c1"}), 30u);
  EXPECT_FALSE((**sums).rows.contains({"", "020201", "1", "l2c2"}));
}

// District 1: 100 and 80 votes, 2 seats: 100 and 80 come before 50 and 40. The coalition has 80 of
// 360 votes and needs 8%.
TEST_F(SmallSejm, SeatsFollowFromTheTotals) {
  const auto data = read(first_, second_);
  ASSERT_TRUE(data) << data.error().message;
  const std::vector<std::vector<std::uint64_t>> votes = {{100, 80, 20, 80, 60, 0}, {180, 5, 175}};
  const auto lines = results_by_totals(*data, votes);
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_TRUE(differences(*lines, expected_lines(*data, expect_results(*data, 1))).empty());
  std::vector<std::string> elected;
  for (const ResultLine& line : *lines) {
    if (line.outcome != "elected") continue;
    elected.push_back(line.contest + " " + line.option + "/" + std::to_string(line.candidate));
  }
  EXPECT_EQ(elected,
            (std::vector<std::string>{"parliament-1 1/1", "parliament-1 2/1", "parliament-2 1/2"}));
  const auto official = read_official("2019-sejm", files_.data_dir());
  ASSERT_TRUE(official && *official);
  const auto comparison = compare(**official, figures_here(*data, votes, *lines));
  // Votes of l2c1 in district 1 (61 published, 60 here), and of both candidates in district 2.
  EXPECT_EQ(comparison.differences.size(), 3u);
  EXPECT_TRUE(std::ranges::none_of(comparison.differences, &OfficialDifference::wrong));
}

TEST_F(SmallSejm, AnotherNumberOfSeatsThanPublishedIsWrong) {
  const auto data = read(first_, second_);
  ASSERT_TRUE(data) << data.error().message;
  const std::vector<std::vector<std::uint64_t>> votes = {{200, 110, 90, 80, 60, 0}, {180, 5, 175}};
  const auto lines = results_by_totals(*data, votes);
  ASSERT_TRUE(lines) << lines.error().message;
  const auto official = read_official("2019-sejm", files_.data_dir());
  ASSERT_TRUE(official && *official);
  const auto comparison = compare(**official, figures_here(*data, votes, *lines));
  // l1 has two seats and l2 none: two counts of seats, two candidates.
  EXPECT_EQ(std::ranges::count_if(comparison.differences, &OfficialDifference::wrong), 4);
}

TEST_F(SmallSejm, EqualListsThatNeedALotAreAnError) {
  const auto data = read(first_, second_);
  ASSERT_TRUE(data) << data.error().message;
  const std::vector<std::vector<std::uint64_t>> votes = {{100, 80, 20, 80, 60, 0}, {180, 90, 90}};
  const auto lines = results_by_totals(*data, votes);
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().code, ErrorCode::kConflict);
}

// Thresholds count over all districts: a part tells nothing of who is elected.
TEST_F(SmallSejm, APartOfTheDistrictsElectsNobody) {
  auto data = read(first_, second_);
  ASSERT_TRUE(data) << data.error().message;
  const std::vector<std::string> only = {"0202"};
  const auto chosen = select(std::move(*data), only);
  ASSERT_TRUE(chosen) << chosen.error().message;
  ASSERT_EQ(chosen->contests.size(), 1u);
  EXPECT_TRUE(chosen->contests[0].whole);
  EXPECT_FALSE(chosen->contests[0].group_whole);
  EXPECT_EQ(chosen->contests[0].decided, Decided::kNot);
  EXPECT_EQ(chosen->servers, (std::vector<std::string>{"area-1"}));
  const auto figures = figures_here(*chosen, {{100, 80, 20, 80, 60, 0}}, {});
  EXPECT_EQ(figures.size(), 3u);  // votes of candidates, and nothing else
}

class Sejm : public testing::Test {
 protected:
  void SetUp() override {
    URNA_NEED_DATA("2019-sejm");
    auto data = read_sejm_2019(test::data_dir());
    ASSERT_TRUE(data) << data.error().message;
    data_ = std::move(*data);
  }
  Dataset data_;
};

// data/README.md: 21,008 protocols, valid votes 14,094,440.
TEST_F(Sejm, SumsAreThoseOfTheFilesAndOfTheReadme) {
  const auto sums = sum_files("2019-sejm", test::data_dir(), {});
  ASSERT_TRUE(sums && *sums);
  EXPECT_TRUE(differences(sums_of(data_, {}), **sums).empty());
  EXPECT_EQ((**sums).contests[0].protocols, 21'008u);
  EXPECT_EQ((**sums).contests[0].valid_votes, 14'094'440u);
  EXPECT_EQ(data_.contests.size(), 30u);
  EXPECT_EQ(data_.servers.size(), 6u);
}

// data/README.md: list total above its candidates in 597 (struck off), never below.
TEST_F(Sejm, OnlyListsWithSomebodyStruckOffHaveMoreThanTheirCandidates) {
  std::size_t above = 0;
  for (const DatasetProtocol& protocol : data_.protocols) {
    EXPECT_TRUE(broken_errors(data_, protocol).empty()) << data_.precinct_of(protocol).id;
    auto candidate = protocol.candidate_votes.begin();
    const DatasetContest& contest = data_.contest_of(protocol);
    for (std::size_t i = 0; i < contest.options.size(); ++i) {
      std::uint64_t sum = 0;
      for (std::uint32_t j = 0; j < contest.options[i].candidates; ++j) sum += *candidate++;
      const std::uint64_t list = model::figure_of(protocol.votes[i]);
      ASSERT_GE(list, sum);
      if (list > sum) ++above;
      EXPECT_TRUE(list == sum || !contest.options[i].struck_off.empty());
    }
  }
  EXPECT_EQ(above, 597u);
}

// data/README.md: 30 of 30 districts as published; sums equal 3,803 of 3,905 candidates' totals, 91
// differ in district 19, 11 were published without a figure.
TEST_F(Sejm, SeatsAndElectedAreAsPublishedAndSomeVotesKnowinglyAreNot) {
  const auto official = read_official("2019-sejm", test::data_dir());
  ASSERT_TRUE(official && *official);
  std::vector<std::vector<std::uint64_t>> votes;
  for (const DatasetContest& contest : data_.contests) {
    votes.emplace_back(first_candidate(contest, contest.options.size()) + contest.options.size());
  }
  for (const DatasetProtocol& protocol : data_.protocols) {
    auto candidate = protocol.candidate_votes.begin();
    auto cell = votes[protocol.contest].begin();
    const DatasetContest& contest = data_.contest_of(protocol);
    for (std::size_t i = 0; i < contest.options.size(); ++i) {
      *cell++ += model::figure_of(protocol.votes[i]);
      for (std::uint32_t j = 0; j < contest.options[i].candidates; ++j) *cell++ += *candidate++;
    }
  }
  const auto lines = results_by_totals(data_, votes);
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_TRUE(differences(*lines, expected_lines(data_, expect_results(data_, 1))).empty());
  const auto comparison = compare(**official, figures_here(data_, votes, *lines));
  std::map<std::string, std::size_t> differing;
  for (const OfficialDifference& one : comparison.differences) {
    EXPECT_FALSE(one.wrong) << one.key.figure << " " << one.key.district << " " << one.key.option;
    ++differing[one.official ? one.key.figure + " in " + one.key.district : "no figure"];
  }
  EXPECT_EQ(differing,
            (std::map<std::string, std::size_t>{{"votes in 19", 91}, {"no figure", 11}}));
  // Votes and elected of each candidate, and the seats of every list.
  EXPECT_GT(comparison.compared, 2u * 3'905u);
}

}  // namespace
}  // namespace urna::drill
