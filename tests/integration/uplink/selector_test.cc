#include "common/uplink/selector.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace urna::uplink {
namespace {

constexpr Selector::Limits kLimits{200, 20'000, 10'000};

TEST(Selector, TheFirstUpstreamIsTriedAtOnce) {
  const Selector selector(3, kLimits);
  EXPECT_EQ(selector.next(5, 0.5).upstream, 0U);
  EXPECT_EQ(selector.next(5, 0.5).wait_ms, 0U);
}

TEST(Selector, WaitsDoubleFromTheLeastToTheMost) {
  Selector selector(1, kLimits);
  // Without jitter's luck: half of 200, 400, 800, … 12,800, and from then on half of 20,000.
  const std::uint64_t halves[] = {100, 200, 400, 800, 1'600, 3'200, 6'400, 10'000, 10'000, 10'000};
  for (const std::uint64_t half : halves) {
    selector.failed(0, 1'000, 1'000);
    EXPECT_EQ(selector.next(1'000, 0.0).wait_ms, half);
  }
}

TEST(Selector, JitterSpreadsOverTheUpperHalfOfTheWait) {
  Selector selector(1, kLimits);
  selector.failed(0, 0, 0);
  EXPECT_EQ(selector.next(0, 0.0).wait_ms, 100U);
  EXPECT_EQ(selector.next(0, 0.5).wait_ms, 150U);
  EXPECT_LE(selector.next(0, 0.999).wait_ms, 200U);
}

TEST(Selector, TimeThatPassedIsNotWaitedForAgain) {
  Selector selector(1, kLimits);
  selector.failed(0, 1'000, 1'000);
  EXPECT_EQ(selector.next(1'060, 0.0).wait_ms, 40U);
  EXPECT_EQ(selector.next(1'100, 0.0).wait_ms, 0U);
  EXPECT_EQ(selector.next(9'000, 0.0).wait_ms, 0U);
}

TEST(Selector, TheSecondIsNotTriedBeforeTheFirstFailedForTheSetTime) {
  Selector selector(2, kLimits);
  selector.failed(0, 1'000, 1'000);
  selector.failed(0, 10'999, 10'999);
  const auto choice = selector.next(10'999, 0.0);
  // 1 ms before the time is up: the first waits 200 ms, so the second comes in 1 ms.
  EXPECT_EQ(choice.upstream, 1U);
  EXPECT_EQ(choice.wait_ms, 1U);
}

TEST(Selector, ALongBackoffOfTheFirstDoesNotDelayTheSecond) {
  Selector selector(2, kLimits);
  for (int i = 0; i < 7; ++i) selector.failed(0, 1'000, 1'000);  // waits 6.4 s or more
  selector.failed(0, 9'000, 9'000);                              // waits 10 s or more
  const auto choice = selector.next(9'000, 0.0);
  EXPECT_EQ(choice.upstream, 1U);
  EXPECT_EQ(choice.wait_ms, 2'000U);  // failing since 1,000 for 10,000
}

TEST(Selector, TheThirdIsTriedOnlyWhenTheSecondFailedForTheSetTimeToo) {
  Selector selector(3, kLimits);
  for (int i = 0; i < 10; ++i) selector.failed(0, 0, 0);
  selector.failed(0, 20'000, 20'000);
  for (int i = 0; i < 9; ++i) selector.failed(1, 15'000, 15'000);
  selector.failed(1, 20'000, 20'000);
  const auto choice = selector.next(20'000, 0.0);
  EXPECT_EQ(choice.upstream, 2U);
  EXPECT_EQ(choice.wait_ms, 5'000U);  // the second fails since 15,000
}

TEST(Selector, AnUpstreamThatProvesGoodHasAllItsFailuresForgotten) {
  Selector selector(2, kLimits);
  for (int i = 0; i < 10; ++i) selector.failed(0, 1'000, 1'000);
  selector.proved(0);
  EXPECT_EQ(selector.next(1'000, 0.9).wait_ms, 0U);
  selector.failed(0, 50'000, 50'000);
  EXPECT_EQ(selector.next(50'000, 0.0).wait_ms, 100U);
  EXPECT_EQ(selector.next(50'000, 0.0).upstream, 0U);
}

TEST(Selector, AnUpstreamThatNeverAnswersCountsAsFailingSinceItWasTried) {
  Selector selector(2, kLimits);
  // Given up after the very time the next one is allowed after.
  selector.failed(0, 1'000, 1'000 + kLimits.failover_ms);
  const auto choice = selector.next(1'000 + kLimits.failover_ms, 0.0);
  EXPECT_EQ(choice.upstream, 1U);
  EXPECT_EQ(choice.wait_ms, 0U);
}

TEST(Selector, OneThatDiesAgainAndAgainWithoutProvingGoodIsLeft) {
  Selector selector(2, kLimits);
  std::uint64_t now = 0;
  std::uint64_t tried = 0;
  while (selector.next(now, 0.0).upstream == 0) {
    now += selector.next(now, 0.0).wait_ms;
    ++tried;
    // It greets, lives for 50 ms, and dies.
    selector.failed(0, now, now + 50);
    now += 50;
    ASSERT_LT(tried, 20U);
  }
  EXPECT_LE(now + selector.next(now, 0.0).wait_ms, 50 + kLimits.failover_ms);
}

TEST(Selector, AnEarlierUpstreamThatStillFailsIsLeftAgainAtOnce) {
  Selector selector(2, kLimits);
  for (int i = 0; i < 10; ++i) selector.failed(0, 1'000, 1'000);
  selector.proved(1);
  selector.try_before(1);
  EXPECT_EQ(selector.next(60'000, 0.0).upstream, 0U);
  EXPECT_EQ(selector.next(60'000, 0.0).wait_ms, 0U);
  selector.failed(0, 60'001, 60'001);
  EXPECT_EQ(selector.next(60'001, 0.0).upstream, 1U);
  EXPECT_EQ(selector.next(60'001, 0.0).wait_ms, 0U);
}

// Whatever happens, the wait is bounded and the choice exists; after enough time something is
// tried.
RC_GTEST_PROP(Selector, NeverWaitsLongerThanTheLongestBackoff, ()) {
  const auto upstreams = *rc::gen::inRange<std::size_t>(1, 5);
  Selector selector(upstreams, kLimits);
  std::uint64_t now = 0;
  const auto steps = *rc::gen::inRange(0, 60);
  for (int i = 0; i < steps; ++i) {
    now += *rc::gen::inRange<std::uint64_t>(0, 15'000);
    const double jitter = *rc::gen::inRange(0, 1'000) / 1'000.0;
    const auto choice = selector.next(now, jitter);
    RC_ASSERT(choice.upstream < upstreams);
    RC_ASSERT(choice.wait_ms <= kLimits.backoff_ms_max);
    now += choice.wait_ms;
    RC_ASSERT(selector.next(now, jitter).wait_ms == 0U);
    switch (*rc::gen::inRange(0, 3)) {
      case 0: selector.proved(choice.upstream); break;
      case 1: selector.try_before(choice.upstream); break;
      default: selector.failed(choice.upstream, now, now);
    }
  }
}

// No later upstream while an earlier one did not fail, or not for long enough.
RC_GTEST_PROP(Selector, KeepsTheOrderGiven, ()) {
  Selector selector(3, kLimits);
  std::uint64_t now = 1;
  std::uint64_t first_failed = 0;
  for (int i = 0; i < 30; ++i) {
    const auto choice = selector.next(now, 0.0);
    now += choice.wait_ms;
    if (choice.upstream > 0) RC_ASSERT(now - first_failed >= kLimits.failover_ms);
    if (choice.upstream == 0 && first_failed == 0) first_failed = now;
    selector.failed(choice.upstream, now, now);
    now += *rc::gen::inRange<std::uint64_t>(0, 3'000);
  }
}

}  // namespace
}  // namespace urna::uplink
