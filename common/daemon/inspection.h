// Commands that look at a journal without changing it. The server must not be running.
#pragma once

#include "common/daemon/node_program.h"

namespace urna::daemon {

// Recomputes leaf hashes, tiles and roots of both logs, verifies every record's signature again,
// drops all projections and rebuilds them. Prints the root and the totals. kCorrupt, naming the
// position.
Result<void> verify_node(const Tier& tier, const NodeSettings& settings,
                         const Tier::OpenStore& open_store);

// The received tally as CSV: contest,round,unit,protocols,kind,code,figure; kind is point, option
// or candidate (code "list/position").
Result<void> print_tally(const Tier& tier, const NodeSettings& settings,
                         const Tier::OpenStore& open_store);

}  // namespace urna::daemon
