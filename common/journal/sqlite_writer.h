// What a SqliteStore writes, over a connection of its own, while it holds the lock file.
#pragma once

#include "common/journal/file_lock.h"
#include "common/journal/sqlite.h"
#include "common/journal/sqlite_store.h"
#include "common/journal/tiles.h"

namespace urna::journal {

class SqliteStore::Writer {
 public:
  Writer(FileLock lock, sqlite::Database database, CrashHook hook)
      : lock_(std::move(lock)), database_(std::move(database)), hook_(std::move(hook)) {}

  sqlite::Database& database() { return database_; }
  // Takes up where the stored logs end.
  void resume(TileBuilder election, TileBuilder operations) {
    election_ = std::move(election);
    operations_ = std::move(operations);
  }
  Result<void> commit(const Commit& commit);

 private:
  void reach(CrashPoint point) {
    if (hook_) hook_(point);
  }
  Result<void> write_all(const Commit& commit, TileBuilder& election, TileBuilder& operations);
  Result<void> write_blobs(const Commit& commit);
  Result<void> write_election(const Commit& commit);
  Result<void> write_operations(const Commit& commit);
  Result<void> write_cursors(const Commit& commit);
  Result<void> write_notices(const Commit& commit);
  Result<void> write_log_id(const Commit& commit);
  Result<void> write_tiles(LogKind log, const std::vector<Tile>& tiles);

  FileLock lock_;
  sqlite::Database database_;
  CrashHook hook_;
  TileBuilder election_;
  TileBuilder operations_;
};

}  // namespace urna::journal
