// The writer's lock and the tables of the centre's database. Everything here throws what libpqxx
// does.
#pragma once

#include <pqxx/pqxx>

#include "common/base/bytes.h"
#include "common/base/error.h"

namespace urna::journal::postgres {

// Takes the database's one writer's lock for as long as the connection lives. kLocked, naming the
// holder's process on the server, when another session still has it after 2 s.
Result<void> take_writer_lock(pqxx::connection& connection);

// Runs the migrations that have not run, each in a transaction of its own together with its row in
// urna.migration (number, name, SHA-256 of its text). The writer's lock must be held.
// kOutdated: the database has migrations this program does not know. kCorrupt: one that ran has
// another text here.
Result<void> migrate(pqxx::connection& connection);

// Without changing anything: kOutdated or kCorrupt as migrate(), kOutdated also when a migration
// has not run yet.
Result<void> check_migrated(pqxx::connection& connection);

// Gives a new journal its log id; leaves an old one alone.
void set_first_log_id(pqxx::connection& connection, const LogId& log_id);

}  // namespace urna::journal::postgres
