// Validity in whole days, as an office states it. Days are those of UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/day.h"
#include "common/trust/certificate.h"

namespace urna::ca {

// "2026-11-22T05:19:51Z"
std::string format_time(std::chrono::sys_seconds time);

// Both days included.
struct Period {
  Day from;
  Day to;

  bool operator==(const Period&) const = default;
};

// From the first second of `from` to the last second of `to`.
trust::Validity validity_of(const Period& period);

// The day `years` later; 28 February stands for 29 February where there is none.
Day years_after(Day day, int years);

}  // namespace urna::ca
