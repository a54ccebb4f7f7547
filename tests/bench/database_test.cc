#include "tests/bench/database.h"

#include <gtest/gtest.h>

#include <pqxx/pqxx>

namespace urna::bench {
namespace {

TEST(Fsync, IsReadFromWhatThePostgresToolPrints) {
  const auto rate = parse_fsync(
      "1 second per test\nO_DIRECT supported on this platform for open_datasync and open_sync.\n\n"
      "Compare file sync methods using one 8kB write:\n"
      "        open_datasync                      1000.000 ops/sec    1000 usecs/op\n"
      "        fdatasync                          1234.567 ops/sec     810 usecs/op\n"
      "Compare file sync methods using two 8kB writes:\n"
      "        fdatasync                           600.000 ops/sec    1666 usecs/op\n");
  ASSERT_TRUE(rate.has_value());
  EXPECT_DOUBLE_EQ(*rate, 1234.567);
}

TEST(Fsync, ThatIsNotToldIsMalformed) {
  EXPECT_EQ(parse_fsync("").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(parse_fsync("        fdatasync                      n/a*\n").error().code,
            ErrorCode::kMalformed);
}

void write_a_row(const std::string& connection) {
  pqxx::connection db(connection);
  pqxx::work work(db);
  work.exec("CREATE TABLE one AS SELECT 1 AS number");
  work.commit();
}

TEST(Database, IsEmptyEachTimeItIsMadeAndTellsWhatWasWritten) {
  auto database = Database::start();
  ASSERT_TRUE(database.has_value()) << database.error().message;
  for (int round = 0; round < 2; ++round) {
    const auto connection = database->fresh("one");
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    const auto before = database->wal_bytes();
    write_a_row(*connection);
    EXPECT_GT(*database->wal_bytes(), *before);
  }
  EXPECT_GT(*database->size_of("one"), 0U);
  EXPECT_GT(database->cpu_seconds(), 0);
  EXPECT_TRUE(database->drop("one").has_value());
  EXPECT_FALSE(database->size_of("one").has_value());
}

TEST(Database, WithAStandbyACommitIsOnBothServersWhenItReturns) {
  auto database = Database::start_with_standby();
  ASSERT_TRUE(database.has_value()) << database.error().message;
  const auto connection = database->fresh("one");
  ASSERT_TRUE(connection.has_value()) << connection.error().message;
  // By `flush`: what the commit waits for. The replay may be a moment behind.
  pqxx::connection db(*connection);
  std::string written;
  {
    pqxx::work work(db);
    work.exec0("CREATE TABLE committed (row int)");
    written = work.exec1("SELECT pg_current_wal_insert_lsn()::text")[0].as<std::string>();
    work.commit();
  }
  pqxx::work work(db);
  const auto row = work.exec_params1(
      "SELECT sync_state, flush_lsn > $1::pg_lsn FROM pg_stat_replication", written);
  EXPECT_EQ(row[0].as<std::string>(), "sync");
  EXPECT_TRUE(row[1].as<bool>());
}

}  // namespace
}  // namespace urna::bench
