// What is done to a SQLite journal beside serving it: copying it while it is written, and building
// anew what follows from its entries.
#pragma once

#include <filesystem>

#include "common/base/error.h"
#include "common/journal/disk.h"

namespace urna::journal {

// Copies a journal as it is at this moment into a new file of one piece, readable by its owner
// only and flushed to the disk; a program may write the journal meanwhile. Nothing of it is
// checked. kNotFound: no journal there. kAlreadyExists: the new file is there. kCorrupt, kNoSpace,
// kUnavailable; then the new file is not left behind. `disk`: what it is made with and flushed by,
// beside SQLite; nullptr: the machine's own.
Result<void> copy_journal(const std::filesystem::path& journal, const std::filesystem::path& copy,
                          Disk* disk = nullptr);

// Makes every tile anew from the leaves and every index from its table, in one transaction. The
// entries, parts and cursors are not written. Only for a journal whose entries were audited; no
// other program may have it open for writing (kLocked).
Result<void> rebuild_journal(const std::filesystem::path& journal);

}  // namespace urna::journal
