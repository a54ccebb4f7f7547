// The tables of a SQLite journal, and opening them safely.
#pragma once

#include "common/base/bytes.h"
#include "common/journal/sqlite.h"

namespace urna::journal::sqlite {

// Sets durability (WAL, synchronous=FULL), makes the tables in an empty file under `new_log_id`,
// and checks that a file that is not empty is a journal of this format. kCorrupt: not a journal, or
// damaged. kOutdated: of a newer program.
Result<void> prepare_schema(Database& database, const LogId& new_log_id);

// Only the check; for a connection that reads.
Result<void> check_schema(Database& database);

// PRAGMA integrity_check, because quick_check leaves the indexes out, and a record that its index
// lost could be appended twice. kCorrupt with its first finding; kUnavailable or kNoSpace when the
// disk failed under it.
Result<void> check_pages(Database& database);

// A finding of that check in one line, without its heading.
std::string one_line(std::string_view finding);

}  // namespace urna::journal::sqlite
