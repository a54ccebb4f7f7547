// When an open-loop client means to send: whatever the server does, arrivals go on. Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace urna::bench {

// One batch to be sent.
struct Departure {
  std::uint64_t at_ns = 0;  // after the start
  std::uint32_t stream = 0;
  std::uint32_t batch = 0;  // number in its stream, from 0
};

// `records[s][i]`: records of batch i of stream s. Each stream sends independently of the others,
// with exponential gaps (arrivals without memory), so that all together send `rate` records a
// second on average; each stream's share is its share of the records. A rate of 0 means everything
// at once. Ascending by time; the same seed gives the same.
std::vector<Departure> open_loop(const std::vector<std::vector<std::uint32_t>>& records,
                                 double rate, std::uint64_t seed);

}  // namespace urna::bench
