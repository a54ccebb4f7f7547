#include "common/results/dhondt.h"

#include <gtest/gtest.h>

#include "common/results/threshold.h"

namespace urna::results {
namespace {

std::vector<std::uint32_t> seats_of(const std::vector<std::uint64_t>& votes, std::uint32_t seats) {
  std::vector<ListVotes> lists;
  for (const std::uint64_t one : votes) lists.push_back({one});
  return allocate_dhondt(lists, seats).seats;
}

using Seats = std::vector<std::uint32_t>;

// 720, 300, 480 for 8 seats. Quotients in order: 720, 480, 360, 300, 240 = 240, 180, 160: 4, 1, 3.
TEST(Dhondt, TheLargestQuotientsWinASeatEach) {
  const std::vector<ListVotes> lists = {{720}, {300}, {480}};
  const Allocation result = allocate_dhondt(lists, 8);
  EXPECT_EQ(result.seats, (Seats{4, 1, 3}));
  EXPECT_TRUE(result.tied.empty());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
  for (const Award& award : result.awards) order.emplace_back(award.list, award.divisor);
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected = {
      {0, 1}, {2, 1}, {0, 2}, {1, 1}, {0, 3}, {2, 2}, {0, 4}, {2, 3}};
  EXPECT_EQ(order, expected);
}

TEST(Dhondt, EqualQuotientsForMoreSeatsThanAreLeftAreReturnedWithMoreVotesFirst) {
  // 20/2 = 10/1 = 10/1 for one seat.
  const std::vector<ListVotes> lists = {{10}, {20}, {10}};
  const Allocation result = allocate_dhondt(lists, 2);
  EXPECT_EQ(result.seats, (Seats{0, 1, 0}));
  EXPECT_EQ(result.tied, (Seats{1, 0, 2}));
  EXPECT_EQ(result.tied_seats, 1u);
}

TEST(Dhondt, AListWithoutVotesWinsNothingAndSeatsStayVacant) {
  EXPECT_EQ(seats_of({0, 0}, 3), (Seats{0, 0}));
  EXPECT_EQ(allocate_dhondt(std::vector<ListVotes>{{0}, {0}}, 3).vacant, 3u);
  EXPECT_EQ(allocate_dhondt({}, 3).vacant, 3u);
  EXPECT_EQ(seats_of({1, 0}, 3), (Seats{3, 0}));
}

TEST(Dhondt, AnExhaustedListTakesNoFurtherPart) {
  const std::vector<ListVotes> lists = {{900, 1}, {100, 2}, {80, 5}};
  const Allocation result = allocate_dhondt(lists, 4);
  EXPECT_EQ(result.seats, (Seats{1, 2, 1}));
  EXPECT_EQ(allocate_dhondt(lists, 9).vacant, 1u);
}

// 10^18 - 1 against two thirds of it, rounded up and down by one vote: the third seat turns on it.
TEST(Dhondt, QuotientsAreComparedExactlyAtTheLargestFigures) {
  constexpr std::uint64_t kMost = kVotesMax - 1;
  static_assert(kMost % 3 == 0);
  constexpr std::uint64_t kThird = kMost / 3;
  EXPECT_EQ(seats_of({kMost, kThird}, 3), (Seats{2, 0}));  // kMost/3 = kThird/1: tied
  EXPECT_EQ(seats_of({kMost, kThird + 1}, 3), (Seats{2, 1}));
  EXPECT_EQ(seats_of({kMost, kThird - 1}, 3), (Seats{3, 0}));
  EXPECT_EQ(compare_quotients(kMost, kSeatsMax, kMost - 1, kSeatsMax),
            std::strong_ordering::greater);
}

TEST(Threshold, EqualityQualifies) {
  EXPECT_TRUE(reaches_threshold(50, 1000, 5));
  EXPECT_FALSE(reaches_threshold(49, 1000, 5));
  EXPECT_FALSE(reaches_threshold(50, 1001, 5));
  EXPECT_TRUE(reaches_threshold(80, 1000, 8));
  EXPECT_FALSE(reaches_threshold(79, 1000, 8));
}

TEST(Threshold, ZeroPercentExemptsAndNoVotesStopNobody) {
  EXPECT_TRUE(reaches_threshold(0, 1000, 0));
  EXPECT_TRUE(reaches_threshold(0, 0, 5));
}

TEST(Threshold, TheLargestFiguresDoNotOverflow) {
  constexpr std::uint64_t kAll = 999'999'999'999'999'980;
  EXPECT_TRUE(reaches_threshold(kAll / 20, kAll, 5));
  EXPECT_FALSE(reaches_threshold(kAll / 20 - 1, kAll, 5));
}

TEST(Threshold, EachYearSetsTheShareOfEachKindOfCommittee) {
  const auto share = [](const char* year, CommitteeKind kind) {
    return rule_set(year)->threshold_percent[static_cast<std::size_t>(kind)];
  };
  for (const char* year : {"2010", "2014", "2018"}) {
    for (const auto kind : {CommitteeKind::kUnspecified, CommitteeKind::kParty,
                            CommitteeKind::kCoalition, CommitteeKind::kMinority}) {
      EXPECT_EQ(share(year, kind), 5u);
    }
  }
  EXPECT_EQ(share("2019", CommitteeKind::kParty), 5u);
  EXPECT_EQ(share("2019", CommitteeKind::kCoalition), 8u);
  EXPECT_EQ(share("2019", CommitteeKind::kMinority), 0u);
}

TEST(Rules, NamesAreAClosedListAnd2018Is2014) {
  EXPECT_EQ(rule_set("2018"), rule_set("2014"));
  for (const char* name : {"2010", "2014", "2019"}) EXPECT_EQ(rule_set(name)->name, name);
  for (const char* name : {"", "2011", "2014 ", "latest"}) EXPECT_EQ(rule_set(name), nullptr);
}

TEST(Rules, EveryOrderOfTieBreaksEndsWithOneThatAlwaysDecides) {
  for (const char* name : {"2010", "2014", "2019"}) {
    const RuleSet& rules = *rule_set(name);
    for (const TieRule* rule :
         {&rules.lists, &rules.inside_list, &rules.top_n, &rules.runoff_place, &rules.runoff}) {
      ASSERT_FALSE(rule->steps.empty());
      const TieBreak last = rule->steps.back();
      EXPECT_TRUE(last == TieBreak::kLot || last == TieBreak::kHigherPlace);
      EXPECT_FALSE(rule->source.text.empty());
    }
  }
}

TEST(Rules, KindsOfCommitteesAreReadAndWritten) {
  for (const char* name : {"", "party", "coalition", "minority"}) {
    EXPECT_EQ(committee_kind_name(parse_committee_kind(name).value()), name);
  }
  EXPECT_FALSE(parse_committee_kind("Party").has_value());
}

}  // namespace
}  // namespace urna::results
