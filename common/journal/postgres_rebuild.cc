#include "common/journal/postgres_rebuild.h"

#include "common/journal/postgres_edge.h"
#include "common/journal/postgres_schema.h"
#include "common/journal/tiles.h"

namespace urna::journal {
namespace {

constexpr std::uint64_t kLeavesAtOnce = 16'384;
constexpr const char* kIndexed[] = {"log", "record", "operations", "blob", "peer_cursor", "notice"};

// `read` gives leaves from a position on, at most so many: the prepared statement of a log.
Result<void> build_tiles(pqxx::work& work, const char* read, LogKind log) {
  TileBuilder builder;
  std::vector<Tile> completed;
  for (;;) {
    const auto rows = work.exec_prepared(read, builder.size(), kLeavesAtOnce);
    if (rows.empty()) return {};
    for (const auto& row : rows) {
      if (postgres::number_of(row[0]) != builder.size()) {
        return fail(ErrorCode::kCorrupt, std::string(read) + " log, position " +
                                             std::to_string(builder.size()) +
                                             ": the entry is missing");
      }
      builder.append(postgres::hash_of(row[1]), completed);
    }
    for (const Tile& tile : completed) {
      work.exec_prepared("tile", static_cast<int>(log), tile.level, tile.index,
                         postgres::binary(tile_bytes(tile.hashes)));
    }
    completed.clear();
  }
}

}  // namespace

Result<void> rebuild_database(const std::string& connection) {
  return postgres::guarded([&]() -> Result<void> {
    const auto session = postgres::connect(connection);
    if (auto locked = postgres::take_writer_lock(*session); !locked) return locked;
    if (auto known = postgres::check_migrated(*session); !known) return known;
    session->prepare("election",
                     "SELECT position, leaf FROM urna.log WHERE position >= $1 "
                     "ORDER BY position LIMIT $2");
    session->prepare("operations",
                     "SELECT position, leaf FROM urna.operations WHERE position >= $1 "
                     "ORDER BY position LIMIT $2");
    session->prepare("tile",
                     "INSERT INTO urna.tile (log, level, number, hashes) VALUES ($1, $2, $3, $4)");
    pqxx::work work(*session);
    for (const char* table : kIndexed) work.exec0("REINDEX TABLE urna." + std::string(table));
    work.exec0("TRUNCATE urna.tile");
    for (const auto& [read, log] : {std::pair{"election", LogKind::kElection},
                                    std::pair{"operations", LogKind::kOperations}}) {
      if (auto built = build_tiles(work, read, log); !built) return built;
    }
    work.commit();
    return {};
  });
}

}  // namespace urna::journal
