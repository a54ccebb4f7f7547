#include "common/results/mayor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/results/sample.h"

namespace urna::results {
namespace {

using testing::HasSubstr;
using Names = std::vector<BallotName>;

// A mayor's contest, owned; votes in ballot order, -1: no longer stands.
class Mayors {
 public:
  explicit Mayors(const std::vector<int>& votes, std::optional<std::uint32_t> no = std::nullopt)
      : no_votes(no) {
    for (std::uint32_t i = 0; i < votes.size(); ++i) {
      candidates.push_back({{0, i + 1}, std::nullopt});
      if (votes[i] >= 0) candidates.back().votes = static_cast<std::uint32_t>(votes[i]);
    }
  }
  MayorContest contest(std::uint32_t round = 1) const {
    MayorContest one;
    one.contest = contest_named("020101", round);
    one.rules = rule_set("2014");
    one.candidates = candidates;
    one.no_votes = no_votes;
    if (precincts > 0) one.precincts = PrecinctFigures{precincts, {}, table};
    one.lots = lots;
    return one;
  }
  // N, E, R (runoff), L per candidate; or the error's message.
  std::string first() const { return letters(determine_first_round(contest())); }
  std::string second() const { return letters(determine_runoff(contest(2))); }
  Result<Runoff> runoff(const Names& withdrawn = {}) const {
    return derive_runoff(contest(), withdrawn);
  }
  std::string refused_runoff(const Names& withdrawn = {}) const {
    const auto result = runoff(withdrawn);
    return result ? "not refused" : result.error().message;
  }

  std::vector<Candidate> candidates;
  std::optional<std::uint32_t> no_votes;
  std::size_t precincts = 0;
  std::vector<std::uint32_t> table;
  std::vector<Lot> lots;

 private:
  static std::string letters(const Result<MayorResult>& result) {
    if (!result) return result.error().message;
    std::string text;
    for (const MayorOutcome outcome : result->outcomes) text += "NERL"[static_cast<int>(outcome)];
    return text;
  }
};

TEST(Mayor, InputThatContradictsItselfIsRefusedByName) {
  EXPECT_THAT(Mayors({}).first(), HasSubstr("nobody has votes"));
  EXPECT_THAT(Mayors({-1, -1}).first(), HasSubstr("nobody has votes"));
  EXPECT_THAT(Mayors({5}).first(), HasSubstr("no figure for votes NO"));
  EXPECT_THAT(Mayors({5, 6}, 7).first(), HasSubstr("votes NO beside several candidates"));
  EXPECT_THAT(Mayors({5}, 1'000'000'000).first(), HasSubstr("votes NO out of range"));
  EXPECT_THAT(Mayors({5, 6, 7}).second(), HasSubstr("more than two candidates in a runoff"));
  Mayors listed({5, 6});
  listed.candidates[1].name.list = 1;
  EXPECT_THAT(listed.first(), HasSubstr("stands on no list"));
  Mayors twice({5, 6});
  twice.candidates[1].name.place = 1;
  EXPECT_THAT(twice.first(), HasSubstr("candidate 1 stands twice"));
}

TEST(Mayor, MoreThanHalfIsElectedAndExactlyHalfIsNot) {
  EXPECT_EQ(Mayors({51, 30, 20}).first(), "ENN");  // 102 > 101
  EXPECT_EQ(Mayors({50, 30, 20}).first(), "RRN");  // 100 = 100
  EXPECT_EQ(Mayors({40, 40}).first(), "RR");
  EXPECT_EQ(Mayors({0, 0}).first(), "RR");
}

TEST(Mayor, ASingleCandidateNeedsMoreYesThanNo) {
  EXPECT_EQ(Mayors({51}, 50).first(), "E");
  EXPECT_EQ(Mayors({50}, 50).first(), "N");
  EXPECT_EQ(Mayors({-1, 51}, 50).second(), "NE");
  const Mayors refused({49}, 50);
  const auto result = determine_first_round(refused.contest());
  EXPECT_TRUE(result->council_elects);
  EXPECT_TRUE(result->yes_no);
  EXPECT_EQ(result->valid_votes, 99u);
}

TEST(Mayor, ATieForSecondPlaceIsSettledByPrecinctsThenByLot) {
  Mayors mayors({40, 25, 25, 10});
  EXPECT_EQ(mayors.first(), "RLLN");
  mayors.precincts = 3;
  mayors.table = {20, 5, 6, 10, 10, 11, 9, 0, 10, 9, 10, 0};  // 2 is ahead in one, 3 in two
  EXPECT_EQ(mayors.first(), "RNRN");
  mayors.table = {20, 5, 5, 10, 10, 11, 9, 0, 10, 9, 11, 0};  // once each
  EXPECT_EQ(mayors.first(), "RLLN");
}

TEST(Mayor, ATieInTheRunoffIsSettledByPrecinctsThenByLot) {
  Mayors mayors({10, 10});
  EXPECT_EQ(mayors.second(), "LL");
  mayors.precincts = 3;
  mayors.table = {1, 2, 1, 2, 8, 6};
  EXPECT_EQ(mayors.second(), "NE");
  EXPECT_EQ(Mayors({11, 10}).second(), "EN");
}

TEST(Mayor, ALotOfTheRunoffIsNotOneOfRoundOne) {
  Mayors mayors({10, 10});
  const auto pending = determine_runoff(mayors.contest(2))->pending;
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].kind, LotKind::kRunoff);
  mayors.lots.push_back({pending[0].canonical(), {{0, 2}}});
  EXPECT_EQ(mayors.second(), "NE");
  EXPECT_THAT(mayors.first(), HasSubstr("other_context: "));
}

// ---- the runoff that follows (R37) ----

TEST(Runoff, TheTwoWithMostVotesStandInTheOrderOfRoundOne) {
  const auto runoff = Mayors({20, 45, 5, 30}).runoff();
  ASSERT_TRUE(runoff.has_value());
  EXPECT_EQ(runoff->candidates, (Names{{0, 2}, {0, 4}}));
  EXPECT_EQ(runoff->days_after_first_round, 14u);
  EXPECT_FALSE(runoff->yes_no);
}

TEST(Runoff, TheNextTakesThePlaceOfOneWhoWithdrawsAndTheDayMoves) {
  const auto runoff = Mayors({20, 45, 5, 30}).runoff({{0, 2}});
  EXPECT_EQ(runoff->candidates, (Names{{0, 1}, {0, 4}}));
  EXPECT_EQ(runoff->days_after_first_round, 28u);
  // One who was not in it changes nothing.
  EXPECT_EQ(Mayors({20, 45, 5, 30}).runoff({{0, 1}})->days_after_first_round, 14u);
  // Both withdraw.
  EXPECT_EQ(Mayors({20, 45, 5, 30}).runoff({{0, 2}, {0, 4}})->candidates, (Names{{0, 1}, {0, 3}}));
}

TEST(Runoff, TheLastOneLeftStandsForYesOrNo) {
  const auto runoff = Mayors({50, 50}).runoff({{0, 1}});
  EXPECT_EQ(runoff->candidates, (Names{{0, 2}}));
  EXPECT_TRUE(runoff->yes_no);
  EXPECT_EQ(runoff->days_after_first_round, 14u);
  EXPECT_TRUE(Mayors({50, 50}).runoff({{0, 1}, {0, 2}})->council_elects);
}

TEST(Runoff, ATieForThePlaceOfOneWhoLeftIsALotOfItsOwn) {
  Mayors mayors({40, 30, 15, 15});
  auto runoff = mayors.runoff({{0, 2}});
  EXPECT_EQ(runoff->candidates, (Names{{0, 1}}));
  ASSERT_EQ(runoff->pending.size(), 1u);
  EXPECT_EQ(runoff->pending[0].kind, LotKind::kRunoffReplacement);
  EXPECT_FALSE(runoff->yes_no);
  mayors.lots.push_back({runoff->pending[0].canonical(), {{0, 4}}});
  EXPECT_EQ(mayors.runoff({{0, 2}})->candidates, (Names{{0, 1}, {0, 4}}));
}

TEST(Runoff, TheLotForSecondPlaceComesFirstAndItsLoserIsTheNext) {
  Mayors mayors({40, 30, 30});
  const auto open = mayors.runoff();
  EXPECT_EQ(open->candidates, (Names{{0, 1}}));
  EXPECT_FALSE(open->yes_no);
  ASSERT_EQ(open->pending.size(), 1u);
  mayors.lots.push_back({open->pending[0].canonical(), {{0, 3}}});
  EXPECT_EQ(mayors.runoff()->candidates, (Names{{0, 1}, {0, 3}}));
  EXPECT_EQ(mayors.runoff({{0, 3}})->candidates, (Names{{0, 1}, {0, 2}}));
}

TEST(Runoff, ThereIsNoneWhenRoundOneDecidedAndNobodyUnknownWithdraws) {
  EXPECT_THAT(Mayors({60, 40}).refused_runoff(), HasSubstr("needs no runoff"));
  EXPECT_THAT(Mayors({40}, 60).refused_runoff(), HasSubstr("needs no runoff"));
  EXPECT_THAT(Mayors({50, 50}).refused_runoff({{0, 3}}), HasSubstr("withdrawn candidate 3"));
  EXPECT_THAT(Mayors({50, 50}).refused_runoff({{0, 1}, {0, 1}}), HasSubstr("named twice"));
}

}  // namespace
}  // namespace urna::results
