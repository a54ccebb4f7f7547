#include "common/uplink/refusal_log.h"

#include <gtest/gtest.h>

namespace urna::uplink {
namespace {

TEST(RefusalLog, OnePeerIsToldOfOnceAMinuteWithTheNumberLeftOut) {
  RefusalLog log;
  EXPECT_EQ(log.note("revoked", "a", "refused a", 1'000), "refused a");
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_FALSE(log.note("revoked", "a", "x", 2'000 + i));
  EXPECT_EQ(log.note("revoked", "a", "refused a", 61'000),
            "refused a (and 5 times since it was last told of)");
  EXPECT_FALSE(log.note("revoked", "a", "x", 61'001));
}

TEST(RefusalLog, OtherPeersAndOtherReasonsAreToldOfByThemselves) {
  RefusalLog log;
  EXPECT_TRUE(log.note("revoked", "a", "x", 0));
  EXPECT_TRUE(log.note("revoked", "b", "x", 0));
  EXPECT_TRUE(log.note("silent", "a", "x", 0));
}

TEST(RefusalLog, MorePeersThanItRemembersShareOneLine) {
  RefusalLog log;
  std::size_t told = 0;
  for (std::size_t i = 0; i < 2 * RefusalLog::kPeersMax; ++i) {
    if (log.note("revoked", std::to_string(i), "x", 0)) ++told;
  }
  EXPECT_EQ(told, RefusalLog::kPeersMax + 1);
  // After a while there is room again.
  EXPECT_TRUE(log.note("revoked", "another", "x", RefusalLog::kSilenceMs));
  EXPECT_FALSE(log.note("revoked", "another", "x", RefusalLog::kSilenceMs));
}

}  // namespace
}  // namespace urna::uplink
