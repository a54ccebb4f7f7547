#include "common/uplink/descriptors.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace urna::uplink {
namespace {

TEST(Descriptors, TooFewForAnyServerAreRefusedInOneLineThatSaysHowManyAreNeeded) {
  const auto plan = plan_descriptors(64, 20, 4'096);
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code, ErrorCode::kInvalidArgument);
  // 20 in use, 192 kept free, 4,096 streams, 256 connections beside.
  EXPECT_NE(plan.error().message.find("at least 4564"), std::string::npos) << plan.error().message;
  EXPECT_EQ(plan.error().message.find('\n'), std::string::npos);
}

TEST(Descriptors, EnoughLeaveEverythingAsAskedFor) {
  const auto plan = plan_descriptors(20'000, 20, 4'096);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->streams_max, 4'096U);
  EXPECT_EQ(plan->connections_max, 4'352U);
  EXPECT_EQ(plan->descriptor_end, 20 + 4'352);
}

TEST(Descriptors, FewLowerTheStreams) {
  const auto plan = plan_descriptors(1'024, 24, 4'096);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->connections_max, 1'024U - 24U - 192U);
  EXPECT_EQ(plan->streams_max, plan->connections_max);
  EXPECT_EQ(plan->descriptor_end, 1'024 - 192);
}

RC_GTEST_PROP(Descriptors, ThePlanNeverPassesTheLimitNorWhatWasAskedFor, ()) {
  const auto limit = *rc::gen::arbitrary<std::uint32_t>();
  const auto open = *rc::gen::inRange<std::size_t>(0, 5'000);
  const auto streams = *rc::gen::inRange<std::size_t>(1, 100'001);
  const auto plan = plan_descriptors(limit, open, streams);
  if (!plan) return;
  RC_ASSERT(plan->streams_max >= 1U);
  RC_ASSERT(plan->streams_max <= streams);
  RC_ASSERT(plan->streams_max <= plan->connections_max);
  RC_ASSERT(open + plan->connections_max + kDescriptorsReserved <= limit);
  RC_ASSERT(static_cast<std::uint64_t>(plan->descriptor_end) + kDescriptorsReserved <= limit);
}

}  // namespace
}  // namespace urna::uplink
