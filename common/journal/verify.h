// Checking a stored log against itself, from its bytes up.
#pragma once

#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::journal {

// Reads the whole log: recomputes each leaf from the stored bytes and each full tile from the
// leaves, and looks each record up by its id: one that is not found could be appended twice.
// kCorrupt, naming the first bad position, when anything differs or is missing. Other
// errors are the store's. May run beside the writer: it looks at the entries there were when it
// began.
Result<void> verify_log(Store& store, LogKind log);

// The same for the entries after the last full tile, at most 255: cheap enough for every start.
Result<void> verify_tail(Store& store, LogKind log);

}  // namespace urna::journal
