// Nations written by `urna-drill generate`, read back for a replay.
#pragma once

#include <filesystem>

#include "common/base/error.h"
#include "tests/drill/dataset.h"

namespace urna::drill {

// Reads a folder that generate() filled: units, precincts, contests with seats and candidates, and
// every protocol. A contest without a vote has its precincts and no protocol. Contests come by
// kind, mayors first, and within it as in the file.
//
// Fails with file and line: kNotFound (also for nation.csv, which generate() writes last),
// kCorrupt, kMalformed, kTooLarge; kInvalidArgument for a column, name or figure that is not as
// docs/generated.md says, for rows out of order, and for other numbers of rows than nation.csv
// tells.
Result<Dataset> read_generated(const std::filesystem::path& folder);

}  // namespace urna::drill
