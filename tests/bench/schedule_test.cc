#include "tests/bench/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace urna::bench {
namespace {

using Records = std::vector<std::vector<std::uint32_t>>;

std::vector<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>> flat(
    const std::vector<Departure>& departures) {
  std::vector<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>> all;
  for (const Departure& one : departures) all.emplace_back(one.at_ns, one.stream, one.batch);
  return all;
}

TEST(OpenLoop, WithoutBatchesNobodyDeparts) {
  EXPECT_TRUE(open_loop({}, 100, 1).empty());
  EXPECT_TRUE(open_loop({{}, {}}, 100, 1).empty());
}

TEST(OpenLoop, WithoutARateEverythingIsDueAtOnceAndTheStreamsTakeTurns) {
  const auto departures = open_loop({{5, 5}, {5, 5}}, 0, 1);
  EXPECT_EQ(flat(departures), flat({{0, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 1}}));
}

TEST(OpenLoop, EveryBatchDepartsOnceAndAStreamKeepsItsOrder) {
  const Records records = {std::vector<std::uint32_t>(200, 10), std::vector<std::uint32_t>(50, 10)};
  const auto departures = open_loop(records, 1'000, 7);
  ASSERT_EQ(departures.size(), 250U);
  EXPECT_TRUE(std::ranges::is_sorted(departures, {}, &Departure::at_ns));
  std::map<std::uint32_t, std::uint32_t> next;
  for (const Departure& one : departures) EXPECT_EQ(one.batch, next[one.stream]++);
  EXPECT_EQ(next[0], 200U);
  EXPECT_EQ(next[1], 50U);
}

// 4,000 batches of 10 records at 8,000 a second are meant to take 5 s. The sum of n exponential
// gaps has a standard deviation of 1/√n of its mean: 1.6% for one stream of 4,000.
TEST(OpenLoop, OnAverageTheRateIsTheOneAskedFor) {
  const auto departures = open_loop({std::vector<std::uint32_t>(4'000, 10)}, 8'000, 11);
  EXPECT_NEAR(static_cast<double>(departures.back().at_ns) / 1e9, 5.0, 0.4);
}

// Arrivals without memory: the standard deviation of the gaps is their mean, 1.25 ms.
TEST(OpenLoop, GapsAreAsUnevenAsThoseOfIndependentArrivals) {
  const auto departures = open_loop({std::vector<std::uint32_t>(4'000, 10)}, 8'000, 3);
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 1; i < departures.size(); ++i) {
    const double gap = static_cast<double>(departures[i].at_ns - departures[i - 1].at_ns);
    sum += gap;
    squares += gap * gap;
  }
  const double count = static_cast<double>(departures.size() - 1);
  const double mean = sum / count;
  const double variance = squares / count - mean * mean;
  EXPECT_NEAR(variance / (mean * mean), 1.0, 0.2);
}

TEST(OpenLoop, AStreamWithFewerRecordsSendsMoreSlowlyAndEndsWithTheOthers) {
  const Records records = {std::vector<std::uint32_t>(3'000, 10),
                           std::vector<std::uint32_t>(1'000, 10)};
  std::map<std::uint32_t, std::uint64_t> last;
  for (const Departure& one : open_loop(records, 8'000, 5)) last[one.stream] = one.at_ns;
  EXPECT_NEAR(static_cast<double>(last[0]) / static_cast<double>(last[1]), 1.0, 0.15);
}

TEST(OpenLoop, TheSameSeedGivesTheSameAndAnotherSeedDoesNot) {
  const Records records = {std::vector<std::uint32_t>(20, 10)};
  EXPECT_EQ(flat(open_loop(records, 100, 1)), flat(open_loop(records, 100, 1)));
  EXPECT_NE(flat(open_loop(records, 100, 1)), flat(open_loop(records, 100, 2)));
}

}  // namespace
}  // namespace urna::bench
