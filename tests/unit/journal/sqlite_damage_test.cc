// A damaged file is told, never read as other records; a killed process leaves whole commits.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "common/journal/merkle.h"
#include "common/journal/sqlite_store.h"
#include "common/journal/verify.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/journal/sample.h"

namespace urna::journal {
namespace {

constexpr std::uint64_t kEntries = 300;

// Records that are told apart by their bytes wherever they lie in the file.
Bytes record_of(std::uint64_t number) {
  return "<record " + std::to_string(number) + ">" + Bytes(200, 'x');
}

ElectionEntry marked_entry(std::uint64_t number) {
  ElectionEntry entry = entry_of(number, 0);
  entry.record = record_of(number);
  entry.leaf = record_leaf(entry.record, entry.id);
  return entry;
}

class SqliteDamage : public testing::Test {
 protected:
  void SetUp() override {
    auto store = SqliteStore::open({.path = path_, .hook = {}, .log_id = {}});
    ASSERT_TRUE(store) << store.error().message;
    Commit commit;
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      commit.election.push_back(marked_entry(i));
      commit.operations.push_back(row_of(i));
    }
    ASSERT_TRUE((*store)->commit(commit));
    store->reset();
    std::ifstream file(path_, std::ios::binary);
    sound_.assign(std::istreambuf_iterator<char>(file), {});
  }

  // Every place where `bytes` stand in the sound file; there must be one.
  std::vector<std::size_t> places_of(std::string_view bytes) {
    std::vector<std::size_t> places;
    for (auto at = sound_.find(bytes); at != Bytes::npos; at = sound_.find(bytes, at + 1)) {
      places.push_back(at);
    }
    EXPECT_FALSE(places.empty());
    return places;
  }

  // The sound file with one bit turned over.
  void damage(std::size_t offset) {
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
    Bytes bytes = sound_;
    bytes[offset] ^= 0x04;
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }

  // The error that opening or verifying gives; kInternal with no message when neither does.
  Error finding(std::uint64_t checked_bytes_max) {
    auto store = SqliteStore::open(
        {.path = path_, .hook = {}, .log_id = {}, .checked_bytes_max = checked_bytes_max});
    if (!store) return store.error();
    for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
      if (auto checked = verify_log(**store, log); !checked) return checked.error();
    }
    return {};
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "journal.db";
  Bytes sound_;
};

constexpr std::uint64_t kCheckAll = std::uint64_t{1} << 40;

TEST_F(SqliteDamage, AnyPartOfAnEntryIsFoundAndItsPositionNamed) {
  for (const std::uint64_t position : {0U, 17U, 255U, 256U, 299U}) {
    const ElectionEntry entry = marked_entry(position);
    for (const std::string_view part :
         {std::string_view(entry.record), entry.id.view(), hash_view(entry.leaf)}) {
      // The id stands in the table and in its index, the leaf in the table and in a full tile.
      for (const std::size_t place : places_of(part)) {
        damage(place + 3);
        // Without the check of pages, which finds some of these by itself but names no position.
        const Error found = finding(0);
        EXPECT_EQ(found.code, ErrorCode::kCorrupt) << found.message;
        EXPECT_NE(found.message.find("position " + std::to_string(position) + ":"),
                  std::string::npos)
            << position << " at byte " << place << ": " << found.message;
      }
    }
  }
}

// Else a record could be appended a second time.
TEST_F(SqliteDamage, IndexThatLostARecordIsFoundAtOpen) {
  const auto places = places_of(id_of(17).view());
  ASSERT_EQ(places.size(), 2U) << "once in the table, once in the index";
  for (const std::size_t place : places) {
    damage(place + 3);
    const auto store = SqliteStore::open({.path = path_, .hook = {}, .log_id = {}});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kCorrupt) << store.error().message;
  }
}

TEST_F(SqliteDamage, OneBitAnywhereIsToldOrChangesNoRecord) {
  std::size_t told = 0;
  for (std::size_t offset = 0; offset < sound_.size(); offset += offset < 128 ? 1 : 1021) {
    SCOPED_TRACE(offset);
    damage(offset);
    const Error found = finding(kCheckAll);
    if (!found.message.empty()) {
      ++told;
      // A damaged file is not a defect of the program.
      EXPECT_NE(found.code, ErrorCode::kInternal) << found.message;
      continue;
    }
    const auto store = SqliteStore::open_read_only(path_);
    ASSERT_TRUE(store) << store.error().message;
    const auto entries = (*store)->read_election(0, 1000, 10'000'000).value();
    ASSERT_EQ(entries.size(), kEntries);
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      ASSERT_EQ(entries[i].entry.record, record_of(i));
      ASSERT_EQ(entries[i].entry.id, id_of(i));
    }
    const auto rows = (*store)->read_operations(0, 1000).value();
    ASSERT_EQ(rows.size(), kEntries);
    for (std::uint64_t i = 0; i < kEntries; ++i) ASSERT_EQ(rows[i].row.entry, row_of(i).entry);
  }
  EXPECT_GT(told, 0U);
}

TEST_F(SqliteDamage, FileCutShortIsFoundAtOpen) {
  for (const std::size_t kept : {sound_.size() - 4096, sound_.size() / 2, std::size_t{5000}}) {
    damage(0);
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << sound_.substr(0, kept);
    EXPECT_EQ(finding(kCheckAll).code, ErrorCode::kCorrupt) << kept;
  }
}

TEST(SqliteKilled, ProcessKilledAtAnyPointLeavesTheCommitWholeOrNotAtAll) {
  for (const CrashPoint point : kAllCrashPoints) {
    SCOPED_TRACE(static_cast<int>(point));
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "journal.db";
    const pid_t child = ::fork();
    if (child == 0) {
      int commits = 0;
      auto store = SqliteStore::open({.path = path,
                                      .hook =
                                          [&](CrashPoint reached) {
                                            if (reached == CrashPoint::kBeforeCommit) ++commits;
                                            if (commits == 2 && reached == point) {
                                              ::raise(SIGKILL);
                                            }
                                          },
                                      .log_id = {}});
      if (store && append_entries(**store, 0, 250)) (void)append_entries(**store, 250, 20);
      ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto store = SqliteStore::open({.path = path, .hook = {}, .log_id = {}});
    ASSERT_TRUE(store) << store.error().message;
    const std::uint64_t size = point == CrashPoint::kAfterCommit ? 270 : 250;
    EXPECT_EQ((*store)->size(LogKind::kElection).value(), size);
    EXPECT_TRUE(verify_log(**store, LogKind::kElection));
    EXPECT_TRUE(append_entries(**store, size, 20));
  }
}

}  // namespace
}  // namespace urna::journal
