#include "tests/bench/database.h"

#include <sstream>

#include "common/journal/postgres_edge.h"
#include "tests/bench/usage.h"
#include "tests/support/process.h"
#include "tests/support/standby.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {

using journal::postgres::guarded;

namespace {

// Statements that may not stand inside a transaction, one by one.
Result<void> execute(const std::string& connection, const std::vector<std::string>& statements) {
  return guarded([&]() -> Result<void> {
    pqxx::connection db(connection);
    pqxx::nontransaction work(db);
    for (const std::string& statement : statements) work.exec(statement);
    return {};
  });
}

}  // namespace

Result<Database> Database::start() {
  auto server = test::PrivatePostgres::start({});
  if (!server) return std::unexpected(std::move(server.error()));
  return Database(std::move(*server));
}

Result<Database> Database::start_with_standby() {
  auto database = start();
  if (!database) return database;
  auto standby = test::start_synchronous_standby(*database->server_);
  if (!standby) return std::unexpected(std::move(standby.error()).within("the standby"));
  database->standby_ = std::move(*standby);
  return database;
}

Result<std::string> Database::fresh(const std::string& name) {
  const auto made =
      execute(server_->connection(), {"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)",
                                      "CREATE DATABASE " + name, "CHECKPOINT"});
  if (!made) return std::unexpected(made.error());
  return server_->connection(name);
}

Result<void> Database::drop(const std::string& name) {
  return execute(server_->connection(), {"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"});
}

Result<std::uint64_t> Database::ask_number(const std::string& query) {
  return guarded([&]() -> Result<std::uint64_t> {
    pqxx::connection db(server_->connection());
    pqxx::nontransaction work(db);
    return work.exec1(query)[0].as<std::uint64_t>();
  });
}

Result<std::uint64_t> Database::wal_bytes() {
  return ask_number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint");
}

Result<std::uint64_t> Database::size_of(const std::string& name) {
  return ask_number("SELECT pg_database_size('" + name + "')");
}

double Database::cpu_seconds() const {
  return family_cpu_seconds(server_->process()) +
         (standby_ ? family_cpu_seconds(standby_->process()) : 0);
}

Result<double> measure_fsync() {
  const test::TemporaryFolder folder;
  const auto output = test::run({"/usr/lib/postgresql/15/bin/pg_test_fsync", "--secs-per-test=1",
                                 "--filename=" + (folder.path() / "fsync").string()});
  if (!output) return std::unexpected(output.error());
  return parse_fsync(*output);
}

Result<double> parse_fsync(const std::string& output) {
  // "        fdatasync                          1234.567 ops/sec     810 usecs/op"
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    double rate = 0;
    if (words >> name >> rate && name == "fdatasync") return rate;
  }
  return fail(ErrorCode::kMalformed, "pg_test_fsync tells nothing of fdatasync");
}

}  // namespace urna::bench
