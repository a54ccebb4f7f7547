#include "tests/drill/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/validation/check.h"
#include "tests/drill/builder.h"
#include "tests/drill/expected.h"
#include "tests/support/official_data.h"

namespace urna::drill {
namespace {

constexpr std::uint64_t kSeed = 1;

std::vector<Dataset> data_sets() {
  std::vector<Dataset> all = {make_synthetic(kSeed), make_synthetic(2, {1, 4})};
  if (!test::data_dir().empty()) {
    if (auto warsaw = read_warsaw(test::data_dir())) all.push_back(std::move(*warsaw));
  }
  return all;
}

TEST(Candidates, ADataSetWithoutListsCannotHoldATie) {
  Dataset data = make_synthetic(kSeed);
  std::erase_if(data.protocols,
                [&](const auto& p) { return data.contest_of(p).form != "mayor-2014"; });
  std::erase_if(data.contests, [](const auto& c) { return c.form != "mayor-2014"; });
  const auto tie = invent_candidates(data, kSeed);
  ASSERT_FALSE(tie);
  EXPECT_EQ(tie.error().code, ErrorCode::kInvalidArgument);
}

TEST(Candidates, NoFigureOfTheDataSetChanges) {
  for (const Dataset& original : data_sets()) {
    Dataset data = original;
    ASSERT_TRUE(invent_candidates(data, kSeed)) << data.name;
    for (std::size_t i = 0; i < data.protocols.size(); ++i) {
      ASSERT_EQ(data.protocols[i].points, original.protocols[i].points);
      ASSERT_EQ(data.protocols[i].votes, original.protocols[i].votes);
    }
  }
}

TEST(Candidates, EveryListIsTheSumOfItsCandidatesInEveryProtocol) {
  for (Dataset& data : data_sets()) {
    ASSERT_TRUE(invent_candidates(data, kSeed)) << data.name;
    for (const DatasetProtocol& protocol : data.protocols) {
      const DatasetContest& contest = data.contest_of(protocol);
      std::size_t at = 0;
      for (std::size_t i = 0; i < contest.options.size(); ++i) {
        if (contest.options[i].candidates == 0) continue;
        std::uint32_t sum = 0;
        for (std::uint32_t j = 0; j < contest.options[i].candidates; ++j) {
          sum += protocol.candidate_votes.at(at++);
        }
        ASSERT_EQ(model::cell_of(sum), protocol.votes[i]) << data.name << " " << contest.id;
      }
      ASSERT_EQ(at, protocol.candidate_votes.size());
    }
  }
}

TEST(Candidates, EveryProtocolStillPassesTheSystemsOwnChecks) {
  for (Dataset& data : data_sets()) {
    ASSERT_TRUE(invent_candidates(data, kSeed)) << data.name;
    const auto election = build_election(data);
    ASSERT_TRUE(election) << election.error().message;
    for (const DatasetProtocol& protocol : data.protocols) {
      const BuiltContest& contest = election->contests[protocol.contest];
      const v1::Body body = body_of(data, *election, protocol);
      const auto shape = validation::check_shape(*contest.slice, body.protocol());
      ASSERT_TRUE(shape) << shape.error().message;
      ASSERT_FALSE(validation::has_errors(validation::check(
          contest.form, body.protocol(), *model::UnitId::parse(data.precinct_of(protocol).id),
          validation::Completeness::kFinal)));
    }
  }
}

TEST(Candidates, OnlyCouncilsOfListsAreInventedAndAllOfThemAreMarked) {
  URNA_NEED_DATA("2014-warsaw");
  auto data = read_warsaw(test::data_dir());
  ASSERT_TRUE(data);
  ASSERT_TRUE(invent_candidates(*data, kSeed));
  for (const DatasetContest& contest : data->contests) {
    const bool mayor = contest.kind == v1::CONTEST_KIND_MAYOR;
    EXPECT_EQ(contest.synthetic, !mayor) << contest.id;
    for (const DatasetOption& option : contest.options) {
      EXPECT_EQ(option.candidates == 0, mayor) << contest.id;
    }
    EXPECT_EQ(contest.seats == 0, mayor) << contest.id;
  }
}

// Votes in each precinct, added up and compared here again.
TEST(Candidates, TheTieIsEqualInVotesAndInPrecinctsAndOnlyALotDecidesIt) {
  for (Dataset& data : data_sets()) {
    const auto tie = invent_candidates(data, kSeed);
    ASSERT_TRUE(tie) << data.name;
    const std::size_t list = first_candidate(data.contests[tie->contest], tie->option);
    std::uint64_t first = 0, second = 0, first_ahead = 0, second_ahead = 0;
    for (const DatasetProtocol& protocol : data.protocols) {
      if (protocol.contest != tie->contest) continue;
      const std::uint32_t a = protocol.candidate_votes[list + tie->first - 1];
      const std::uint32_t b = protocol.candidate_votes[list + tie->second - 1];
      first += a;
      second += b;
      first_ahead += a > b;
      second_ahead += b > a;
    }
    EXPECT_EQ(first, second);
    EXPECT_EQ(first_ahead, second_ahead);
    const ExpectedResults results = expect_results(data, kSeed);
    const std::set<BallotLine> both = {{tie->option, tie->first}, {tie->option, tie->second}};
    EXPECT_TRUE(std::ranges::any_of(results.drawings, [&](const Drawing& drawing) {
      return drawing.contest == tie->contest && drawing.winners.size() == 1 &&
             std::set(drawing.among.begin(), drawing.among.end()) == both;
    })) << data.name;
  }
}

TEST(Candidates, TheSameSeedInventsTheSame) {
  Dataset one = make_synthetic(kSeed);
  Dataset other = make_synthetic(kSeed);
  ASSERT_TRUE(invent_candidates(one, kSeed));
  ASSERT_TRUE(invent_candidates(other, kSeed));
  for (std::size_t i = 0; i < one.protocols.size(); ++i) {
    ASSERT_EQ(one.protocols[i].candidate_votes, other.protocols[i].candidate_votes);
  }
}

}  // namespace
}  // namespace urna::drill
