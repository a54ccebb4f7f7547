#include "common/journal/postgres_schema.h"

#include <chrono>
#include <map>
#include <thread>

#include "common/journal/migrations.h"
#include "common/journal/postgres_edge.h"
#include "common/trust/sha256.h"

namespace urna::journal::postgres {
namespace {

// "Urna" and "jrnl" in ASCII; advisory locks are numbered per database.
constexpr const char* kLockNumbers = "(1433562721, 1785884268)";
// A session that just ended gives its lock up a moment later.
constexpr int kLockAttempts = 40;
constexpr std::chrono::milliseconds kLockPause{50};

Digest digest_of(const Migration& migration) { return urna::trust::digest_of(migration.sql); }

Result<void> check_ran(const std::map<int, Digest>& ran) {
  for (const auto& [number, digest] : ran) {
    const auto known = migrations();
    if (number < 1 || static_cast<std::size_t>(number) > known.size()) {
      return fail(ErrorCode::kOutdated,
                  "the database has migration " + std::to_string(number) +
                      ", which this program does not know; use the newer program");
    }
    if (digest_of(known[number - 1]) != digest) {
      return fail(ErrorCode::kCorrupt, "migration " + std::string(known[number - 1].name) +
                                           " ran on this database with another text");
    }
  }
  return {};
}

}  // namespace

Result<void> take_writer_lock(pqxx::connection& connection) {
  const std::string numbers = kLockNumbers;
  pqxx::nontransaction query(connection);
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kLockPause);
    if (query.exec1("SELECT pg_try_advisory_lock" + numbers)[0].as<bool>()) return {};
  }
  const auto holder = query.exec(
      "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted "
      "AND (classid, objid) = " +
      numbers + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
  const std::string pid = holder.empty() ? "unknown" : holder[0][0].as<std::string>();
  return fail(ErrorCode::kLocked, "another program writes this database (server process " + pid +
                                      "); only one centre may");
}

Result<void> migrate(pqxx::connection& connection) {
  std::map<int, Digest> ran;
  {
    pqxx::work table(connection);
    table.exec(
        "CREATE SCHEMA IF NOT EXISTS urna;"
        "CREATE TABLE IF NOT EXISTS urna.migration (number integer PRIMARY KEY, name text NOT NULL,"
        " digest bytea NOT NULL, ran_at timestamptz NOT NULL DEFAULT now())");
    for (const auto& row : table.exec("SELECT number, digest FROM urna.migration")) {
      ran.emplace(row[0].as<int>(), id_of<Digest>(row[1]));
    }
    table.commit();
  }
  if (auto checked = check_ran(ran); !checked) return checked;
  for (const Migration& migration : migrations()) {
    if (ran.contains(migration.number)) continue;
    pqxx::work step(connection);
    // It may rewrite a country's records, which takes its time.
    step.exec(
        "SET LOCAL statement_timeout = 0; SET LOCAL enable_hashjoin = on; "
        "SET LOCAL enable_mergejoin = on; SET LOCAL enable_seqscan = on");
    step.exec(std::string(migration.sql));
    step.exec_params("INSERT INTO urna.migration (number, name, digest) VALUES ($1, $2, $3)",
                     migration.number, std::string(migration.name),
                     binary(digest_of(migration).view()));
    step.commit();
  }
  return {};
}

Result<void> check_migrated(pqxx::connection& connection) {
  std::map<int, Digest> ran;
  pqxx::nontransaction query(connection);
  const bool made = query.exec1("SELECT to_regclass('urna.migration') IS NOT NULL")[0].as<bool>();
  if (made) {
    for (const auto& row : query.exec("SELECT number, digest FROM urna.migration")) {
      ran.emplace(row[0].as<int>(), id_of<Digest>(row[1]));
    }
  }
  if (auto checked = check_ran(ran); !checked) return checked;
  if (ran.size() < migrations().size()) {
    return fail(ErrorCode::kOutdated, "the database has no journal of this program's yet");
  }
  return {};
}

void set_first_log_id(pqxx::connection& connection, const LogId& log_id) {
  pqxx::work work(connection);
  work.exec_params(
      "INSERT INTO urna.meta (name, value) VALUES ('log_id', $1) ON CONFLICT DO NOTHING",
      binary(log_id.view()));
  work.commit();
}

}  // namespace urna::journal::postgres
