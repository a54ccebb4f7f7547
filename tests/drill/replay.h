// A whole election replayed through real processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "common/service/signals.h"
#include "tests/drill/dataset.h"

namespace urna::drill {

struct ReplayOptions {
  std::filesystem::path report;  // empty: none
  std::size_t spoil = 0;         // protocols with one figure changed
  std::uint64_t seed = 1;
  std::string by_medium;  // precincts of this unit hand over media instead of connecting
  std::optional<std::filesystem::path> work;  // keep the system here; absent: a temporary folder
  bool serve_afterwards = false;              // keep everything running until a signal
  std::size_t streams_max = 200;
};

// Prints what happens and the final table. 0 when every figure is as it must be; 1 when not.
// An error when the system could not be run at all.
Result<int> replay(const Dataset& data, const ReplayOptions& options,
                   service::ShutdownSignals& signals);

}  // namespace urna::drill
