// Commands that look at what a journal means. The server must not be running.
#pragma once

#include "common/daemon/node_program.h"

namespace urna::daemon {

// The received tally as CSV: contest,round,unit,protocols,kind,code,figure; kind is point, option
// or candidate (code "list/position").
Result<void> print_tally(const Tier& tier, const NodeSettings& settings,
                         const Tier::OpenStore& open_store);

}  // namespace urna::daemon
