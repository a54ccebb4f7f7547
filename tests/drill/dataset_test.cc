#include "tests/drill/dataset.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/drill/spoil.h"
#include "tests/support/gzip.h"
#include "tests/support/official_data.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

TEST(NaturalOrder, NumbersCompareAsNumbers) {
  EXPECT_TRUE(natural_less("2", "10"));
  EXPECT_TRUE(natural_less("a-2-1", "a-10"));
  EXPECT_TRUE(natural_less("", "1"));
  EXPECT_TRUE(natural_less("9", "NO"));
  EXPECT_FALSE(natural_less("10", "2"));
  EXPECT_FALSE(natural_less("x", "x"));
}

RC_GTEST_PROP(NaturalOrder, IsAStrictOrder, ()) {
  const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("012a-")));
  const auto a = *text;
  const auto b = *text;
  const auto c = *text;
  RC_ASSERT(!natural_less(a, a));
  RC_ASSERT(a == b || natural_less(a, b) != natural_less(b, a));
  RC_ASSERT(!(natural_less(a, b) && natural_less(b, c)) || natural_less(a, c));
}

struct Sums {
  std::uint64_t protocols = 0;
  std::uint64_t eligible = 0;
  std::uint64_t valid_votes = 0;
  std::uint64_t votes = 0;
  bool operator==(const Sums&) const = default;
};

std::map<std::string, Sums> sums_of(const Dataset& data) {
  std::map<std::string, Sums> sums;
  for (const DatasetProtocol& protocol : data.protocols) {
    Sums& sum = sums[data.contest_of(protocol).contest];
    ++sum.protocols;
    sum.eligible += protocol.figure("p1");
    sum.valid_votes += protocol.figure("p12");
    sum.votes += protocol.votes_total();
  }
  return sums;
}

// Two precincts of Bemowo in one vote, small enough to break in every way.
class SmallWarsaw : public testing::Test {
 protected:
  static constexpr const char* kHeader =
      "contest,teryt,precinct,precinct_type,district,p1_eligible,p1a_polish,p1b_eu,p2_received,"
      "p3_unused,p4_issued,p4a_polish,p4b_eu,p5_proxy,p6_packages,p7_envelopes,p7a,p7b,p7c,p7d,p7e,"
      "p8_from_urn,p8a_from_envelopes,p9_invalid_ballots,p10_valid_ballots,p11_invalid_votes,"
      "p11_two_marks,p11_no_mark,p12_valid_votes,has_remarks\n";
  static constexpr const char* kFigures =
      ",1482,1482,0,1412,719,693,693,0,0,0,0,0,0,0,0,0,693,0,2,691,5,,,686,0\n";

  void SetUp() override { std::filesystem::create_directory(folder_.path() / "2014-warsaw"); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_.path() / "2014-warsaw" / name, std::ios::binary) << bytes;
  }
  // Each text stands for the rows below the header.
  Result<Dataset> read(const std::string& options, const std::string& protocols,
                       const std::string& votes) const {
    write("options.csv", "contest,option,committee\n" + options);
    write("protocols.csv.gz", test::gzip(kHeader + protocols));
    write("votes.csv.gz", test::gzip("contest,teryt,precinct,option,votes\n" + votes));
    return read_warsaw(folder_.path());
  }
  static std::string protocol(const std::string& place) { return place + kFigures; }

  const std::string options_ = "city_council,1,A\ncity_council,2,B\n";
  const std::string place_ = "city_council,146502,711,P,9";
  const std::string votes_ = "city_council,146502,711,1,600\ncity_council,146502,711,2,86\n";
  const test::TemporaryFolder folder_;
};

TEST_F(SmallWarsaw, AMissingFileIsNamed) {
  const auto data = read_warsaw(folder_.path());
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(data.error().message.contains("options.csv")) << data.error().message;
}

TEST_F(SmallWarsaw, AMissingColumnIsNamed) {
  write("options.csv", "contest,committee\n");
  const auto data = read_warsaw(folder_.path());
  ASSERT_FALSE(data);
  EXPECT_TRUE(data.error().message.contains("options.csv:1: the column 'option' is missing"))
      << data.error().message;
}

TEST_F(SmallWarsaw, WhatIsWrongIsNamedByFileAndLine) {
  struct Case {
    std::string options, protocols, votes, message;
  };
  const std::string good = protocol(place_);
  std::string bad_figure = good;
  bad_figure.replace(bad_figure.find(",693,"), 5, ",-69,");
  const Case cases[] = {
      {options_ + "city_council,1,A\n", good, votes_, "options.csv:4: the option stands twice"},
      {options_, protocol("senate,146502,711,P,9"), votes_,
       "protocols.csv.gz:2: unknown contest 'senate'"},
      {options_, protocol("city_council,146502,711,P,"), votes_, "gz:2: bad district ''"},
      {options_, protocol("mayor_round1,146502,711,P,9"), votes_, "gz:2: bad district '9'"},
      {options_, protocol("city_council,146501,711,P,9"), votes_, "gz:2: bad teryt, precinct or"},
      {options_, protocol("city_council,146502,7/1,P,9"), votes_, "gz:2: bad teryt, precinct or"},
      {options_, protocol("city_council,146502,711,X,9"), votes_, "gz:2: bad teryt, precinct or"},
      {options_, good + protocol("mayor_round1,146502,711,L,"), votes_,
       "gz:3: the type of precinct 146502-711 changes"},
      {options_, good + good, votes_, "gz:3: the protocol of city_council 146502-711 stands twice"},
      {options_, bad_figure, votes_, "gz:2: p4_issued is no figure: '-69'"},
      {options_, good, votes_ + "city_council,146502,712,1,5\n",
       "votes.csv.gz:4: votes without a protocol: city_council 146502-712"},
      {options_, good, votes_ + "city_council,146502,711,3,5\n", "gz:4: unknown option '3'"},
      {options_, good, votes_ + "city_council,146502,711,1,5\n", "gz:4: the option stands twice"},
      {options_, good, "city_council,146502,711,1,\n", "gz:2: votes is no figure"},
      {options_, good + protocol("city_council,146502,712,P,9"),
       votes_ + "city_council,146502,712,1,5\n",
       "146502-712 has no row for option 2 of city_council"},
  };
  for (const Case& c : cases) {
    const auto data = read(c.options, c.protocols, c.votes);
    ASSERT_FALSE(data) << c.message;
    EXPECT_TRUE(data.error().message.contains(c.message))
        << data.error().message << " instead of " << c.message;
    EXPECT_EQ(data.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(SmallWarsaw, AFileCutShortIsCorrupt) {
  ASSERT_TRUE(read(options_, protocol(place_), votes_));
  const std::string packed = test::gzip("contest,teryt,precinct,option,votes\n" + votes_);
  write("votes.csv.gz", packed.substr(0, packed.size() - 1));
  const auto data = read_warsaw(folder_.path());
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code, ErrorCode::kCorrupt);
}

TEST_F(SmallWarsaw, OptionsOfADistrictAreThoseWithRowsInIt) {
  const auto data = read(options_ + "city_council,3,C\ncity_council,10,D\n",
                         protocol("city_council,146502,711,P,9"),
                         "city_council,146502,711,10,600\ncity_council,146502,711,2,86\n");
  ASSERT_TRUE(data) << data.error().message;
  ASSERT_EQ(data->contests.size(), 1u);
  ASSERT_EQ(data->contests[0].options.size(), 2u);
  EXPECT_EQ(data->contests[0].options[0].code, "2");
  EXPECT_EQ(data->contests[0].options[1].code, "10");
  EXPECT_EQ(data->protocols[0].votes,
            (std::vector<model::Cell>{model::cell_of(86), model::cell_of(600)}));
}

class Warsaw : public testing::Test {
 protected:
  void SetUp() override {
    URNA_NEED_DATA("2014-warsaw");
    auto data = read_warsaw(test::data_dir());
    ASSERT_TRUE(data) << data.error().message;
    data_ = std::move(*data);
  }
  Dataset data_;
};

// Figures of the table in the data folder's README.
TEST_F(Warsaw, SumsPerContestEqualThePublishedTable) {
  const std::map<std::string, Sums> expected = {
      {"mayor_round1", {886, 1'338'555, 623'882, 623'882}},
      {"mayor_round2", {886, 1'337'624, 584'647, 584'647}},
      {"city_council", {886, 1'338'605, 591'188, 591'188}},
      {"district_council", {886, 1'335'652, 599'466, 599'466}},
      {"voivodeship_assembly", {886, 1'341'670, 586'932, 586'932}},
  };
  EXPECT_EQ(sums_of(data_), expected);
}

TEST_F(Warsaw, HasOneContestPerOfficeOrCouncilAndDistrict) {
  std::map<std::string, std::size_t> contests;
  for (const DatasetContest& contest : data_.contests) ++contests[contest.contest];
  // 9 districts of the city council and 3 of the assembly; the 18 district councils have 75.
  const std::map<std::string, std::size_t> expected = {{"mayor_round1", 1},
                                                       {"mayor_round2", 1},
                                                       {"city_council", 9},
                                                       {"district_council", 75},
                                                       {"voivodeship_assembly", 3}};
  EXPECT_EQ(contests, expected);
  EXPECT_EQ(data_.precincts.size(), 886u);
  EXPECT_EQ(data_.units.size(), 3u + 18u);
}

TEST_F(Warsaw, ContestsAreNamedAsTheDefinitionNamesThem) {
  const auto named = [&](std::string_view id, std::uint32_t round) {
    return std::ranges::find_if(
        data_.contests, [&](const DatasetContest& c) { return c.id == id && c.round == round; });
  };
  const auto city = named("city_council-9", 1);
  ASSERT_NE(city, data_.contests.end());
  EXPECT_EQ(city->district, "9");
  EXPECT_EQ(city->area, "146501");
  EXPECT_EQ(city->precincts.size(), 106u);
  EXPECT_EQ(city->options.size(), 13u);
  const auto district = named("district_council-146502-3", 1);
  ASSERT_NE(district, data_.contests.end());
  EXPECT_EQ(district->district, "3");
  EXPECT_EQ(district->area, "146502");
  EXPECT_EQ(district->group, "district_council-146502");
  const auto runoff = named("mayor-146501", 2);
  ASSERT_NE(runoff, data_.contests.end());
  EXPECT_EQ(runoff->contest, "mayor_round2");
  EXPECT_EQ(runoff->options.size(), 2u);
  ASSERT_NE(named("assembly-2", 1), data_.contests.end());
}

// Precinct 711 of Bemowo in the first round, as its row in protocols.csv.gz has it.
TEST_F(Warsaw, EveryColumnIsThePointItSays) {
  const auto found = std::ranges::find_if(data_.protocols, [&](const DatasetProtocol& protocol) {
    return data_.contest_of(protocol).contest == "mayor_round1" &&
           data_.precinct_of(protocol).id == "146502-711";
  });
  ASSERT_NE(found, data_.protocols.end());
  const std::map<std::string, std::uint32_t, std::less<>> expected = {
      {"p1", 1482}, {"p1a", 1482}, {"p1b", 0}, {"p2", 1412}, {"p3", 719}, {"p4", 693},
      {"p4a", 693}, {"p4b", 0},    {"p5", 0},  {"p6", 0},    {"p7", 0},   {"p7a", 0},
      {"p7b", 0},   {"p7c", 0},    {"p7d", 0}, {"p7e", 0},   {"p8", 693}, {"p8a", 0},
      {"p9", 2},    {"p10", 691},  {"p11", 5}, {"p11a", 1},  {"p11b", 4}, {"p12", 686}};
  EXPECT_EQ(found->points, expected);
  ASSERT_EQ(found->votes.size(), 11u);
  EXPECT_EQ(model::figure_of(found->votes[0]), 11u);
  EXPECT_EQ(model::figure_of(found->votes[1]), 10u);
  EXPECT_EQ(model::figure_of(found->votes[2]), 3u);
}

TEST_F(Warsaw, NoProtocolBreaksAnErrorRule) {
  for (const DatasetProtocol& protocol : data_.protocols) {
    EXPECT_TRUE(broken_errors(data_, protocol).empty()) << data_.precinct_of(protocol).id;
  }
}

void expect_well_formed(const Dataset& data) {
  EXPECT_TRUE(std::ranges::is_sorted(data.precincts, {}, &DatasetPrecinct::id));
  std::set<std::pair<std::string, std::uint32_t>> names;
  for (const DatasetContest& contest : data.contests) {
    EXPECT_TRUE(names.emplace(contest.id, contest.round).second) << contest.id;
    EXPECT_TRUE(model::is_name(contest.id)) << contest.id;
    EXPECT_TRUE(std::ranges::is_sorted(contest.precincts));
    EXPECT_FALSE(contest.options.empty());
  }
  std::set<std::pair<std::size_t, std::size_t>> places;
  for (const DatasetProtocol& protocol : data.protocols) {
    EXPECT_TRUE(places.emplace(protocol.contest, protocol.precinct).second);
    const DatasetContest& contest = data.contest_of(protocol);
    EXPECT_TRUE(std::ranges::binary_search(contest.precincts, protocol.precinct));
    EXPECT_EQ(protocol.votes.size(), contest.options.size());
  }
}

TEST_F(Warsaw, IsWellFormed) { expect_well_formed(data_); }

TEST(Synthetic, IsAPowiatOfSixGminasAndAHundredAndTwentyPrecincts) {
  const Dataset data = make_synthetic(1);
  expect_well_formed(data);
  EXPECT_EQ(data.units.size(), 3u + 6u);
  EXPECT_EQ(data.precincts.size(), 120u);
  // Mayor, gmina council, powiat council and assembly in each precinct.
  EXPECT_EQ(data.protocols.size(), 480u);
}

std::string print(const Dataset& data) {
  std::string text;
  for (const DatasetProtocol& protocol : data.protocols) {
    text += data.contest_of(protocol).id + " " + data.precinct_of(protocol).id;
    for (const auto& [point, figure] : protocol.points) text += " " + std::to_string(figure);
    for (model::Cell cell : protocol.votes) text += " " + std::to_string(cell);
    text += "\n";
  }
  return text;
}

TEST(Synthetic, TheSameSeedGivesTheSameFiguresAndAnotherGivesOthers) {
  EXPECT_EQ(print(make_synthetic(7)), print(make_synthetic(7)));
  EXPECT_NE(print(make_synthetic(7)), print(make_synthetic(8)));
}

// LAW.md X1 and X2: nothing for the confirmation queue to stop at.
TEST(Synthetic, ThePrecinctsContestsAgreeOnTheEligible) {
  const Dataset data = make_synthetic(3);
  std::map<std::size_t, std::map<std::string, const DatasetProtocol*>> precincts;
  for (const DatasetProtocol& protocol : data.protocols) {
    precincts[protocol.precinct][data.contest_of(protocol).contest] = &protocol;
  }
  for (const auto& [precinct, by_contest] : precincts) {
    const auto& council = *by_contest.at("gmina_council");
    EXPECT_EQ(council.figure("p1"), by_contest.at("mayor")->figure("p1"));
    EXPECT_EQ(council.figure("p1a"), by_contest.at("powiat_council")->figure("p1"));
    EXPECT_EQ(council.figure("p1a"), by_contest.at("voivodeship_assembly")->figure("p1"));
  }
}

RC_GTEST_PROP(Synthetic, NoSeedBreaksAnErrorRuleAndSomeGiveWarnings, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const Dataset data = make_synthetic(seed);
  std::size_t w2 = 0;
  for (const DatasetProtocol& protocol : data.protocols) {
    RC_ASSERT(broken_errors(data, protocol).empty());
    RC_ASSERT(protocol.figure("p12") > 0);
    RC_ASSERT(protocol.figure("p3") + protocol.figure("p4") <= protocol.figure("p2"));
    RC_ASSERT(10 * protocol.figure("p4") <= 9 * protocol.figure("p1"));
    RC_ASSERT(protocol.figure("p8") - protocol.figure("p8a") <= protocol.figure("p4"));
    if (protocol.figure("p8") - protocol.figure("p8a") < protocol.figure("p4")) ++w2;
  }
  // About 6% of 480 are expected; outside these bounds it would be no ordinary election.
  RC_ASSERT(w2 >= 3);
  RC_ASSERT(w2 <= 100);
}

}  // namespace
}  // namespace urna::drill
