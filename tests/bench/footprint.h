// How long each program takes to start, and how much memory it holds.
#pragma once

#include <cstdint>

namespace urna::bench {

struct FootprintOptions {
  std::uint32_t precincts = 25'464;  // of the definition every server loads
  std::uint32_t rounds = 5;
  std::uint64_t seed = 1;
};

// Prints the table. The exit status: 0, or 1 with a line on stderr.
int run_footprint(const FootprintOptions& options);

}  // namespace urna::bench
