// The centre's store, in PostgreSQL 15.
//
// commit() comes from one thread at a time; reads may run beside it from any thread, over a
// connection of their own. The database has one writer: an advisory lock is held while the store is
// open.
//
// A broken connection is never mended silently, because the writer's lock went with it: from then
// on every call fails with kUnavailable until reopen() succeeds. When the connection breaks during
// COMMIT itself, whether the commit happened is known only after reopen(): compare size() with what
// it was.
//
// A full disk under the tables is kNoSpace, and the next commit may succeed; under the write-ahead
// log the server stops itself, which is kUnavailable.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/journal/store.h"

namespace urna::journal {

class PostgresStore final : public Store {
 public:
  struct Options {
    // As libpq takes it: "host=/run/postgresql dbname=urna user=urna".
    std::string connection;
    CrashHook hook;
    // The id of the log when the tables are made; minted when empty.
    std::optional<LogId> log_id;
  };

  // Connects, takes the writer's lock, makes or migrates the tables, checks the log's tail.
  // kUnavailable: cannot connect. kLocked: another program writes this database. kOutdated: a newer
  // program has changed the tables. kCorrupt: a migration that ran is not the one known here, or
  // the tail does not match its hashes.
  static Result<std::unique_ptr<PostgresStore>> open(Options options);

  // Reads beside the program that writes; makes and migrates nothing. commit() fails with kLocked.
  // kUnavailable, kOutdated: the tables are not those of this program.
  static Result<std::unique_ptr<PostgresStore>> open_read_only(const std::string& connection);

  // After kUnavailable: connects and checks everything anew. Errors as open(). Not beside commit().
  Result<void> reopen();

  ~PostgresStore() override;

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
  bool lost() override;
  Result<std::vector<LeafHash>> tile(LogKind log, unsigned level, std::uint64_t index) override;
  Result<std::vector<LeafHash>> leaves(LogKind log, std::uint64_t from, std::uint64_t to) override;

 private:
  class Writer;
  class Reader;
  explicit PostgresStore(Options options);
  // Runs a read under the mutex, with every exception of the library made an error.
  template <class Body>
  auto read(Body body) -> decltype(body(std::declval<Reader&>()));
  // Checks the tails and takes up where the logs end.
  Result<void> resume();

  Options options_;
  std::atomic<bool> broken_ = false;
  std::unique_ptr<Writer> writer_;
  std::mutex reader_mutex_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace urna::journal
