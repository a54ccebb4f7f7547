// `import FILE`: a medium, a definition or a record comes in as a file.
#pragma once

#include <filesystem>

#include "common/daemon/node_program.h"

namespace urna::daemon {

// Looks through the whole file first and uses nothing of it when anything is wrong. Then gives it
// to the running server of this configuration, or, when none runs, to the journal itself. Prints
// what became of the records. An error when a record was refused or has to wait.
Result<void> import_file(const Tier& tier, const NodeSettings& settings,
                         const Tier::OpenStore& open_store, const std::filesystem::path& file);

}  // namespace urna::daemon
