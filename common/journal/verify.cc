#include "common/journal/verify.h"

#include <optional>

#include "common/journal/merkle.h"
#include "common/journal/tiles.h"

namespace urna::journal {
namespace {

constexpr std::size_t kChunkRecords = 512;
constexpr std::size_t kChunkBytes = std::size_t{8} << 20;

std::unexpected<Error> corrupt(LogKind log, std::uint64_t position, std::string_view what) {
  return fail(ErrorCode::kCorrupt,
              std::string(log == LogKind::kElection ? "election" : "operations") +
                  " log, position " + std::to_string(position) + ": " + std::string(what));
}

struct Leaf {
  std::uint64_t position;
  LeafHash stored;
  LeafHash computed;
  std::optional<RecordId> id;  // election log
};

Result<std::vector<Leaf>> read_leaves(Store& store, LogKind log, std::uint64_t from) {
  std::vector<Leaf> leaves;
  if (log == LogKind::kElection) {
    auto entries = store.read_election(from, kChunkRecords, kChunkBytes);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& [position, entry] : *entries) {
      leaves.push_back({position, entry.leaf, record_leaf(entry.record, entry.id), entry.id});
    }
  } else {
    auto rows = store.read_operations(from, kChunkRecords);
    if (!rows) return std::unexpected(rows.error());
    for (const auto& [position, row] : *rows) {
      leaves.push_back({position, row.leaf, operations_leaf(row.entry), {}});
    }
  }
  return leaves;
}

Result<void> check_leaf(LogKind log, const Leaf& leaf, std::uint64_t position) {
  if (leaf.position != position) return corrupt(log, position, "the entry is missing");
  if (leaf.stored != leaf.computed) {
    return corrupt(log, position, "the entry's bytes do not match its leaf hash");
  }
  return {};
}

Result<void> check_found(Store& store, LogKind log, const Leaf& leaf) {
  if (!leaf.id) return {};
  const auto found = store.find(*leaf.id);
  if (!found) return std::unexpected(found.error());
  if (*found == leaf.position) return {};
  return corrupt(log, leaf.position,
                 *found ? "looked up by its id, the record is at " + std::to_string(**found)
                        : "the record is not found by its id");
}

Result<void> compare_tile(Store& store, LogKind log, const Tile& tile) {
  // Entries under one hash of this tile.
  const unsigned shift = kTileHeight * tile.level;
  const std::uint64_t first = tile.index * kTileWidth;
  auto stored = store.tile(log, tile.level, tile.index);
  if (!stored) return corrupt(log, first << shift, "tile not readable: " + stored.error().message);
  for (std::size_t i = 0; i < kTileWidth; ++i) {
    if ((*stored)[i] == tile.hashes[i]) continue;
    return corrupt(
        log, (first + i) << shift,
        "the stored tile of level " + std::to_string(tile.level) + " differs from the entries");
  }
  return {};
}

}  // namespace

Result<void> verify_tail(Store& store, LogKind log) {
  const auto size = store.size(log);
  if (!size) return std::unexpected(size.error());
  std::uint64_t position = *size / kTileWidth * kTileWidth;
  while (position < *size) {
    const auto leaves = read_leaves(store, log, position);
    if (!leaves) return std::unexpected(leaves.error());
    if (leaves->empty()) return corrupt(log, position, "the entry is missing");
    for (const Leaf& leaf : *leaves) {
      if (auto sound = check_leaf(log, leaf, position); !sound) return sound;
      ++position;
    }
  }
  return {};
}

Result<void> verify_log(Store& store, LogKind log) {
  const auto size = store.size(log);
  if (!size) return std::unexpected(size.error());
  TileBuilder builder;
  std::vector<Tile> completed;
  while (builder.size() < *size) {
    const auto leaves = read_leaves(store, log, builder.size());
    if (!leaves) return std::unexpected(leaves.error());
    if (leaves->empty()) return corrupt(log, builder.size(), "the entry is missing");
    for (const Leaf& leaf : *leaves) {
      if (builder.size() == *size) break;
      if (auto sound = check_leaf(log, leaf, builder.size()); !sound) return sound;
      if (auto sound = check_found(store, log, leaf); !sound) return sound;
      builder.append(leaf.computed, completed);
      for (const Tile& tile : completed) {
        if (auto same = compare_tile(store, log, tile); !same) return same;
      }
      completed.clear();
    }
  }
  return {};
}

}  // namespace urna::journal
