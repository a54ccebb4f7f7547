// Connections and servers that end in the middle of a commit, and what the tables promise.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <pqxx/pqxx>
#include <thread>

#include "common/journal/postgres_store.h"
#include "common/journal/verify.h"
#include "tests/support/private_postgres.h"
#include "tests/unit/journal/sample.h"

namespace urna::journal {
namespace {

class PostgresOutage : public testing::Test {
 protected:
  void start_server(bool fast_and_unsafe) {
    auto started = test::PrivatePostgres::start({.folder = {}, .fast_and_unsafe = fast_and_unsafe});
    if (!started) {
      if (std::getenv("CI") != nullptr) FAIL() << started.error().message;
      GTEST_SKIP() << started.error().message;
    }
    server_ = std::move(*started);
  }
  // `at_point` is called once, when a commit passes the point that is armed.
  void open(std::function<void()> at_point) {
    auto opened = PostgresStore::open({server_->connection(),
                                       [this, at_point](CrashPoint point) {
                                         if (armed_ != point) return;
                                         armed_.reset();
                                         at_point();
                                       },
                                       {}});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  std::string query(const std::string& sql) {
    pqxx::connection connection(server_->connection());
    pqxx::nontransaction work(connection);
    const auto rows = work.exec(sql);
    return rows.empty() ? "" : rows[0][0].c_str();
  }

  std::unique_ptr<test::PrivatePostgres> server_;
  std::unique_ptr<PostgresStore> store_;
  std::optional<CrashPoint> armed_;
};

TEST_F(PostgresOutage, ConnectionLostAtAnyPointLeavesTheCommitWholeOrNotAtAll) {
  start_server(true);
  if (server_ == nullptr) return;
  open([this] {
    query(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE application_name = 'urna'");
  });
  std::uint64_t size = 0;
  for (const CrashPoint point : kAllCrashPoints) {
    SCOPED_TRACE(static_cast<int>(point));
    armed_ = point;
    const auto done = append_entries(*store_, size, 100);
    EXPECT_FALSE(armed_);
    if (point == CrashPoint::kAfterCommit) {
      ASSERT_TRUE(done) << done.error().message;
      size += 100;
    } else {
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, ErrorCode::kUnavailable) << done.error().message;
    }
    const auto reopened = store_->reopen();
    ASSERT_TRUE(reopened) << reopened.error().message;
    EXPECT_EQ(store_->size(LogKind::kElection).value(), size);
    ASSERT_TRUE(append_entries(*store_, size, 10));
    size += 10;
  }
  EXPECT_TRUE(verify_log(*store_, LogKind::kElection));
}

TEST_F(PostgresOutage, ServerCrashInTheMiddleOfACommitKeepsWhatWasCommittedBefore) {
  start_server(false);
  if (server_ == nullptr) return;
  open([this] { server_->crash(); });
  std::uint64_t size = 0;
  for (const CrashPoint point :
       {CrashPoint::kAfterElectionEntries, CrashPoint::kAfterTiles, CrashPoint::kAfterCommit}) {
    SCOPED_TRACE(static_cast<int>(point));
    ASSERT_TRUE(append_entries(*store_, size, 200));
    size += 200;
    armed_ = point;
    const auto done = append_entries(*store_, size, 100);
    EXPECT_EQ(done.has_value(), point == CrashPoint::kAfterCommit);
    if (done) size += 100;
    const auto started = server_->start_again();
    ASSERT_TRUE(started) << started.error().message;
    const auto reopened = store_->reopen();
    ASSERT_TRUE(reopened) << reopened.error().message;
    EXPECT_EQ(store_->size(LogKind::kElection).value(), size);
    EXPECT_TRUE(verify_log(*store_, LogKind::kElection));
  }
}

// The entries are written and on the disk, and nobody hears of it: the connection ends while the
// commit waits for a standby that does not exist.
TEST_F(PostgresOutage, ACommitWhoseAnswerIsLostIsThereWholeAfterwards) {
  constexpr const char* kWaits =
      "FROM pg_stat_activity WHERE application_name = 'urna' AND wait_event = 'SyncRep'";
  start_server(false);
  if (server_ == nullptr) return;
  open([] {});
  query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  query("SELECT pg_reload_conf()");
  std::uint64_t size = 0;
  bool waits = false;
  for (int i = 0; i < 600 && !waits; ++i) {  // the server takes its settings in when it comes to it
    auto done = std::async(std::launch::async, [&] { return append_entries(*store_, size, 100); });
    while (!waits && done.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
      waits = query(std::string("SELECT count(*) ") + kWaits) == "1";
    }
    if (waits) query(std::string("SELECT pg_terminate_backend(pid, 10000) ") + kWaits);
    const auto answer = done.get();
    ASSERT_EQ(answer.has_value(), !waits);
    if (waits) {
      EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable) << answer.error().message;
    }
    size += 100;
  }
  ASSERT_TRUE(waits);
  query("ALTER SYSTEM RESET synchronous_standby_names");
  query("SELECT pg_reload_conf()");
  const auto reopened = store_->reopen();
  ASSERT_TRUE(reopened) << reopened.error().message;
  EXPECT_EQ(store_->size(LogKind::kElection).value(), size);
  ASSERT_TRUE(append_entries(*store_, size, 10));
  EXPECT_TRUE(verify_log(*store_, LogKind::kElection));
}

TEST_F(PostgresOutage, EveryCallDuringTheOutageIsUnavailable) {
  start_server(true);
  if (server_ == nullptr) return;
  open([] {});
  ASSERT_TRUE(append_entries(*store_, 0, 3));
  server_->crash();
  const auto code = [](const auto& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  };
  for (int round = 0; round < 2; ++round) {
    Commit commit;
    commit.election_base = 3;
    commit.election = {entry_of(3)};
    EXPECT_EQ(code(store_->commit(commit)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->log_id()), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->size(LogKind::kElection)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->read_election(0, 1, 1)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->read_operations(0, 1)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->find(id_of(1))), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->blob(blob_of(1).digest)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->for_each_part([](const StoredBlob&) {})), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->blobs({})), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->read_heads(0, 1)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->cursors()), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->read_notices(0, 1)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->tile(LogKind::kElection, 0, 0)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->leaves(LogKind::kElection, 0, 1)), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->reopen()), ErrorCode::kUnavailable);
  }
}

// So that the centre's records can be spread over voivodeships later without changing a key.
TEST_F(PostgresOutage, TableOfRecordsCanBePartitionedByVoivodeship) {
  start_server(true);
  if (server_ == nullptr) return;
  open([] {});
  EXPECT_EQ(query("SELECT count(*) FROM pg_index WHERE indrelid = 'urna.record'::regclass "
                  "AND indisunique AND NOT EXISTS (SELECT FROM pg_attribute WHERE "
                  "attrelid = indrelid AND attname = 'voivodeship' AND attnum = ANY (indkey))"),
            "0");
  EXPECT_NE(query("SELECT count(*) FROM pg_index WHERE indrelid = 'urna.record'::regclass "
                  "AND indisunique"),
            "0");
  // The server's own judgement: it refuses when a unique key leaves the column out.
  EXPECT_NO_THROW(
      query("CREATE TABLE urna.spread (LIKE urna.record INCLUDING ALL) "
            "PARTITION BY LIST (voivodeship)"));
}

}  // namespace
}  // namespace urna::journal
