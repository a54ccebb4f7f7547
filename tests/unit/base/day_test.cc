#include "common/base/day.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace urna {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

TEST(Day, WhatIsNoDayIsRefused) {
  for (const char* text : {"", "2026-11-2", "2026-11-222", "2026/11/22", "2026-13-01", "2026-00-10",
                           "2026-04-31", "2026-02-29", "2100-02-29", "1999-12-31", "2200-01-01",
                           "+026-01-01", "2026-1 -01", "2026-01--1", "today"}) {
    EXPECT_FALSE(parse_day(text).has_value()) << text;
  }
  EXPECT_TRUE(parse_day("2000-02-29").has_value());
}

RC_GTEST_PROP(Day, EveryDayIsReadAsItIsWritten, ()) {
  // 2000-01-01 and 2199-12-31 are days 10957 and 84005 since 1970.
  const Day any = sys_days(days(*rc::gen::inRange(10'957, 84'006)));
  RC_ASSERT(parse_day(format_day(any)) == any);
}

}  // namespace
}  // namespace urna
