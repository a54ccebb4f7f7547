#include "central/ca/calendar.h"

#include <cstdio>

namespace urna::ca {

using std::chrono::milliseconds;
using std::chrono::year_month_day;

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
