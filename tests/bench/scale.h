// A million precincts: does the rate hold as the log grows, what does it take in memory and on
// disk, how long is a restart, how fast is any total found.
#pragma once

#include <cstdint>

namespace urna::bench {

struct ScaleOptions {
  std::uint32_t precincts = 1'000'000;  // a protocol and a licence for each
  std::uint32_t portions = 10;          // the rate is told for each
  std::uint64_t seed = 1;
};

// Prints the table. The exit status: 0, or 1 with a line on stderr.
int run_scale(const ScaleOptions& options);

}  // namespace urna::bench
