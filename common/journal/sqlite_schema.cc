#include "common/journal/sqlite_schema.h"

#include <algorithm>
#include <string>

#include "common/journal/sqlite_row_check.h"

namespace urna::journal::sqlite {
namespace {

// "Urna" in ASCII: tells a journal from any other SQLite file.
constexpr std::int64_t kApplicationId = 0x55726e61;
constexpr std::int64_t kFormat = 2;

// `row_check`: see sqlite_row_check.h. In `election` the record stands last, so that reading leaves
// does not touch its overflow pages.
constexpr const char* kTables = R"sql(
CREATE TABLE meta (
  name TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL,
  row_check INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE election (
  position INTEGER PRIMARY KEY,
  record_id BLOB NOT NULL UNIQUE CHECK (length(record_id) = 32),
  leaf BLOB NOT NULL CHECK (length(leaf) = 32),
  kind INTEGER NOT NULL,
  unit TEXT NOT NULL,
  voivodeship TEXT NOT NULL,
  source TEXT NOT NULL,
  row_check INTEGER NOT NULL,
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
  row_check INTEGER NOT NULL,
  PRIMARY KEY (peer, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE notice (
  number INTEGER PRIMARY KEY,
  record_id BLOB NOT NULL UNIQUE CHECK (length(record_id) = 32),
  centre_log_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  row_check INTEGER NOT NULL
) STRICT;
CREATE TABLE tile (
  log INTEGER NOT NULL,
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
  PRIMARY KEY (log, level, number)
) STRICT;
)sql";

// A number from the file's first page, of which SQLite says in its own ways that it is no sound
// one.
Result<std::int64_t> read_head(Database& database, const char* sql) {
  auto number = database.number(sql);
  if (!number && number.error().code == ErrorCode::kInternal) {
    return fail(ErrorCode::kCorrupt, "the head of the file (page 1): " + number.error().message);
  }
  return number;
}

// How the tables were made, as SQLite keeps it.
constexpr const char* kTablesAsKept =
    "SELECT group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, ''), "
    "char(10)) "
    "FROM (SELECT * FROM sqlite_schema ORDER BY type, name)";

// A changed byte in the text of a table changes what its columns are called and hold.
Result<void> compare_tables(Database& database) {
  auto fresh = Database::open(":memory:", Database::Mode::kReadWrite, 0);
  if (!fresh) return std::unexpected(std::move(fresh.error()));
  if (auto made = fresh->run(kTables); !made) return made;
  const auto right = fresh->text(kTablesAsKept);
  if (!right) return std::unexpected(right.error());
  const auto here = database.text(kTablesAsKept);
  if (!here) return std::unexpected(here.error());
  if (*here != *right) {
    return fail(ErrorCode::kCorrupt, "the list of tables (page 1) is not that of a journal");
  }
  return {};
}

Result<void> create(Database& database, const LogId& log_id) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto made = database.run(kTables); !made) return made;
  auto insert =
      database.prepare("INSERT INTO meta (name, value, row_check) VALUES ('log_id', ?1, ?2)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind_blob(1, log_id.view()).bind(2, check_of("log_id", log_id.view()));
  if (auto done = insert->run(); !done) return done;
  const std::string pragmas = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                              "; PRAGMA user_version = " + std::to_string(kFormat);
  if (auto done = database.run(pragmas); !done) return done;
  return transaction->commit();
}

}  // namespace

Result<void> prepare_schema(Database& database, const LogId& new_log_id) {
  const auto tables = read_head(database, "SELECT count(*) FROM sqlite_schema");
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
  const auto application = read_head(database, "PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  if (*application != kApplicationId) {
    return fail(ErrorCode::kCorrupt, "a SQLite file, but not a journal of Urna");
  }
  const auto format = read_head(database, "PRAGMA user_version");
  if (!format) return std::unexpected(format.error());
  if (*format != kFormat) {
    return fail(ErrorCode::kOutdated,
                "the journal has format " + std::to_string(*format) + ", this program knows " +
                    std::to_string(kFormat) +
                    (*format > kFormat ? "; use the newer program"
                                       : "; use the program that wrote it, or begin anew"));
  }
  return compare_tables(database);
}

Result<void> check_pages(Database& database) {
  const auto told = database.text("PRAGMA integrity_check(1)");
  if (!told) return std::unexpected(told.error());
  if (*told == "ok") return {};
  const std::string finding = one_line(*told);
  // It tells a page that the disk did not give as a finding like any other.
  if (const auto failed = Database::disk_failure_in(finding)) {
    return fail(*failed, "the integrity check could not read the file: " + finding);
  }
  return fail(ErrorCode::kCorrupt, "the integrity check failed: " + finding);
}

std::string one_line(std::string_view finding) {
  constexpr std::string_view kHeading = "*** in database main ***\n";
  if (finding.starts_with(kHeading)) finding.remove_prefix(kHeading.size());
  std::string line(finding);
  std::ranges::replace(line, '\n', ';');
  return line;
}

}  // namespace urna::journal::sqlite
