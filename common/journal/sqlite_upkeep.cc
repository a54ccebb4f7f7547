#include "common/journal/sqlite_upkeep.h"

#include <cstring>

#include "common/journal/file_lock.h"
#include "common/journal/sqlite.h"
#include "common/journal/sqlite_schema.h"
#include "common/journal/tiles.h"

namespace urna::journal {
namespace {

namespace fs = std::filesystem;
using sqlite::Database;

constexpr int kBusyTimeoutMs = 5'000;
// Leaves read at once while tiles are built.
constexpr std::uint64_t kLeavesAtOnce = 16'384;

Result<void> copy_into(const fs::path& journal, const fs::path& copy) {
  auto from = Database::open(journal.string(), Database::Mode::kReadOnly, kBusyTimeoutMs);
  if (!from) return std::unexpected(std::move(from.error()));
  if (auto known = sqlite::check_schema(*from); !known) return known;
  auto to = Database::open(copy.string(), Database::Mode::kReadWrite, kBusyTimeoutMs);
  if (!to) return std::unexpected(std::move(to.error()));
  // It is flushed once, when it is whole; until then it is nobody's.
  if (auto set = to->run("PRAGMA synchronous = OFF"); !set) return set;
  return to->copy_from(*from);
}

Result<void> build_tiles(Database& database, const char* table, std::uint64_t log) {
  auto insert =
      database.prepare("INSERT INTO tile (log, level, number, hashes) VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return std::unexpected(insert.error());
  auto leaves = database.prepare("SELECT position, leaf FROM " + std::string(table) +
                                 " WHERE position >= ?1 ORDER BY position LIMIT ?2");
  if (!leaves) return std::unexpected(leaves.error());
  TileBuilder builder;
  std::vector<Tile> completed;
  for (std::uint64_t before = ~std::uint64_t{0}; before != builder.size();) {
    before = builder.size();
    leaves->bind(1, before).bind(2, kLeavesAtOnce);
    for (;;) {
      const auto row = leaves->step();
      if (!row) return std::unexpected(row.error());
      if (!*row) break;
      LeafHash leaf{};
      if (leaves->number(0) != builder.size() || leaves->bytes(1).size() != leaf.size()) {
        return fail(ErrorCode::kCorrupt, std::string(table) + " log, position " +
                                             std::to_string(builder.size()) + ": no leaf");
      }
      std::memcpy(leaf.data(), leaves->bytes(1).data(), leaf.size());
      builder.append(leaf, completed);
    }
    leaves->reset();
    for (const Tile& tile : completed) {
      const Bytes hashes = tile_bytes(tile.hashes);
      insert->bind(1, log).bind(2, tile.level).bind(3, tile.index).bind_blob(4, hashes);
      if (auto done = insert->run(); !done) return done;
    }
    completed.clear();
  }
  return {};
}

}  // namespace

Result<void> copy_journal(const fs::path& journal, const fs::path& copy, Disk* given) {
  MachineDisk machine;
  Disk& disk = given == nullptr ? machine : *given;
  std::error_code ignored;
  if (!fs::exists(journal, ignored)) {
    return fail(ErrorCode::kNotFound, "there is no journal at " + journal.string());
  }
  // Made here so that nobody else can read it, and nothing that is there is written over.
  const auto made = disk.make_private(copy);
  if (!made) return std::unexpected(made.error());
  if (!*made) return fail(ErrorCode::kAlreadyExists, copy.string() + " is there already");
  auto copied = copy_into(journal, copy);
  if (copied) copied = disk.flush_file(copy);
  if (copied) copied = disk.flush_name(copy);
  if (!copied) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      fs::remove(copy.string() + suffix, ignored);
    }
  }
  return copied;
}

Result<void> rebuild_journal(const fs::path& journal) {
  auto lock = FileLock::take(journal.string() + ".lock");
  if (!lock) return std::unexpected(std::move(lock.error()));
  auto database = Database::open(journal.string(), Database::Mode::kReadWrite, kBusyTimeoutMs);
  if (!database) return std::unexpected(std::move(database.error()));
  if (auto known = sqlite::check_schema(*database); !known) return known;
  if (auto set = database->run("PRAGMA synchronous = FULL"); !set) return set;
  auto transaction = sqlite::Transaction::begin(*database);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  // The tiles go first, so that an index over them has nothing left to be wrong about.
  if (auto done = database->run("DELETE FROM tile"); !done) return done;
  if (auto done = database->run("REINDEX"); !done) return done;
  for (const auto& [table, log] :
       {std::pair{"election", LogKind::kElection}, std::pair{"operations", LogKind::kOperations}}) {
    auto built = build_tiles(*database, table, static_cast<std::uint64_t>(log));
    if (!built) return built;
  }
  return transaction->commit();
}

}  // namespace urna::journal
