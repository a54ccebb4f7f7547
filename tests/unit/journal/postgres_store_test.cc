// What is particular to the PostgreSQL store: locks, migrations, broken connections, a full disk.
#include "common/journal/postgres_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <pqxx/pqxx>
#include <thread>

#include "common/journal/postgres_rebuild.h"
#include "common/journal/verify.h"
#include "tests/support/private_postgres.h"
#include "tests/unit/journal/dump.h"
#include "tests/unit/journal/sample.h"

// libpqxx 6.4 loses one libpq result, about 2 kB, with every connection that breaks: it asks for
// the client's encoding, which throws on a lost connection, before it takes hold of the result.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx-6.4.so\n"; }

namespace urna::journal {
namespace {

class Postgres : public testing::Test {
 protected:
  void SetUp() override { start_server({.folder = {}, .fast_and_unsafe = true}); }

  void start_server(test::PrivatePostgres::Options options) {
    server_.reset();
    auto started = test::PrivatePostgres::start(std::move(options));
    if (!started) {
      if (std::getenv("CI") != nullptr) FAIL() << started.error().message;
      GTEST_SKIP() << started.error().message;
    }
    server_ = std::move(*started);
  }
  Result<std::unique_ptr<PostgresStore>> open() {
    return PostgresStore::open({server_->connection(), {}, {}});
  }
  void run(const std::string& sql) {
    pqxx::connection connection(server_->connection());
    pqxx::work work(connection);
    work.exec(sql);
    work.commit();
  }

  std::unique_ptr<test::PrivatePostgres> server_;
};

TEST_F(Postgres, ServerThatIsNotThereIsUnavailable) {
  const auto opened = PostgresStore::open({"host=/nonexistent dbname=urna", {}, {}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable) << opened.error().message;
}

TEST_F(Postgres, SecondCentreOnTheSameDatabaseIsLockedOut) {
  auto first = open();
  ASSERT_TRUE(first) << first.error().message;
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kLocked) << second.error().message;
  first->reset();
  EXPECT_TRUE(open());
}

TEST_F(Postgres, DatabaseOfANewerProgramIsRefused) {
  ASSERT_TRUE(open());
  run("INSERT INTO urna.migration VALUES (99, '0099_later', decode(repeat('00', 32), 'hex'))");
  EXPECT_EQ(open().error().code, ErrorCode::kOutdated);
}

TEST_F(Postgres, MigrationThatRanWithAnotherTextIsRefused) {
  ASSERT_TRUE(open());
  run("UPDATE urna.migration SET digest = decode(repeat('00', 32), 'hex')");
  EXPECT_EQ(open().error().code, ErrorCode::kCorrupt);
}

TEST_F(Postgres, AServerThatWentIsNoticedWithoutACall) {
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE((*store)->lost());
  server_->crash();
  // What the server said at its end is heard before that it is gone.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!(*store)->lost() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE((*store)->lost());
  EXPECT_EQ((*store)->size(LogKind::kElection).error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(server_->start_again());
  ASSERT_TRUE((*store)->reopen());
  EXPECT_FALSE((*store)->lost());
}

TEST_F(Postgres, BrokenConnectionStaysBrokenUntilReopened) {
  const auto store = open();
  ASSERT_TRUE(append_entries(**store, 0, 3));
  run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE application_name = 'urna' AND pid <> pg_backend_pid()");
  Commit commit;
  commit.election_base = 3;
  commit.election = {entry_of(3)};
  for (int i = 0; i < 3; ++i) {
    const auto done = (*store)->commit(commit);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kUnavailable) << done.error().message;
  }
  EXPECT_EQ((*store)->size(LogKind::kElection).error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE((*store)->reopen());
  EXPECT_EQ((*store)->size(LogKind::kElection).value(), 3U);
  EXPECT_TRUE((*store)->commit(commit));
}

TEST_F(Postgres, WhatWasCommittedSurvivesACrashOfTheServer) {
  start_server({});
  const auto store = open();
  ASSERT_TRUE(append_entries(**store, 0, 300));
  server_->crash();
  EXPECT_EQ((*store)->size(LogKind::kElection).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ((*store)->reopen().error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(server_->start_again());
  const auto reopened = (*store)->reopen();
  ASSERT_TRUE(reopened) << reopened.error().message;
  EXPECT_EQ((*store)->size(LogKind::kElection).value(), 300U);
  EXPECT_TRUE(verify_log(**store, LogKind::kElection));
  EXPECT_TRUE(append_entries(**store, 300, 300));
}

TEST_F(Postgres, RecordsInTheLayoutOfTheFirstMigrationAreMoved) {
  ASSERT_TRUE(append_entries(**open(), 0, 300));
  run("CREATE TABLE urna.earlier (voivodeship text NOT NULL, record_id bytea NOT NULL, "
      "bytes bytea NOT NULL, PRIMARY KEY (voivodeship, record_id)); "
      "INSERT INTO urna.earlier SELECT voivodeship, record_id, bytes "
      "FROM urna.log JOIN urna.record USING (voivodeship, position); "
      "DROP TABLE urna.record; ALTER TABLE urna.earlier RENAME TO record; "
      "DELETE FROM urna.migration WHERE number = 2");
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE(verify_log(**store, LogKind::kElection));
  EXPECT_TRUE(append_entries(**store, 300, 3));
}

TEST_F(Postgres, FullDiskIsToldAndTheStoreGoesOnWhenThereIsRoom) {
  const auto store = open();
  ASSERT_TRUE(append_entries(**store, 0, 3));
  // The server's own words when an extension of a table fails.
  run("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; "
      "END $$; "
      "CREATE TRIGGER full_disk BEFORE INSERT ON urna.record EXECUTE FUNCTION full_disk()");
  const auto done = append_entries(**store, 3, 3);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kNoSpace) << done.error().message;
  EXPECT_EQ((*store)->size(LogKind::kElection).value(), 3U);
  run("DROP TRIGGER full_disk ON urna.record");
  EXPECT_TRUE(append_entries(**store, 3, 3));
}

TEST_F(Postgres, MissingRecordAndDamagedTailAreNamed) {
  ASSERT_TRUE(append_entries(**open(), 0, 300));
  run("DELETE FROM urna.record WHERE position = 9");
  {
    const auto store = open();
    ASSERT_TRUE(store) << store.error().message;
    const auto checked = verify_log(**store, LogKind::kElection);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("position 9:"), std::string::npos);
  }
  run("UPDATE urna.record SET bytes = 'other' WHERE position = 299");
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(opened.error().message.find("position 299:"), std::string::npos);
}

TEST_F(Postgres, TilesAndIndexesAreBuiltAnewFromTheEntries) {
  std::string before;
  {
    const auto store = open();
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(append_entries(**store, 0, 600));
    before = dump(**store).value();
    EXPECT_EQ(rebuild_database(server_->connection()).error().code, ErrorCode::kLocked);
  }
  run("UPDATE urna.tile SET hashes = overlay(hashes placing '\\x00' from 100) WHERE number = 0");
  run("DELETE FROM urna.tile WHERE number = 1");
  {
    const auto store = PostgresStore::open_read_only(server_->connection());
    const auto audit = audit_log(**store, LogKind::kElection, 10).value();
    ASSERT_EQ(audit.faults.size(), 2U);
    EXPECT_EQ(audit.faults[0].position, 3U) << "byte 100 is in the fourth hash";
    EXPECT_EQ(audit.faults[1].position, 256U);
    EXPECT_TRUE(audit.faults[0].rebuildable && audit.faults[1].rebuildable);
  }
  const auto rebuilt = rebuild_database(server_->connection());
  ASSERT_TRUE(rebuilt) << rebuilt.error().message;
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE(verify_log(**store, LogKind::kElection));
  EXPECT_EQ(dump(**store).value(), before);
}

}  // namespace
}  // namespace urna::journal
