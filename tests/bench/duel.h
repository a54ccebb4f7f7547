// Two servers measured against each other: both stand, each on its own empty tables, and the same
// load goes to one and the other in turns of a second or two, so that whatever else the machine
// does meets both alike.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "tests/bench/subject.h"

namespace urna::bench {

struct DuelPlan {
  std::size_t batch_records = 256;         // at full speed
  std::uint64_t turn_records = 16'384;     // of one turn at full speed
  std::size_t latency_batch_records = 32;  // at the arrival rates
  // Arrivals, open loop, in percent of what the second took at full speed; may be empty.
  std::vector<std::uint32_t> load_percents;
  double stretch_s = 3;  // at each of them; shorter when the load is used up before
  std::uint64_t seed = 1;
  bool second_first = false;  // who has the first turn
};

// What one of the two did.
struct Round {
  Measured full;                // all turns at full speed
  std::vector<Measured> loads;  // by DuelPlan::load_percents
};

// Sends the whole load at full speed, then, to servers started again on empty tables, as much of it
// as each rate takes. Checks every row, and the centre's tally, before each server ends.
Result<std::pair<Round, Round>> run_duel(const Contender& first, const Contender& second,
                                         const Scene& scene, const DuelPlan& plan);

}  // namespace urna::bench
