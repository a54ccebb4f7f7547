// A whole election replayed through real processes: every precinct sends its protocols, commissions
// approve, settle, return, confirm, draw lots and sign their own protocols, and what the centre
// holds at the end is compared with the data set. A spoiled election ends after the transfer, since
// it cannot be completed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "common/service/signals.h"
#include "tests/drill/dataset.h"
#include "tests/drill/disturbance.h"
#include "tests/drill/official.h"
#include "tests/drill/sums.h"

namespace urna::drill {

struct ReplayOptions {
  std::filesystem::path report;  // empty: none
  std::size_t spoil = 0;         // protocols with one figure changed
  std::uint64_t seed = 1;
  std::string by_medium;  // precincts of this unit hand over media instead of connecting
  // Keep the system here; absent: a temporary folder. A replay into it afterwards must be of the
  // same seed; one stopped in its evening cannot be taken up again.
  std::optional<std::filesystem::path> work;
  bool serve_afterwards = false;  // keep everything running until a signal
  std::size_t streams_max = 64;   // more make two cores no faster, and take memory
  Disturbance* disturbance = nullptr;
};

// What the data set's files tell besides protocols: sums of their rows, read without the reader,
// and the outcome as it was published. Absent where there is nothing of the kind.
struct Published {
  std::optional<Sums> sums;
  std::optional<Official> official;
};

// Prints what happens and the final table. 0 when every figure is as it must be; 1 when not.
// An error when the system could not be run at all.
Result<int> replay(const Dataset& data, const Published& published, const ReplayOptions& options,
                   service::ShutdownSignals& signals);

}  // namespace urna::drill
