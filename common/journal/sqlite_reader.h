// What a SqliteStore reads, over one connection. One thread at a time.
#pragma once

#include "common/journal/sqlite.h"
#include "common/journal/sqlite_store.h"

namespace urna::journal {

class SqliteStore::Reader {
 public:
  explicit Reader(sqlite::Database database) : database_(std::move(database)) {}

  sqlite::Database& database() { return database_; }
  Result<LogId> log_id();
  Result<std::uint64_t> size(LogKind log);
  Result<std::vector<StoredEntry>> read_election(std::uint64_t from, std::size_t max_records,
                                                 std::size_t max_bytes);
  Result<std::vector<StoredHead>> read_heads(std::uint64_t from, std::size_t max);
  Result<std::vector<StoredOperations>> read_operations(std::uint64_t from,
                                                        std::size_t max_records);
  Result<std::optional<std::uint64_t>> find(const RecordId& id);
  Result<std::optional<Bytes>> blob(const Digest& digest);
  Result<std::vector<StoredBlob>> blobs(std::span<const Digest> digests);
  // Ascending.
  Result<std::vector<Digest>> parts();
  Result<std::vector<Cursor>> cursors();
  Result<std::vector<StoredNotice>> read_notices(std::uint64_t from, std::size_t max);
  Result<std::vector<LeafHash>> tile(LogKind log, unsigned level, std::uint64_t index);
  Result<std::vector<LeafHash>> leaves(LogKind log, std::uint64_t from, std::uint64_t to);
  Result<std::vector<std::string>> storage_faults(std::size_t max);
  Result<Bytes> record_unchecked(std::uint64_t position);
  // nullopt when there is no such row, or its digest has a wrong length.
  Result<std::optional<StoredBlob>> blob_of_row(std::uint64_t row_id);

 private:
  std::string with_tree_named(std::string finding);

  sqlite::Database database_;
};

}  // namespace urna::journal
