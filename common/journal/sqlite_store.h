// The store of precinct clients and territorial nodes: one SQLite file in write-ahead mode.
//
// commit() comes from one thread at a time; reads may run beside it from any thread. A file is
// written by one process at a time: it holds PATH.lock. Any number may open it for reading.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "common/journal/disk.h"
#include "common/journal/store.h"

namespace urna::journal {

class SqliteStore final : public Store {
 public:
  struct Options {
    std::filesystem::path path;
    CrashHook hook;
    // The id of the log when the file is made; minted when empty.
    std::optional<LogId> log_id;
    // Refuses to grow beyond this many bytes with kNoSpace; 0: the disk decides.
    std::uint64_t bytes_max = 0;
    // Files up to this size are checked page by page at open (about 4 s for 1 GB); of larger ones
    // only the log's tail. verify_log() checks all, and can run later.
    std::uint64_t checked_bytes_max = std::uint64_t{256} << 20;
    // How long a lock held by a reader's recovery or checkpoint is waited for.
    int busy_timeout_ms = 5000;
    // What files are made with and flushed by, beside SQLite; used while it is opened. nullptr: the
    // machine's own.
    Disk* disk = nullptr;
  };

  // Opens the file, or makes it, readable by its owner only.
  // kLocked: another process, or another store here, has it open for writing. kCorrupt: damaged, or
  // not a journal. kOutdated: written by a newer program. kUnavailable: cannot be opened. kNoSpace.
  static Result<std::unique_ptr<SqliteStore>> open(Options options);
  // For export while another process writes. commit() fails with kLocked. kNotFound when there is
  // no file.
  static Result<std::unique_ptr<SqliteStore>> open_read_only(const std::filesystem::path& path);

  // The same of a file that may be damaged: of its tables only what each call needs must be sound.
  static Result<std::unique_ptr<SqliteStore>> open_damaged(const std::filesystem::path& path);

  ~SqliteStore() override;

  Result<LogId> log_id() override;
  Result<std::uint64_t> size(LogKind log) override;
  Result<void> commit(const Commit& commit) override;
  Result<std::vector<StoredEntry>> read_election(std::uint64_t from, std::size_t max_records,
                                                 std::size_t max_bytes) override;
  Result<std::vector<StoredHead>> read_heads(std::uint64_t from, std::size_t max) override;
  Result<std::vector<StoredOperations>> read_operations(std::uint64_t from,
                                                        std::size_t max_records) override;
  Result<std::optional<std::uint64_t>> find(const RecordId& id) override;
  Result<std::optional<Bytes>> blob(const Digest& digest) override;
  Result<std::vector<StoredBlob>> blobs(std::span<const Digest> digests) override;
  Result<void> for_each_part(const std::function<void(const StoredBlob&)>& visit) override;
  Result<std::vector<Cursor>> cursors() override;
  Result<std::vector<StoredNotice>> read_notices(std::uint64_t from, std::size_t max) override;
  Result<std::vector<LeafHash>> tile(LogKind log, unsigned level, std::uint64_t index) override;
  Result<std::vector<LeafHash>> leaves(LogKind log, std::uint64_t from, std::uint64_t to) override;
  Result<std::vector<std::string>> storage_faults(std::size_t max) override;
  Result<Bytes> record_unchecked(std::uint64_t position) override;
  Result<void> for_each_blob_unchecked(
      const std::function<void(const StoredBlob&)>& visit) override;

 private:
  class Writer;
  class Reader;
  SqliteStore();

  std::unique_ptr<Writer> writer_;
  std::mutex reader_mutex_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace urna::journal
