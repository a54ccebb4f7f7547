// How programs open a journal that is a SQLite file.

#include "common/daemon/node_program.h"
#include "common/journal/sqlite_store.h"
#include "common/journal/sqlite_upkeep.h"

namespace urna::daemon {

namespace {

template <class Opened>
Result<std::unique_ptr<journal::Store>> as_store(Opened opened) {
  if (!opened) return std::unexpected(std::move(opened.error()));
  return std::move(*opened);
}

}  // namespace

Tier::Stores Tier::sqlite_stores(const std::filesystem::path& file) {
  using journal::SqliteStore;
  Stores stores;
  stores.open = [file] {
    SqliteStore::Options options;
    options.path = file;
    return as_store(SqliteStore::open(std::move(options)));
  };
  stores.read = [file] { return as_store(SqliteStore::open_read_only(file)); };
  stores.damaged = [file] { return as_store(SqliteStore::open_damaged(file)); };
  stores.rebuild = [file] { return journal::rebuild_journal(file); };
  stores.file = file;
  return stores;
}

}  // namespace urna::daemon
