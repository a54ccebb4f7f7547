// Building anew what follows from the entries of the centre's journal.
#pragma once

#include <string>

#include "common/base/error.h"

namespace urna::journal {

// Makes every tile anew from the leaves and every index from its table, in one transaction, under
// the writer's lock. The entries, parts and cursors are not written. Only for a journal whose
// entries were audited. kLocked: a server writes it; kCorrupt: an entry is missing; kUnavailable.
Result<void> rebuild_database(const std::string& connection);

}  // namespace urna::journal
