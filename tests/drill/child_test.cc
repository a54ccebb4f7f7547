#include "tests/drill/child.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

// A program that was just begun is still a copy of whoever began it.
TEST(Child, TheMemoryOfAProgramIsNotThatOfWhoBeganIt) {
  const std::vector<char> mine(std::size_t{128} << 20, 1);
  const test::TemporaryFolder folder;
  for (int i = 0; i < 20; ++i) {
    auto child = Child::start({"/bin/sleep", "1000"}, folder.path() / "log");
    ASSERT_TRUE(child) << child.error().message;
    std::uint64_t peak = 0;
    for (int looks = 0; peak == 0 && looks < 100'000; ++looks) {
      peak = peak_resident_kib_of(child->pid());
    }
    EXPECT_GT(peak, 0U);
    EXPECT_LT(peak, mine.size() / 1'024 / 2);
    child->kill();
    EXPECT_EQ(peak_resident_kib_of(child->pid()), 0U);
  }
}

}  // namespace
}  // namespace urna::drill
