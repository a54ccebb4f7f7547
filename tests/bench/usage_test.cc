#include "tests/bench/usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

namespace urna::bench {
namespace {

// The fields of proc(5): 4 parent, 14 user, 15 system, 16 and 17 of children that were waited for.
TEST(ProcessStat, IsReadBehindANameThatHoldsBracketsAndBlanks) {
  const auto stat = parse_stat(
      "4711 (a) b (c) S 17 4711 4711 0 -1 4194304 100 0 0 0 250 150 30 20 20 0 1 0 5 6 7");
  ASSERT_TRUE(stat.has_value());
  const auto tick = static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_EQ(stat->parent, 17);
  EXPECT_DOUBLE_EQ(stat->cpu_s, 400 / tick);
  EXPECT_DOUBLE_EQ(stat->children_cpu_s, 50 / tick);
}

TEST(ProcessStat, OfAnotherFormIsNone) {
  EXPECT_EQ(parse_stat(""), std::nullopt);
  EXPECT_EQ(parse_stat("4711 (name"), std::nullopt);
  EXPECT_EQ(parse_stat("4711 (name) S 17 1 2 3"), std::nullopt);
}

TEST(Usage, OfAProcessThatIsGoneIsNothing) {
  constexpr pid_t kNobody = 0x7ffffff0;
  EXPECT_EQ(cpu_seconds(kNobody), 0);
  EXPECT_EQ(family_cpu_seconds(kNobody), 0);
  EXPECT_EQ(resident_kib(kNobody), std::nullopt);
  EXPECT_EQ(peak_resident_kib(kNobody), std::nullopt);
}

TEST(Usage, OfThisProcessGrowsWithItsWork) {
  const double before = cpu_seconds(::getpid());
  volatile std::uint64_t sum = 0;
  while (cpu_seconds(::getpid()) - before < 0.05) {
    for (int i = 0; i < 100'000; ++i) sum = sum + 1;
  }
  EXPECT_GE(family_cpu_seconds(::getpid()), before + 0.05);
  EXPECT_GE(*peak_resident_kib(::getpid()), *resident_kib(::getpid()));
  EXPECT_GT(*resident_kib(::getpid()), 0U);
}

}  // namespace
}  // namespace urna::bench
