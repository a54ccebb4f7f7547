#include "central/ca/calendar.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace urna::ca {

namespace {

using std::chrono::milliseconds;
using std::chrono::year_month_day;

constexpr int kYearMin = 2000;
constexpr int kYearMax = 2199;

std::optional<int> number_of(std::string_view digits) {
  if (!std::ranges::all_of(digits, [](char c) { return '0' <= c && c <= '9'; }))
    return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number_of(text.substr(0, 4));
  const auto month = number_of(text.substr(5, 2));
  const auto day = number_of(text.substr(8, 2));
  if (!year || !month || !day || *year < kYearMin || *year > kYearMax) return std::nullopt;
  const year_month_day date{std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Day(date);
}

std::string format_day(Day day) {
  const year_month_day date(day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string format_time(std::chrono::sys_seconds time) {
  const Day day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return format_day(day) + text;
}

trust::Validity validity_of(const Period& period) {
  const auto ms = [](std::chrono::sys_seconds time) {
    return milliseconds(time.time_since_epoch()).count();
  };
  return {ms(period.from), ms(period.to + std::chrono::days(1) - std::chrono::seconds(1))};
}

Day years_after(Day day, int years) {
  year_month_day date(day);
  date += std::chrono::years(years);
  if (!date.ok()) date = year_month_day(date.year() / date.month() / std::chrono::last);
  return Day(date);
}

}  // namespace urna::ca
