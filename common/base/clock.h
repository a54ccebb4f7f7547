// The clock of this machine, for the outermost layers: everything below takes the time as a value.
#pragma once

#include <cstdint>

namespace urna {

// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted. May jump when the clock is
// set.
std::uint64_t wall_clock_ms();

}  // namespace urna
