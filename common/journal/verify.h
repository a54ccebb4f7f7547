// Checking a stored log against itself, from its bytes up.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::journal {

// Something wrong in a stored log.
struct LogFault {
  std::uint64_t position = 0;
  std::string what;
  // The entries are sound: only a tile or an index made from them is not.
  bool rebuildable = false;
};

// A root somebody holds of this log, which must be that of its first `size` entries.
struct KnownRoot {
  std::uint64_t size = 0;
  LeafHash root{};
  std::string holder;  // "receipt given to 140101-1, operations log, position 17"
};

struct LogAudit {
  std::uint64_t size = 0;
  LeafHash root{};               // over the entries as they are; of no meaning when one is missing
  std::vector<LogFault> faults;  // the first ones, ascending by where they were found
  std::uint64_t faults_found = 0;
  std::vector<KnownRoot> contradicted;  // roots held by others that this log does not have
};

// Reads the whole log: recomputes each leaf from the stored bytes and each full tile from the
// leaves, looks each record up by its id (one that is not found could be appended twice), and
// compares the roots others hold. An entry that cannot be read is a fault like any other, and the
// rest is read past it. Stops after `faults_max` faults. Errors are the store's, kCorrupt only when
// not even its size can be read. May run beside the writer: it looks at the entries there were when
// it began.
Result<LogAudit> audit_log(Store& store, LogKind log, std::size_t faults_max,
                           std::vector<KnownRoot> known = {});

// The first fault of audit_log() as an error: kCorrupt, naming the position.
Result<void> verify_log(Store& store, LogKind log);

// Leaves of the entries after the last full tile, at most 255: cheap enough for every start.
// kCorrupt, naming the position.
Result<void> verify_tail(Store& store, LogKind log);

// Compares every part of a definition with its digest. Their number; kCorrupt, naming the digest.
Result<std::uint64_t> verify_parts(Store& store);

// "election log, position 17: …"
std::string fault_text(LogKind log, const LogFault& fault);

}  // namespace urna::journal
