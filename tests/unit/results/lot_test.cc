#include "common/results/lot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/results/sample.h"

namespace urna::results {
namespace {

using testing::HasSubstr;

// Top N, 3 seats: 9, then 5 three times.
Sample three_for_two() {
  return Sample("2010", 3, {{4, {5}}, {1, {9, 5}}, {3, {5, 1}}}, Method::kTopN);
}

TEST(Lot, TheCanonicalFormIsAsDocumented) {
  const auto result = three_for_two().determine();
  ASSERT_EQ(result->pending.size(), 1u);
  EXPECT_EQ(result->pending[0].canonical(),
            "urna-lot 1\n"
            "kind top-n\n"
            "contest 081000-2\n"
            "round 1\n"
            "rules 2010\n"
            "seats 3\n"
            "candidate 1 1 9\n"
            "candidate 1 2 5\n"
            "candidate 3 1 5\n"
            "candidate 3 2 1\n"
            "candidate 4 1 5\n"
            "draw 2\n"
            "among 1 2 5 -\n"
            "among 3 1 5 -\n"
            "among 4 1 5 -\n");
}

TEST(Lot, ALotAmongListsShowsTheWholeDistribution) {
  Sample sample("2019", 1,
                {{3, {5, -1}, CommitteeKind::kMinority}, {1, {5}, CommitteeKind::kCoalition}});
  sample.precincts = 1;
  sample.list_table = {5, 5};
  sample.candidate_table = {5, 0, 5};
  EXPECT_EQ(sample.determine()->pending.at(0).canonical(),
            "urna-lot 1\n"
            "kind seats-among-lists\n"
            "contest 081000-2\n"
            "round 1\n"
            "rules 2019\n"
            "seats 1\n"
            "surplus goes-on\n"
            "unit-valid-votes 10\n"
            "list 1 8 5 5 1\n"
            "list 3 0 5 5 1\n"
            "draw 1\n"
            "among 1 0 5 0\n"
            "among 3 0 5 0\n");
}

TEST(Lot, TooFewTooManyRepeatedAndForeignWinnersAreNamed) {
  const auto drawn = [](const std::vector<BallotName>& winners) {
    Sample sample = three_for_two();
    sample.draw(winners);
    return sample.letters();
  };
  EXPECT_THAT(drawn({}), HasSubstr("too_few: the lot of kind top-n in 081000-2, 2 of 3"));
  EXPECT_THAT(drawn({{1, 2}}), HasSubstr("too_few: "));
  EXPECT_THAT(drawn({{1, 2}, {3, 1}, {4, 1}}), HasSubstr("too_many: "));
  EXPECT_THAT(drawn({{1, 2}, {1, 2}}), HasSubstr("repeated: "));
  EXPECT_THAT(drawn({{1, 2}, {3, 1}, {1, 2}}), HasSubstr("repeated: "));
  EXPECT_THAT(drawn({{1, 2}, {1, 1}}), HasSubstr("not_in_tie: "));
  EXPECT_EQ(drawn({{4, 1}, {1, 2}}), "EEENN");
}

TEST(Lot, ALotNobodyAskedForIsRefused) {
  Sample sample = three_for_two();
  sample.draw({{4, 1}, {1, 2}});
  sample.candidates[0].votes = 6;  // no tie at the cut for this one any more: one place for two
  EXPECT_THAT(sample.letters(), HasSubstr("other_context: "));
}

TEST(Lot, ACheckGivesTheFirstFault) {
  const LotContext context = three_for_two().determine()->pending.at(0);
  const auto fault = [&](const Lot& lot) { return check_lot(context, lot).error(); };
  EXPECT_TRUE(check_lot(context, {context.canonical(), {{4, 1}, {1, 2}}}).has_value());
  EXPECT_EQ(fault({"", {{4, 1}, {4, 1}}}), LotFault::kOtherContext);
  EXPECT_EQ(fault({context.canonical(), {{9, 1}, {9, 1}}}), LotFault::kRepeated);
  EXPECT_EQ(fault({context.canonical(), {{9, 1}}}), LotFault::kNotInTie);
  EXPECT_EQ(lot_fault_name(LotFault::kTooFew), "too_few");
}

}  // namespace
}  // namespace urna::results
