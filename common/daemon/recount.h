// The received and confirmed tallies added up a second time, from the protocols that count, without
// the tally's own code. Private to daemon.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/node/projection.h"

namespace urna::daemon {

struct Recount {
  std::uint64_t contests = 0;   // compared
  std::uint64_t protocols = 0;  // added up in them
  // Contests in which a protocol counts that was made under an earlier ballot: its figures are
  // moved to other cells, which is not done a second time.
  std::uint64_t not_compared = 0;
  // "contest council-140101/1, unit 140101: 2 protocols received, 3 added up again", …
  std::vector<std::string> differences;
};

// Nothing is compared while no definition is here.
Recount recount(const node::Projection& projection);

}  // namespace urna::daemon
