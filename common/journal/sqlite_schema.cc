#include "common/journal/sqlite_schema.h"

#include <string>

namespace urna::journal::sqlite {
namespace {

// "Urna" in ASCII: tells a journal from any other SQLite file.
constexpr std::int64_t kApplicationId = 0x55726e61;
constexpr std::int64_t kFormat = 1;

// In `election` the record stands last, so that reading leaves does not touch its overflow pages.
constexpr const char* kTables = R"sql(
CREATE TABLE meta (
  name TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE election (
  position INTEGER PRIMARY KEY,
  record_id BLOB NOT NULL UNIQUE CHECK (length(record_id) = 32),
  leaf BLOB NOT NULL CHECK (length(leaf) = 32),
  kind INTEGER NOT NULL,
  unit TEXT NOT NULL,
  voivodeship TEXT NOT NULL,
  source TEXT NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE TABLE operations (
  position INTEGER PRIMARY KEY,
  leaf BLOB NOT NULL CHECK (length(leaf) = 32),
  entry BLOB NOT NULL
) STRICT;
CREATE TABLE blob (
  digest BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE cursor (
  peer TEXT NOT NULL,
  kind INTEGER NOT NULL,
  log_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  notices INTEGER NOT NULL,
  PRIMARY KEY (peer, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE notice (
  number INTEGER PRIMARY KEY,
  record_id BLOB NOT NULL UNIQUE CHECK (length(record_id) = 32),
  centre_log_id BLOB NOT NULL,
  position INTEGER NOT NULL
) STRICT;
CREATE TABLE tile (
  log INTEGER NOT NULL,
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
  PRIMARY KEY (log, level, number)
) STRICT;
)sql";

Result<void> create(Database& database, const LogId& log_id) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto made = database.run(kTables); !made) return made;
  auto insert = database.prepare("INSERT INTO meta (name, value) VALUES ('log_id', ?1)");
  if (!insert) return std::unexpected(insert.error());
  if (auto done = insert->bind_blob(1, log_id.view()).run(); !done) return done;
  const std::string pragmas = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                              "; PRAGMA user_version = " + std::to_string(kFormat);
  if (auto done = database.run(pragmas); !done) return done;
  return transaction->commit();
}

}  // namespace

Result<void> prepare_schema(Database& database, const LogId& new_log_id) {
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*tables != 0) {
    if (auto known = check_schema(database); !known) return known;
  }
  const auto mode = database.text("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(mode.error());
  if (*mode != "wal") {
    return fail(ErrorCode::kUnavailable, "the file system does not allow write-ahead logging");
  }
  if (auto done = database.run("PRAGMA synchronous = FULL"); !done) return done;
  return *tables == 0 ? create(database, new_log_id) : Result<void>();
}

Result<void> check_schema(Database& database) {
  const auto application = database.number("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  if (*application != kApplicationId) {
    return fail(ErrorCode::kCorrupt, "a SQLite file, but not a journal of Urna");
  }
  const auto format = database.number("PRAGMA user_version");
  if (!format) return std::unexpected(format.error());
  if (*format > kFormat) {
    return fail(ErrorCode::kOutdated, "the journal has format " + std::to_string(*format) +
                                          ", this program knows up to " + std::to_string(kFormat) +
                                          "; use the newer program");
  }
  return {};
}

Result<void> check_pages(Database& database) {
  const auto finding = database.text("PRAGMA integrity_check(1)");
  if (!finding) return std::unexpected(finding.error());
  if (*finding != "ok") {
    return fail(ErrorCode::kCorrupt, "the integrity check failed: " + *finding);
  }
  return {};
}

}  // namespace urna::journal::sqlite
