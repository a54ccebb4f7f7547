// What is particular to the SQLite store: locks, damage, a full disk.
#include "common/journal/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "common/journal/verify.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/journal/sample.h"

namespace urna::journal {
namespace {

class Sqlite : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteStore>> open(std::uint64_t bytes_max = 0) {
    SqliteStore::Options options;
    options.path = path_;
    options.bytes_max = bytes_max;
    return SqliteStore::open(std::move(options));
  }
  // Changes the file behind the store's back.
  void run(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "journal.db";
};

TEST_F(Sqlite, SecondWriterIsLockedOutByNameWhileReadersMayLook) {
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE(append_entries(**store, 0, 5));
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kLocked);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos)
      << second.error().message;
  const auto reader = SqliteStore::open_read_only(path_);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->size(LogKind::kElection).value(), 5U);
  EXPECT_TRUE(verify_log(**reader, LogKind::kElection));
  EXPECT_EQ((*reader)->commit({}).error().code, ErrorCode::kLocked);
  ASSERT_TRUE(append_entries(**store, 5, 5));
  EXPECT_EQ((*reader)->size(LogKind::kElection).value(), 10U);
}

TEST_F(Sqlite, OtherProcessIsLockedOutUntilTheWriterIsKilled) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    auto store = open();
    const char ok = store && append_entries(**store, 0, 3) ? 'y' : 'n';
    if (::write(ready[1], &ok, 1) != 1) ::_exit(1);
    ::pause();
  }
  char ok = 0;
  ASSERT_EQ(::read(ready[0], &ok, 1), 1);
  ASSERT_EQ(ok, 'y');
  EXPECT_EQ(open().error().code, ErrorCode::kLocked);
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->size(LogKind::kElection).value(), 3U);
}

TEST_F(Sqlite, FileThatIsNoJournalIsRefusedAndLeftAlone) {
  std::ofstream(path_) << "this is not a database, but it is long enough to look like a file\n";
  EXPECT_EQ(open().error().code, ErrorCode::kCorrupt);
  std::filesystem::remove(path_);
  run("CREATE TABLE other (x)");
  EXPECT_EQ(open().error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(SqliteStore::open_read_only(path_).error().code, ErrorCode::kCorrupt);
}

TEST_F(Sqlite, JournalOfANewerProgramIsRefused) {
  ASSERT_TRUE(open());
  run("PRAGMA user_version = 99");
  EXPECT_EQ(open().error().code, ErrorCode::kOutdated);
  EXPECT_EQ(SqliteStore::open_read_only(path_).error().code, ErrorCode::kOutdated);
}

TEST_F(Sqlite, MissingFileOrFolderIsNamed) {
  EXPECT_EQ(SqliteStore::open_read_only(path_).error().code, ErrorCode::kNotFound);
  path_ = folder_.path() / "no such folder" / "journal.db";
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(opened.error().message.find("no such folder"), std::string::npos);
}

TEST_F(Sqlite, FullDiskIsToldAndTheStoreGoesOnWhenThereIsRoom) {
  {
    const auto store = open(200'000);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(append_entries(**store, 0, 10));
    Commit large;
    large.election_base = 10;
    for (std::uint64_t i = 10; i < 20; ++i) large.election.push_back(entry_of(i, 100'000));
    const auto done = (*store)->commit(large);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kNoSpace) << done.error().message;
    EXPECT_EQ((*store)->size(LogKind::kElection).value(), 10U);
    EXPECT_TRUE(append_entries(**store, 10, 5)) << "what still fits goes in";
  }
  const auto store = open();
  ASSERT_TRUE(append_entries(**store, 15, 500));
  EXPECT_TRUE(verify_log(**store, LogKind::kElection));
}

TEST_F(Sqlite, DamagedPageIsFoundAtOpen) {
  ASSERT_TRUE(append_entries(**open(), 0, 2000));
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 20);
    file << std::string(2000, '\xee');
  }
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
}

TEST_F(Sqlite, DamagedEntryInTheTailIsFoundAtOpenAndAnOlderOneByVerification) {
  ASSERT_TRUE(append_entries(**open(), 0, 300));
  run("UPDATE election SET record = zeroblob(100) WHERE position = 17");
  {
    const auto store = open();
    ASSERT_TRUE(store) << store.error().message;
    const auto checked = verify_log(**store, LogKind::kElection);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("position 17:"), std::string::npos);
  }
  run("UPDATE election SET record = zeroblob(100) WHERE position = 290");
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(opened.error().message.find("position 290:"), std::string::npos);
}

TEST_F(Sqlite, MissingEntryAndAlteredTileAreNamed) {
  ASSERT_TRUE(append_entries(**open(), 0, 600));
  run("UPDATE tile SET hashes = "
      "CAST(substr(hashes, 1, 320) || zeroblob(32) || substr(hashes, 353) AS BLOB) "
      "WHERE number = 1");
  {
    const auto checked = verify_log(**open(), LogKind::kElection);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("position 266:"), std::string::npos)
        << checked.error().message;
  }
  run("DELETE FROM election WHERE position = 100");
  const auto checked = verify_log(**open(), LogKind::kElection);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("position 100:"), std::string::npos);
}

TEST_F(Sqlite, FileIsReadableByItsOwnerOnly) {
  ASSERT_TRUE(open());
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

}  // namespace
}  // namespace urna::journal
