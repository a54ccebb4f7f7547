// What a PostgresStore writes, over the connection that holds the writer's lock. Throws what
// libpqxx does.
#pragma once

#include "common/journal/postgres_edge.h"
#include "common/journal/postgres_store.h"
#include "common/journal/tiles.h"

namespace urna::journal {

class PostgresStore::Writer {
 public:
  // The connection holds the lock and the tables are there.
  Writer(std::unique_ptr<pqxx::connection> connection, CrashHook hook);

  bool alive() const { return connection_->is_open(); }
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
  void write(const Commit& commit, TileBuilder& election, TileBuilder& operations_tree);

  std::unique_ptr<pqxx::connection> connection_;
  CrashHook hook_;
  TileBuilder election_;
  TileBuilder operations_;
};

}  // namespace urna::journal
