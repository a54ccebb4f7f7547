// Days as people write them. Those of UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace urna {

using Day = std::chrono::sys_days;

// "2026-11-22", a day that exists, years 2000 to 2199; nullopt for anything else.
std::optional<Day> parse_day(std::string_view text);
std::string format_day(Day day);

}  // namespace urna
