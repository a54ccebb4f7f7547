// The desk at a terminal or a pipe, and the results as a table.
#pragma once

#include <cstddef>

#include "common/daemon/desk.h"
#include "common/service/signals.h"

namespace urna::daemon {

// Reads commands from standard input until it ends or a signal comes, and answers each on standard
// output. Commands that come together are given to the node together. Blank lines and lines that
// begin with # are skipped. The number of commands refused.
Result<std::size_t> run_desk(const Tier& tier, const NodeSettings& settings,
                             const Tier::OpenStore& open_store, const Tier::OpenStore& read_store,
                             const IdentitySettings& licence, service::ShutdownSignals& signals);

// Prints "contest,round,option,candidate,votes,outcome" with a row for everyone a final protocol
// that holds speaks of, in the order of contests and ballots.
Result<void> print_results(const Tier& tier, const NodeSettings& settings,
                           const Tier::OpenStore& read_store);

}  // namespace urna::daemon
