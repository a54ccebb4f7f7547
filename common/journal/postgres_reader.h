// What a PostgresStore reads, over one connection. One thread at a time. Throws what libpqxx does.
#pragma once

#include "common/journal/postgres_edge.h"
#include "common/journal/postgres_store.h"

namespace urna::journal {

class PostgresStore::Reader {
 public:
  explicit Reader(std::unique_ptr<pqxx::connection> connection);

  bool alive() const { return connection_->is_open(); }
  // Takes in what the server says unasked, if anything, such as that it goes. Does not wait.
  void listen() { connection_->get_notifs(); }
  LogId log_id();
  std::uint64_t size(LogKind log);
  Result<std::vector<StoredEntry>> read_election(std::uint64_t from, std::size_t max_records,
                                                 std::size_t max_bytes);
  std::vector<StoredHead> read_heads(std::uint64_t from, std::size_t max);
  std::vector<StoredOperations> read_operations(std::uint64_t from, std::size_t max_records);
  std::optional<std::uint64_t> find(const RecordId& id);
  std::optional<Bytes> blob(const Digest& digest);
  std::vector<StoredBlob> blobs(std::span<const Digest> digests);
  // Ascending.
  std::vector<Digest> parts();
  std::vector<Cursor> cursors();
  std::vector<StoredNotice> read_notices(std::uint64_t from, std::size_t max);
  Result<std::vector<LeafHash>> tile(LogKind log, unsigned level, std::uint64_t index);
  Result<std::vector<LeafHash>> leaves(LogKind log, std::uint64_t from, std::uint64_t to);

 private:
  std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace urna::journal
