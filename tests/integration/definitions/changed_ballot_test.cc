// A confirmed protocol stays confirmed whatever definition comes later (docs/effects.md). When its
// votes do not fit the ballot in force, its contest waits rather than count without them.
#include "tests/integration/definitions/described_centre.h"

namespace urna::tests {
namespace {

using results::Which;

const model::ContestRound kMayor{*model::ContestId::parse("mayor-140101"), 1};

class ChangedBallot : public testing::Test {
 protected:
  // Candidate 2 of the four is elected, with 360 of 600 votes; nobody voted for 4.
  void SetUp() override {
    round_.define(first_description());
    protocols_ = round_.count("140101", {{30, 120, 50, 0}, {30, 120, 50, 0}, {30, 120, 50, 0}});
    round_.decide("140101", protocols_);
    ASSERT_NE(final_one(), nullptr);
  }
  // A later version with other options in the mayor's contest.
  void change(const std::function<void(Json& options)>& change) {
    Json description = first_description();
    description["version"] = ++version_;
    change(description["contests"][0]["options"]);
    round_.define(description);
  }
  const v1::TerritorialProtocol* final_one() const {
    return round_.projection().territorial().final_at(
        {{*model::UnitId::parse("140101"), kMayor}, v1::TerritorialProtocol::KIND_FINAL});
  }
  model::PlaceId place(int precinct) const {
    return {*model::UnitId::parse("140101-" + std::to_string(precinct)), kMayor};
  }
  // Votes in the whole gmina by option.
  std::map<std::string, std::uint64_t> confirmed() const {
    const auto& tally = *round_.projection().tally();
    const auto* totals = tally.totals(
        Which::kConfirmed, kMayor,
        round_.projection().definition()->units().find(*model::UnitId::parse("140101")));
    std::map<std::string, std::uint64_t> votes;
    const model::Slice& slice = tally.slice(kMayor);
    for (std::size_t i = 0; i < slice.options().size(); ++i) {
      votes[slice.data().options(static_cast<int>(i)).code()] =
          totals->votes[slice.options()[i].total];
    }
    return votes;
  }

  DescribedCentre round_;
  std::vector<v1::Body> protocols_;
  int version_ = 1;
};

TEST_F(ChangedBallot, WhoseVotesWouldBeLostWaitsAndIsNamed) {
  change([](Json& options) { options.erase(2); });  // candidate 3, with 150 votes
  for (int i = 1; i <= 3; ++i) {
    const auto bodies = round_.projection().place(place(i));
    ASSERT_EQ(bodies.size(), 1U);
    EXPECT_TRUE(bodies[0].effect.confirmed);
    EXPECT_FALSE(round_.projection().is_in_confirmed_tally(place(i)));
  }
  EXPECT_EQ(confirmed(), (std::map<std::string, std::uint64_t>{{"1", 0}, {"2", 0}, {"4", 0}}));
  EXPECT_TRUE(round_.projection().confirmed_votes(kMayor).empty());
  const auto determined = round_.projection().territorial().determination(kMayor);
  ASSERT_FALSE(determined.has_value());
  EXPECT_EQ(determined.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(determined.error().message,
            "no confirmed protocol of 140101-1 that fits the definition is here");
  EXPECT_EQ(final_one(), nullptr);
  const auto draft = round_.projection().territorial().draft(
      {{*model::UnitId::parse("140101"), kMayor}, v1::TerritorialProtocol::KIND_FINAL});
  ASSERT_FALSE(draft.has_value());
  EXPECT_EQ(draft.error().code, ErrorCode::kUnavailable);
}

TEST_F(ChangedBallot, WaitsForThoseThatDoNotFitThoughOthersDo) {
  // Only the first precinct's protocol has no votes for candidate 1.
  DescribedCentre other;
  other.define(first_description());
  other.decide("140101", MayorVotes{{0, 150, 50, 0}, {30, 120, 50, 0}, {30, 120, 50, 0}});
  Json description = first_description();
  description["version"] = 2;
  description["contests"][0]["options"].erase(0);
  other.define(description);
  EXPECT_TRUE(other.projection().is_in_confirmed_tally(place(1)));
  EXPECT_FALSE(other.projection().is_in_confirmed_tally(place(2)));
  EXPECT_EQ(other.projection().confirmed_votes(kMayor).size(), 1U);
  const auto determined = other.projection().territorial().determination(kMayor);
  ASSERT_FALSE(determined.has_value());
  EXPECT_EQ(determined.error().message,
            "no confirmed protocol of 140101-2 that fits the definition is here");
}

TEST_F(ChangedBallot, ComesBackWithTheBallot) {
  change([](Json& options) { options.erase(2); });
  ASSERT_EQ(final_one(), nullptr);
  change([](Json&) {});
  EXPECT_EQ(confirmed(),
            (std::map<std::string, std::uint64_t>{{"1", 90}, {"2", 360}, {"3", 150}, {"4", 0}}));
  ASSERT_NE(final_one(), nullptr);
  EXPECT_EQ(final_one()->outcomes(1).outcome(), "elected");
}

// 4 has no votes and leaves, 5 is new, the others stand in another order.
TEST_F(ChangedBallot, VotesThatFitGoToTheirOptionsWhereverTheyStandNow) {
  change([](Json& options) {
    options =
        Json::array({options[2], options[1], {{"code", "5"}, {"name", "Kos Jan"}}, options[0]});
  });
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(round_.projection().is_in_confirmed_tally(place(i)));
  EXPECT_EQ(confirmed(),
            (std::map<std::string, std::uint64_t>{{"1", 90}, {"2", 360}, {"3", 150}, {"5", 0}}));
  const auto determined = round_.projection().territorial().determination(kMayor);
  ASSERT_TRUE(determined.has_value());
  for (const auto& outcome : determined->outcomes) {
    EXPECT_EQ(outcome.outcome(), outcome.option() == "2" ? "elected" : "not_elected");
  }
}

}  // namespace
}  // namespace urna::tests
