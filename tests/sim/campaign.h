// Many seeds, on several cores: worker processes, each with a world at a time, so that one that
// stops itself (a broken check inside the engine) takes no other with it and is named by its seed.
#pragma once

#include <cstdint>
#include <functional>

#include "tests/sim/report.h"

namespace urna::sim {

struct Campaign {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1;
  unsigned jobs = 1;  // processes, at least 1
};

// Runs `run` for every seed in a child of this process and gives the reports to `seen` in the order
// of seeds, whatever the number of jobs. A child that died leaves a report with a violation
// instead. Ends early, with its children, when `seen` returns false. Not to be called while other
// threads run. kUnavailable when no process or pipe is to be had.
Result<void> run_campaign(const Campaign& campaign,
                          const std::function<RunReport(std::uint64_t seed)>& run,
                          const std::function<bool(const RunReport&)>& seen);

// As many processes as there are cores for this one.
unsigned default_jobs();

}  // namespace urna::sim
