// A disk that fails at any call, in any way: what was acknowledged is there, nothing is there by
// halves, and the store goes on or says clearly why not.
//
// A script of commits, reads, a checkpoint beside them and a reopening runs once on a sound disk to
// count its calls, then once for every call and fault. What the file must hold comes from the same
// commits in a MemoryStore.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "common/journal/memory_store.h"
#include "common/journal/sqlite_store.h"
#include "common/journal/sqlite_upkeep.h"
#include "common/journal/verify.h"
#include "common/trust/sha256.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/journal/dump.h"
#include "tests/unit/journal/sample.h"

namespace urna::journal {
namespace {

using test::DiskCall;
using test::DiskFault;
using test::FaultyDisk;

const LogId kLogId{{4, 2}};

// Commits of the script, in order: small and large, one of everything, a new log id, a cursor
// replaced.
std::vector<Commit> script() {
  std::vector<Commit> commits;
  std::uint64_t size = 0;
  for (const std::uint64_t count : {1U, 3U, 50U, 4U, 2U, 1U}) {
    Commit commit;
    commit.election_base = commit.operations_base = size;
    for (std::uint64_t i = size; i < size + count; ++i) {
      commit.election.push_back(entry_of(i, 40));
      commit.operations.push_back(row_of(i));
    }
    commit.blobs.push_back(blob_of(size * 7 + 13));
    commit.cursors.push_back(cursor_of("140101", size));
    commit.cursors.push_back(cursor_of("PL", size + count));
    commit.notices.push_back(notice_of(size));
    size += count;
    if (commits.size() == 4) commit.new_log_id = LogId{{9}};
    commits.push_back(std::move(commit));
  }
  return commits;
}

// What a store holds after the first n commits, by n.
std::vector<std::string> dumps_of(const std::vector<Commit>& commits) {
  MemoryStore store(kLogId);
  std::vector<std::string> dumps{dump(store).value()};
  for (const Commit& commit : commits) {
    EXPECT_TRUE(store.commit(commit));
    dumps.push_back(dump(store).value());
  }
  return dumps;
}

// Errors a failing disk may lead to. Not kCorrupt: that sends people to their backups.
bool is_clear(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kNoSpace ||
         error.code == ErrorCode::kLocked;
}

class SqliteFault : public testing::Test {
 protected:
  struct Ran {
    std::size_t acknowledged = 0;  // commits
    std::vector<Error> errors;
    std::uint64_t attempted = 0;
  };

  Result<std::unique_ptr<SqliteStore>> open() {
    return SqliteStore::open(
        {.path = path_, .hook = {}, .log_id = kLogId, .busy_timeout_ms = 20, .disk = &disk_});
  }
  void wipe() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::filesystem::remove(path_.string() + suffix);
    }
  }
  // Another program's checkpoint, while the store is open.
  void checkpoint_beside() {
    sqlite3* database = nullptr;
    if (sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
      sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
    sqlite3_close_v2(database);
  }

  void read_some(SqliteStore& store, Ran& ran) {
    const std::uint64_t last = commits_[ran.acknowledged - 1].election_base;
    if (auto read = store.read_election(last, 2, 10'000); !read) ran.errors.push_back(read.error());
    if (auto read = store.cursors(); !read) ran.errors.push_back(read.error());
    if (auto read = store.blob(blob_of(13).digest); !read) ran.errors.push_back(read.error());
  }

  // Runs the script; what fails is tried once more, then the store is opened anew, as a server
  // would do. Ends early when the disk is dead.
  Ran run(const FaultyDisk::Plan& plan) {
    wipe();
    disk_.begin(plan);
    Ran ran;
    std::unique_ptr<SqliteStore> store;
    unsigned failures = 0;
    while (ran.acknowledged < commits_.size() && !disk_.is_dead() && failures < 5) {
      if (store == nullptr) {
        auto opened = open();
        if (!opened) {
          ran.errors.push_back(opened.error());
          ++failures;
          continue;
        }
        store = std::move(*opened);
        // A commit that failed may be there after all.
        const auto size = store->size(LogKind::kElection);
        const Commit& next = commits_[ran.acknowledged];
        if (size && *size != next.election_base) {
          EXPECT_EQ(*size, next.election_base + next.election.size());
          ++ran.acknowledged;
          continue;
        }
      }
      ran.attempted = ran.acknowledged + 1;
      const auto done = store->commit(commits_[ran.acknowledged]);
      if (!done) {
        ran.errors.push_back(done.error());
        if (++failures % 2 == 0) store.reset();
        continue;
      }
      ++ran.acknowledged;
      if (ran.acknowledged == 3) checkpoint_beside();
      if (ran.acknowledged == 5) store.reset();
      if (store != nullptr) {
        read_some(*store, ran);
      }
    }
    return ran;
  }

  // Opened again on a sound disk the file holds the commits acknowledged, and perhaps the one that
  // failed last.
  void expect_whole(const Ran& ran) {
    for (const Error& error : ran.errors) EXPECT_TRUE(is_clear(error)) << error.message;
    disk_.begin({});
    auto store = open();
    ASSERT_TRUE(store) << store.error().message;
    const auto now = dump(**store);
    ASSERT_TRUE(now) << now.error().message;
    std::size_t held = ran.acknowledged;
    if (*now != dumps_[held]) ++held;
    ASSERT_LE(held, ran.attempted) << "not what " << ran.acknowledged << " commits leave";
    ASSERT_EQ(*now, dumps_[held]) << "neither what " << ran.acknowledged
                                  << " commits leave nor one more";
    // And it goes on.
    for (; held < commits_.size(); ++held) ASSERT_TRUE((*store)->commit(commits_[held]));
  }

  // The calls of the script on a sound disk.
  std::vector<DiskCall> calls_of_script() {
    const Ran ran = run({});
    EXPECT_EQ(ran.acknowledged, commits_.size());
    EXPECT_TRUE(ran.errors.empty());
    return disk_.trace();
  }

  const test::TemporaryFolder folder_ = test::TemporaryFolder::in_memory();
  const std::filesystem::path path_ = folder_.path() / "journal.db";
  FaultyDisk disk_;
  const std::vector<Commit> commits_ = script();
  const std::vector<std::string> dumps_ = dumps_of(commits_);
};

TEST_F(SqliteFault, TheScriptReachesEveryKindOfCall) {
  const std::vector<DiskCall> calls = calls_of_script();
  for (const DiskCall call : test::kAllDiskCalls) {
    EXPECT_GT(std::ranges::count(calls, call), 0) << static_cast<int>(call);
  }
}

// R25: also where the call fails again and again the store says why, and loses nothing.
TEST_F(SqliteFault, AnyCallThatFailsOnceLosesNothingAndTheStoreGoesOn) {
  const std::vector<DiskCall> calls = calls_of_script();
  for (const DiskFault fault : {DiskFault::kIoError, DiskFault::kNoSpace, DiskFault::kShortWrite}) {
    std::set<DiskCall> struck;
    for (std::uint64_t at = 1; at <= calls.size(); ++at) {
      if (!FaultyDisk::fits(fault, calls[at - 1])) continue;
      SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)) + " at " +
                   std::to_string(at));
      const Ran ran = run({.fault = fault, .at = at});
      ASSERT_TRUE(disk_.struck());
      struck.insert(*disk_.struck());
      ASSERT_EQ(ran.acknowledged, commits_.size())
          << "it did not go on: " << (ran.errors.empty() ? "" : ran.errors.back().message);
      expect_whole(ran);
      if (HasFailure()) return;
    }
    const std::size_t kinds = fault == DiskFault::kIoError   ? test::kAllDiskCalls.size()
                              : fault == DiskFault::kNoSpace ? 6
                                                             : 1;
    EXPECT_EQ(struck.size(), kinds);
  }
}

// Nobody makes room, or every call fails from some moment on, however often it is tried: what was
// acknowledged stays, and with room again, or on a sound disk, the store goes on.
TEST_F(SqliteFault, ADiskThatStaysFullOrFailsForGoodIsToldAndLosesNothing) {
  const std::vector<DiskCall> calls = calls_of_script();
  for (const DiskFault fault : {DiskFault::kNoSpace, DiskFault::kShortWrite, DiskFault::kIoError}) {
    std::size_t told = 0;
    for (std::uint64_t at = 1; at <= calls.size(); ++at) {
      if (!FaultyDisk::fits(fault, calls[at - 1])) continue;
      SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)) + " from " +
                   std::to_string(at));
      const Ran ran = run({.fault = fault, .at = at, .lasts = true});
      ASSERT_TRUE(disk_.struck());
      told += ran.acknowledged < commits_.size();
      if (ran.acknowledged < commits_.size()) {
        ASSERT_FALSE(ran.errors.empty());
      }
      expect_whole(ran);
      if (HasFailure()) return;
    }
    EXPECT_GT(told, calls.size() / 8) << "commits went through on a full disk";
  }
}

TEST_F(SqliteFault, DeathAtAnyCallLosesNothingThatWasAcknowledged) {
  const std::uint64_t calls = calls_of_script().size();
  std::set<DiskCall> struck;
  for (std::uint64_t at = 1; at <= calls; ++at) {
    // All unsynced blocks lost, none, and by chance, of either size.
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, 2 + at / 2}) {
      SCOPED_TRACE("death at " + std::to_string(at) + ", seed " + std::to_string(seed));
      const Ran ran = run({.fault = DiskFault::kDeath, .at = at});
      ASSERT_TRUE(disk_.struck());
      struck.insert(*disk_.struck());
      disk_.lose_unsynced(seed % 2 == 0 ? 512 : 4'096, seed);
      expect_whole(ran);
      if (HasFailure()) return;
    }
  }
  EXPECT_EQ(struck.size(), test::kAllDiskCalls.size());
}

// A disk that says a sync is done and has kept nothing breaks the promise that what is acknowledged
// is durable: no program can mend that. Promised is only: the logs are a beginning of what was
// committed, byte for byte, or the damage is told as such.
TEST_F(SqliteFault, ALyingDiskLosesTheEndOfTheLogOrIsFoundOut) {
  const std::vector<DiskCall> calls = calls_of_script();
  std::size_t lost = 0;
  std::size_t told = 0;
  for (std::uint64_t at = 1; at <= calls.size(); ++at) {
    if (!FaultyDisk::fits(DiskFault::kLostSync, calls[at - 1])) continue;
    for (const std::uint64_t after : {1U, 7U, 40U}) {
      SCOPED_TRACE("lost sync at " + std::to_string(at) + ", death " + std::to_string(after) +
                   " calls later");
      const Ran ran = run({.fault = DiskFault::kLostSync, .at = at, .death_at = at + after});
      ASSERT_EQ(disk_.struck(), calls[at - 1]);
      disk_.die();
      disk_.lose_unsynced(512, at * 100 + after);
      disk_.begin({});
      const auto store = open();
      std::optional<Error> found;
      if (!store) found = store.error();
      for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
        if (found) break;
        if (auto sound = verify_log(**store, log); !sound) found = sound.error();
      }
      if (found) {
        ++told;
        ASSERT_EQ(found->code, ErrorCode::kCorrupt) << found->message;
        continue;
      }
      const auto entries = (*store)->read_election(0, 10'000, 1 << 30).value();
      for (const auto& [position, entry] : entries) {
        ASSERT_EQ(entry.record, entry_of(position, 40).record);
      }
      const std::uint64_t committed = ran.acknowledged == 0
                                          ? 0
                                          : commits_[ran.acknowledged - 1].election_base +
                                                commits_[ran.acknowledged - 1].election.size();
      lost += entries.size() < committed;
    }
  }
  EXPECT_GT(lost, 0U) << "the lie was never believed";
  RecordProperty("told", static_cast<int>(told));
}

// A copy is whole or not there, and the journal it is made of is not touched.
TEST_F(SqliteFault, ABackupOnAFailingDiskIsToldAndLeavesNothingBehind) {
  ASSERT_EQ(run({}).acknowledged, commits_.size());
  const auto copy = folder_.path() / "copy.db";
  disk_.begin({});
  ASSERT_TRUE(copy_journal(path_, copy, &disk_));
  std::filesystem::remove(copy);
  const std::vector<DiskCall> calls = disk_.trace();
  for (const DiskFault fault : {DiskFault::kIoError, DiskFault::kNoSpace, DiskFault::kShortWrite}) {
    for (std::uint64_t at = 1; at <= calls.size(); ++at) {
      if (!FaultyDisk::fits(fault, calls[at - 1])) continue;
      SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)) + " at " +
                   std::to_string(at));
      disk_.begin({.fault = fault, .at = at});
      const auto copied = copy_journal(path_, copy, &disk_);
      disk_.begin({});
      if (!copied) {
        EXPECT_TRUE(is_clear(copied.error())) << copied.error().message;
        ASSERT_FALSE(std::filesystem::exists(copy));
        continue;
      }
      // What failed was not needed: the copy is right all the same.
      auto store = SqliteStore::open_read_only(copy);
      ASSERT_TRUE(store) << store.error().message;
      ASSERT_EQ(dump(**store).value(), dumps_.back());
      store->reset();
      for (const char* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(copy.string() + suffix);
      }
    }
  }
  const auto store = open();
  ASSERT_EQ(dump(**store).value(), dumps_.back());
}

TEST_F(SqliteFault, DeathWhileTilesAreBuiltAnewLeavesASoundJournal) {
  std::string before;
  {
    const auto store = open();
    Commit commit;
    for (std::uint64_t i = 0; i < 257; ++i) commit.election.push_back(entry_of(i, 20));
    ASSERT_TRUE((*store)->commit(commit));
    before = dump(**store).value();
  }
  std::string sound;
  {
    std::ifstream in(path_, std::ios::binary);
    sound.assign(std::istreambuf_iterator<char>(in), {});
  }
  disk_.begin({});
  ASSERT_TRUE(rebuild_journal(path_));
  const std::uint64_t calls = disk_.calls();
  for (std::uint64_t at = 1; at <= calls; ++at) {
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, 2 + at}) {
      SCOPED_TRACE("death at " + std::to_string(at) + ", seed " + std::to_string(seed));
      wipe();
      std::ofstream(path_, std::ios::binary) << sound;
      disk_.begin({.fault = DiskFault::kDeath, .at = at});
      (void)rebuild_journal(path_);
      disk_.lose_unsynced(512, seed);
      disk_.begin({});
      const auto store = open();
      ASSERT_TRUE(store) << store.error().message;
      ASSERT_EQ(dump(**store).value(), before);
    }
  }
}

// A backup that was said to be made is still there when the disk dies; and this would be seen if it
// were not flushed.
TEST_F(SqliteFault, ABackupOutlivesADeathUnlessTheDiskLies) {
  ASSERT_EQ(run({}).acknowledged, commits_.size());
  const auto copy = folder_.path() / "copy.db";
  disk_.begin({});
  ASSERT_TRUE(copy_journal(path_, copy, &disk_));
  const std::vector<DiskCall> calls = disk_.trace();
  ASSERT_EQ(std::ranges::count(calls, DiskCall::kMake), 1);
  ASSERT_EQ(std::ranges::count(calls, DiskCall::kFlush), 2);
  std::filesystem::remove(copy);
  // On a good disk; then with the flush of its bytes, the first of the two, a lie. That of its name
  // cannot be seen here: this disk keeps a file's name with its bytes.
  const auto first = std::ranges::find(calls, DiskCall::kFlush);
  const auto lie = static_cast<std::uint64_t>(first - calls.begin()) + 1;
  for (const std::uint64_t at : {std::uint64_t{0}, lie}) {
    SCOPED_TRACE("lost flush at " + std::to_string(at));
    disk_.begin({.fault = at == 0 ? DiskFault::kNone : DiskFault::kLostSync, .at = at});
    ASSERT_TRUE(copy_journal(path_, copy, &disk_));
    disk_.die();
    disk_.lose_unsynced(512, 0);
    disk_.begin({});
    const auto store = SqliteStore::open_read_only(copy);
    const bool whole = store && dump(**store).value_or("") == dumps_.back();
    EXPECT_EQ(whole, at == 0);
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(copy.string() + suffix);
    }
  }
}

// The checks above must see a store that acknowledges before it is durable.
TEST_F(SqliteFault, AStoreThatNeverSyncsIsCaught) {
  const std::uint64_t calls = calls_of_script().size();
  std::size_t caught = 0;
  for (std::uint64_t at = 1; at <= calls; at += 7) {
    const Ran ran = run({.fault = DiskFault::kDeath, .at = at, .no_sync_counts = true});
    disk_.lose_unsynced(512, 0);
    disk_.begin({});
    const auto store = open();
    if (!store) {
      ++caught;
      continue;
    }
    const auto now = dump(**store);
    const bool whole = now && (*now == dumps_[ran.acknowledged] ||
                               (ran.attempted > ran.acknowledged && *now == dumps_[ran.attempted]));
    caught += !whole;
  }
  EXPECT_GT(caught, 0U);
}

}  // namespace
}  // namespace urna::journal
