// Any byte of a journal changed: it is told, with what is damaged, or it lay where nothing is kept
// and everything reads as before. Never other figures, never a crash.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "common/journal/sqlite_store.h"
#include "common/journal/verify.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/journal/dump.h"
#include "tests/unit/journal/sample.h"

namespace urna::journal {
namespace {

// Whether every byte is changed, which takes minutes.
bool is_long() { return std::getenv("URNA_LONG") != nullptr; }

// What is changed at a place: never nothing, and not always the same bit.
unsigned char mask_at(std::size_t offset) {
  const auto mask = static_cast<unsigned char>((offset * 2654435761U) >> 13);
  return mask == 0 ? 0x80 : mask;
}

class SqliteFlip : public testing::Test {
 protected:
  void make(std::uint64_t entries) {
    SqliteStore::Options options;
    options.path = path_;
    options.log_id = LogId{{7}};
    auto store = SqliteStore::open(options);
    ASSERT_TRUE(store) << store.error().message;
    Commit commit;
    for (std::uint64_t i = 0; i < entries; ++i) {
      commit.election.push_back(entry_of(i, 60));
      commit.operations.push_back(row_of(i));
    }
    // One that fits its page and one that overflows it.
    commit.blobs = {blob_of(20), blob_of(2'999)};
    commit.cursors = {cursor_of("140101", 1), cursor_of("PL", 2)};
    commit.notices = {notice_of(0), notice_of(1)};
    ASSERT_TRUE((*store)->commit(commit));
    before_ = dump(**store).value();
    store->reset();
    std::ifstream file(path_, std::ios::binary);
    sound_.assign(std::istreambuf_iterator<char>(file), {});
  }

  void put(std::string_view bytes) {
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }

  // What opening and looking through everything says.
  Result<std::string> look() {
    auto store = SqliteStore::open({.path = path_, .hook = {}, .log_id = {}});
    if (!store) return std::unexpected(store.error());
    for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
      if (auto sound = verify_log(**store, log); !sound) return std::unexpected(sound.error());
    }
    if (auto sound = verify_parts(**store); !sound) return std::unexpected(sound.error());
    return dump(**store);
  }

  // Every `stride`th byte that is not zero, and every `zero_stride`th that is: most of a file is
  // room that nothing uses.
  void flip_all(std::size_t stride, std::size_t zero_stride) {
    std::size_t told = 0;
    std::size_t harmless = 0;
    for (std::size_t at = 0; at < sound_.size(); ++at) {
      const std::size_t step = sound_[at] == 0 ? zero_stride : stride;
      if (!is_long() && at % step != 0) continue;
      SCOPED_TRACE("byte " + std::to_string(at) + ", page " + std::to_string(at / 4'096 + 1));
      std::string changed = sound_;
      changed[at] = static_cast<char>(changed[at] ^ mask_at(at));
      put(changed);
      const auto seen = look();
      if (seen) {
        ASSERT_EQ(*seen, before_) << "changed, and nobody noticed";
        ++harmless;
        continue;
      }
      ++told;
      const Error& error = seen.error();
      ASSERT_TRUE(error.code == ErrorCode::kCorrupt || error.code == ErrorCode::kOutdated)
          << error_code_name(error.code) << ": " << error.message;
      ASSERT_TRUE(names_what(error.message)) << error.message;
    }
    EXPECT_GT(told, 0U);
    EXPECT_GT(harmless, 0U);
    RecordProperty("told", static_cast<int>(told));
    RecordProperty("harmless", static_cast<int>(harmless));
  }

  static bool names_what(const std::string& message) {
    for (const char* name :
         {"position ", "page ", "Page ", "part ", "cursor", "notice", "the log's id", "tile",
          "election", "operations", "blob", "meta", "list of tables", "not a journal", "format ",
          " index ", "not a database", "malformed"}) {
      if (message.find(name) != std::string::npos) return true;
    }
    return false;
  }

  const test::TemporaryFolder folder_ = test::TemporaryFolder::in_memory();
  const std::filesystem::path path_ = folder_.path() / "journal.db";
  std::string before_;
  std::string sound_;
};

TEST_F(SqliteFlip, AnyByteOfASmallJournalIsToldOrChangesNothing) {
  make(3);
  flip_all(1, 101);
}

TEST_F(SqliteFlip, AnyByteOfAJournalWithFullTilesIsToldOrChangesNothing) {
  make(260);
  flip_all(61, 1'021);
}

// The write-ahead log of a server that was killed: what follows a damaged frame is lost, as if the
// disk had never had it; nothing before it changes.
TEST_F(SqliteFlip, AnyByteOfAWriteAheadLogLeavesABeginningOfWhatWasCommitted) {
  std::map<std::string, std::size_t> dumps;
  std::string main;
  std::string wal;
  {
    auto store = SqliteStore::open({.path = path_, .hook = {}, .log_id = LogId{{7}}});
    ASSERT_TRUE(store);
    for (std::uint64_t i = 0; i < 4; ++i) {
      dumps.emplace(dump(**store).value(), i);
      ASSERT_TRUE(append_entries(**store, i, 1));
    }
    dumps.emplace(dump(**store).value(), 4);
    const auto read = [](const std::string& name) {
      std::ifstream in(name, std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(in), {});
    };
    main = read(path_.string());
    wal = read(path_.string() + "-wal");
  }
  ASSERT_GT(wal.size(), 4U * 4'096);
  std::size_t shorter = 0;
  for (std::size_t at = 0; at < wal.size(); ++at) {
    if (!is_long() && at % (wal[at] == 0 ? 499 : 7) != 0) continue;
    SCOPED_TRACE(at);
    std::string changed = wal;
    changed[at] = static_cast<char>(changed[at] ^ mask_at(at));
    put(main);
    std::ofstream(path_.string() + "-wal", std::ios::binary) << changed;
    const auto seen = look();
    if (!seen) {
      ASSERT_EQ(seen.error().code, ErrorCode::kCorrupt) << seen.error().message;
      continue;
    }
    // Before its first frame the file has no tables and is made anew, under the id minted then.
    const auto found = dumps.find(*seen);
    if (found == dumps.end()) {
      ASSERT_EQ(seen->find('\n'), std::string::npos) << "neither empty nor a beginning";
    }
    shorter += found == dumps.end() || found->second < 4;
  }
  EXPECT_GT(shorter, 0U);
}

}  // namespace
}  // namespace urna::journal
