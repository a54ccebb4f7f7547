// A whole country at once: every protocol of a parliament's election is there at the same moment,
// and the clock runs until the last receipt and until the last total.
#pragma once

#include <cstdint>

namespace urna::bench {

struct NationOptions {
  std::uint32_t precincts = 27'409;  // of the election of 2019, a protocol and a licence for each
  std::uint32_t times = 10;          // and again with so many times as many; 1: not
  std::uint32_t rounds = 3;          // of the country; a third of it of the larger one
  std::uint64_t seed = 1;
};

// Prints a table whose last line is "growth N.NN": how much longer each protocol of the larger
// country takes. The exit status: 0, or 1 with a line on stderr.
int run_nation(const NationOptions& options);

}  // namespace urna::bench
