#include "tests/drill/expected.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/drill/candidates.h"
#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

using Names = std::vector<std::string>;
using Rows = std::vector<std::vector<std::uint32_t>>;

model::Cell cell(std::uint32_t votes) { return model::cell_of(votes); }

// One contest of options without candidates; a row of votes per precinct.
Dataset plain(v1::ContestKind kind, std::uint32_t round, std::uint32_t seats, const Rows& rows) {
  Dataset data;
  DatasetContest contest;
  contest.kind = kind;
  contest.round = round;
  contest.seats = seats;
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    contest.options.push_back({std::to_string(i + 1), "", 0});
  }
  data.contests.push_back(contest);
  for (const auto& row : rows) {
    DatasetProtocol protocol;
    for (const std::uint32_t votes : row) protocol.votes.push_back(cell(votes));
    data.protocols.push_back(std::move(protocol));
  }
  return data;
}

// One district; per precinct, per list, the votes of its candidates.
Dataset lists(std::uint32_t seats, const std::vector<Rows>& precincts) {
  Dataset data;
  DatasetContest contest;
  contest.kind = v1::CONTEST_KIND_COUNCIL_POWIAT;
  contest.seats = seats;
  for (std::size_t i = 0; i < precincts.front().size(); ++i) {
    const auto count = static_cast<std::uint32_t>(precincts.front()[i].size());
    contest.options.push_back({std::to_string(i + 1), "", count});
  }
  data.contests.push_back(contest);
  for (const Rows& precinct : precincts) {
    DatasetProtocol protocol;
    for (const auto& list : precinct) {
      std::uint32_t sum = 0;
      for (const std::uint32_t votes : list) {
        sum += votes;
        protocol.candidate_votes.push_back(votes);
      }
      protocol.votes.push_back(cell(sum));
    }
    data.protocols.push_back(std::move(protocol));
  }
  return data;
}

// "1", "2/3"
std::string name(const BallotLine& line) {
  const std::string option = std::to_string(line.option + 1);
  return line.candidate == 0 ? option : option + "/" + std::to_string(line.candidate);
}

Names with(const ExpectedResults& results, const std::string& outcome) {
  Names names;
  for (const ExpectedOutcome& one : results.contests.at(0)) {
    if (one.outcome == outcome) names.push_back(name(one.line));
  }
  return names;
}

Names named(const std::vector<BallotLine>& lines) {
  Names names;
  for (const BallotLine& line : lines) names.push_back(name(line));
  return names;
}

TEST(Expected, HalfOfTheVotesIsNoMajority) {
  const auto kind = v1::CONTEST_KIND_MAYOR;
  EXPECT_EQ(with(expect_results(plain(kind, 1, 1, {{50, 30, 20}}), 1), "runoff"),
            (Names{"1", "2"}));
  EXPECT_EQ(with(expect_results(plain(kind, 1, 1, {{51, 30, 20}}), 1), "elected"), (Names{"1"}));
  EXPECT_EQ(with(expect_results(plain(kind, 2, 1, {{49, 51}}), 1), "elected"), (Names{"2"}));
}

// 20 and 20 votes for the second place; the third candidate is ahead of the second in two precincts
// of three.
TEST(Expected, EqualVotesGoToWhoIsAheadInMorePrecincts) {
  const auto results =
      expect_results(plain(v1::CONTEST_KIND_MAYOR, 1, 1, {{10, 14, 4}, {10, 3, 8}, {10, 3, 8}}), 1);
  EXPECT_EQ(with(results, "runoff"), (Names{"1", "3"}));
  EXPECT_TRUE(results.drawings.empty());
}

TEST(Expected, WhatPrecinctsDoNotSettleIsDrawn) {
  const auto results =
      expect_results(plain(v1::CONTEST_KIND_COUNCIL_SMALL_GMINA, 1, 1, {{6, 4, 9}, {4, 6, 0}}), 1);
  ASSERT_EQ(results.drawings.size(), 1u);
  EXPECT_EQ(named(results.drawings[0].among), (Names{"1", "2"}));
  EXPECT_EQ(named(results.drawings[0].winners), with(results, "elected"));
  EXPECT_EQ(with(results, "elected").size(), 1u);
}

// 100, 80 and 30 votes, 5 seats: 100, 80, 50, 40, 33⅓ come before 30.
TEST(Expected, TheLargestQuotientsWinASeatEach) {
  const auto results = expect_results(lists(5, {{{50, 30, 20}, {60, 15, 5}, {20, 5, 5}}}), 1);
  EXPECT_EQ(with(results, "elected"), (Names{"1/1", "1/2", "1/3", "2/1", "2/2"}));
  EXPECT_TRUE(results.drawings.empty());
}

// 90 / 3 = 30 / 1: the list with more votes comes first.
TEST(Expected, AnEqualLastQuotientGoesToTheListWithMoreVotes) {
  const auto results = expect_results(lists(3, {{{40, 30, 20}, {20, 10}}}), 1);
  EXPECT_EQ(with(results, "elected"), (Names{"1/1", "1/2", "1/3"}));
}

// 5 of 100 votes reach the threshold, 4 of 100 do not, however many seats there are.
TEST(Expected, AListBelowFivePercentOfTheWholeGroupWinsNothing) {
  EXPECT_EQ(with(expect_results(lists(40, {{{95}, {5}}}), 1), "elected"), (Names{"1/1", "2/1"}));
  EXPECT_EQ(with(expect_results(lists(40, {{{96}, {4}}}), 1), "elected"), (Names{"1/1"}));
}

TEST(Expected, AListWithoutMoreCandidatesLeavesItsSeatsToOthers) {
  const auto results = expect_results(lists(3, {{{90}, {6, 4}}}), 1);
  EXPECT_EQ(with(results, "elected"), (Names{"1/1", "2/1", "2/2"}));
}

// Two lists of 50 votes and one seat, each ahead in one precinct of two: a lot gives the seat, and
// the winner's first candidate takes it.
TEST(Expected, EqualListsAreDrawnBeforeTheirCandidates) {
  const auto results = expect_results(lists(1, {{{20, 10}, {20, 0}}, {{15, 5}, {30, 0}}}), 1);
  ASSERT_EQ(results.drawings.size(), 1u);
  EXPECT_EQ(named(results.drawings[0].among), (Names{"1", "2"}));
  EXPECT_EQ(with(results, "elected"), (Names{named(results.drawings[0].winners)[0] + "/1"}));
}

// A single candidate needs more YES than NO (Electoral Code art. 487); who votes NO elects nobody.
TEST(Expected, ASingleCandidateNeedsMoreYesThanNo) {
  const auto outcomes = [](std::uint32_t yes, std::uint32_t no) {
    Dataset data = plain(v1::CONTEST_KIND_MAYOR, 1, 1, {{yes, no}});
    data.contests[0].options[0].code = "YES";
    data.contests[0].options[1].code = "NO";
    const auto results = expect_results(data, 1);
    EXPECT_EQ(results.contests[0].size(), 1u);
    return results.contests[0].front().outcome;
  };
  EXPECT_EQ(outcomes(51, 49), "elected");
  EXPECT_EQ(outcomes(50, 50), "not_elected");
  EXPECT_EQ(outcomes(49, 51), "not_elected");
}

// Of 100 votes: a coalition needs 8, a party 5, a minority none (LAW.md, allocation 1).
TEST(Expected, AListForParliamentNeedsWhatItsCommitteeNeeds) {
  const auto elected = [](const std::string& committee, std::uint32_t votes) {
    Dataset data = lists(40, {{{100 - votes}, {votes}}});
    data.contests[0].options[1].committee = committee;
    return with(expect_results(data, 1), "elected").size() == 2;
  };
  EXPECT_TRUE(elected("coalition", 8));
  EXPECT_FALSE(elected("coalition", 7));
  EXPECT_TRUE(elected("party", 5));
  EXPECT_FALSE(elected("party", 4));
  EXPECT_TRUE(elected("minority", 3));
}

// The first candidate has most votes and is struck off: the list's one seat is the second's.
TEST(Expected, WhoIsStruckOffWinsNothing) {
  Dataset data = lists(1, {{{60, 30}, {50, 20}}});
  data.contests[0].options[0].struck_off = {1};
  EXPECT_EQ(with(expect_results(data, 1), "elected"), (Names{"1/2"}));
}

TEST(Expected, NobodyIsElectedWhereTheDataDoNotTell) {
  Dataset data = lists(1, {{{60, 30}, {50, 20}}});
  data.contests[0].decided = Decided::kNot;
  EXPECT_TRUE(expect_results(data, 1).contests[0].empty());
}

// 294,434 of 623,882 votes are no majority, 172,887 are the second; 342,857 of 584,647 decide.
TEST(Expected, WarsawsMayorComesOutAsItDid) {
  URNA_NEED_DATA("2014-warsaw");
  auto data = read_warsaw(test::data_dir());
  ASSERT_TRUE(data);
  ASSERT_TRUE(invent_candidates(*data, 1));
  const ExpectedResults results = expect_results(*data, 1);
  std::map<std::string, Names> placed;
  for (std::size_t i = 0; i < data->contests.size(); ++i) {
    if (data->contests[i].kind != v1::CONTEST_KIND_MAYOR) continue;
    for (const ExpectedOutcome& one : results.contests[i]) {
      if (one.outcome == "not_elected") continue;
      placed[data->contests[i].contest].push_back(name(one.line) + " " + one.outcome + " " +
                                                  std::to_string(one.votes));
    }
  }
  EXPECT_EQ(placed,
            (std::map<std::string, Names>{{"mayor_round1", {"4 runoff 294434", "8 runoff 172887"}},
                                          {"mayor_round2", {"1 elected 342857"}}}));
}

}  // namespace
}  // namespace urna::drill
