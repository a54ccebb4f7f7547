// Saves what can still be read of a damaged journal, as medium files that a fresh journal imports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/daemon/identity.h"
#include "common/daemon/node_program.h"

namespace urna::daemon {

// An entry that is not among what was saved.
struct LostEntry {
  std::uint64_t position = 0;
  std::string why;
};

struct Salvaged {
  std::vector<std::string> files;       // medium files, in the order they are to be imported
  std::uint64_t entries = 0;            // the log had at least so many
  std::uint64_t records = 0;            // saved
  std::uint64_t manifests = 0;          // among them
  std::uint64_t parts = 0;              // of definitions, saved
  std::vector<std::string> parts_lost;  // that a saved manifest or slice names: digests
  std::vector<LostEntry> lost;
};

// Reads the election log position by position and the blobs row by row, past whatever does not
// read. A record is saved when it opens as it would on arrival: its signature and its certificate's
// hold. Nothing of the store is trusted: not its hashes, ids or sizes. The journal is not changed.
//
// What the log lost at its very end is noticed as far as receipts in the operations log tell.
// kCorrupt: not even the tables can be found (the first page is damaged). Other errors are the
// store's.
Result<Salvaged> salvage(const LoadedIdentity& identity, journal::Store& store,
                         std::uint64_t at_ms);

// The command `salvage`: writes FILE, and FILE.2, FILE.3, … when one does not hold everything, and
// tells what was lost at which positions. Works beside nobody: kLocked while a server runs.
// kAlreadyExists: a file is there. False when something was lost.
Result<bool> run_salvage(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                         const std::filesystem::path& output);

}  // namespace urna::daemon
