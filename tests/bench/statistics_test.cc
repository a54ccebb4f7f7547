#include "tests/bench/statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace urna::bench {
namespace {

std::vector<Weighted> ones(std::vector<std::uint64_t> values) {
  std::vector<Weighted> weighted;
  for (const std::uint64_t value : values) weighted.push_back({value, 1});
  return weighted;
}

TEST(Percentile, OfNothingIsNothing) {
  EXPECT_EQ(percentile({}, 500), std::nullopt);
  EXPECT_EQ(percentile({{7, 0}}, 500), std::nullopt);
}

// 15, 20, 35, 40, 50: ranks 0.05·5 = 0.25 → 1, 0.3·5 = 1.5 → 2, 0.4·5 = 2, 0.5·5 = 2.5 → 3, 5.
TEST(Percentile, TakesTheNearestRankAbove) {
  const auto values = ones({35, 20, 15, 50, 40});
  EXPECT_EQ(percentile(values, 50), 15U);
  EXPECT_EQ(percentile(values, 300), 20U);
  EXPECT_EQ(percentile(values, 400), 20U);
  EXPECT_EQ(percentile(values, 500), 35U);
  EXPECT_EQ(percentile(values, 1'000), 50U);
}

// Of a hundred values 99% is the 99th and 99.9% the 100th: no value is made up between them.
TEST(Percentile, OfFewValuesTheHighestOnesAreTheLargest) {
  std::vector<Weighted> values;
  for (std::uint64_t i = 1; i <= 100; ++i) values.push_back({i, 1});
  EXPECT_EQ(percentile(values, 990), 99U);
  EXPECT_EQ(percentile(values, 999), 100U);
}

// Two batches: 99 records took 5, one record took 80.
TEST(Percentile, CountsEveryRecordOfABatch) {
  const std::vector<Weighted> values = {{80, 1}, {5, 99}};
  EXPECT_EQ(percentile(values, 500), 5U);
  EXPECT_EQ(percentile(values, 990), 5U);
  EXPECT_EQ(percentile(values, 991), 80U);
}

RC_GTEST_PROP(Percentile, AtLeastTheAskedShareDoesNotExceedItAndNoSmallerValueWillDo,
              (std::vector<std::uint16_t> values)) {
  RC_PRE(!values.empty());
  const std::uint32_t permille = *rc::gen::inRange(1U, 1'001U);
  std::vector<Weighted> weighted;
  for (const std::uint16_t value : values) weighted.push_back({value, 1});
  const std::uint64_t found = *percentile(weighted, permille);
  const auto not_above = std::ranges::count_if(values, [&](auto v) { return v <= found; });
  const auto below = std::ranges::count_if(values, [&](auto v) { return v < found; });
  RC_ASSERT(static_cast<std::uint64_t>(not_above) * 1'000 >= values.size() * permille);
  RC_ASSERT(static_cast<std::uint64_t>(below) * 1'000 < values.size() * permille);
}

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoInTheMiddle) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(Summary, TellsHowFarTheRoundsLieApart) {
  const Summary summary = summarise({90, 110, 100});
  EXPECT_EQ(summary.median, 100);
  EXPECT_EQ(summary.low, 90);
  EXPECT_EQ(summary.high, 110);
  EXPECT_EQ(summary.spread_percent(), 20);
  EXPECT_EQ(Summary().spread_percent(), 0);
}

}  // namespace
}  // namespace urna::bench
