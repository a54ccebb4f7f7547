#include "common/journal/tiles.h"

#include <bit>
#include <cstring>

#include "common/base/check.h"

namespace urna::journal {

Bytes tile_bytes(std::span<const LeafHash> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(LeafHash));
  for (const LeafHash& hash : hashes) bytes.append(hash_view(hash));
  return bytes;
}

Result<std::vector<LeafHash>> tile_from_bytes(std::string_view bytes) {
  if (bytes.size() != kTileWidth * sizeof(LeafHash)) {
    return fail(ErrorCode::kCorrupt,
                "a stored tile has " + std::to_string(bytes.size()) + " bytes instead of 8192");
  }
  std::vector<LeafHash> hashes(kTileWidth);
  std::memcpy(hashes.data(), bytes.data(), bytes.size());
  return hashes;
}

bool tile_is_full(std::uint64_t size, unsigned level, std::uint64_t index) {
  if (level + 1 >= kTileLevels) return false;
  return size >> (kTileHeight * (level + 1)) > index;
}

LeafHash perfect_root(std::span<const LeafHash> hashes) {
  URNA_CHECK(std::has_single_bit(hashes.size()));
  std::vector<LeafHash> row(hashes.begin(), hashes.end());
  for (std::size_t width = row.size(); width > 1; width /= 2) {
    for (std::size_t i = 0; i < width / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  }
  return row.front();
}

void TileBuilder::append(const LeafHash& leaf, std::vector<Tile>& completed) {
  ++size_;
  LeafHash hash = leaf;
  for (unsigned level = 0;; ++level) {
    if (pending_.size() <= level) pending_.emplace_back();
    auto& row = pending_[level];
    row.push_back(hash);
    if (row.size() < kTileWidth) return;
    hash = perfect_root(row);
    const std::uint64_t index = (size_ >> (kTileHeight * (level + 1))) - 1;
    completed.push_back({level, index, std::move(row)});
    row.clear();
  }
}

Result<TileBuilder> TileBuilder::load(Store& store, LogKind log) {
  auto reader = TileReader::open(store, log);
  if (!reader) return std::unexpected(reader.error());
  TileBuilder builder;
  builder.size_ = reader->size();
  for (unsigned level = 0; level < kTileLevels; ++level) {
    const std::uint64_t count = builder.size_ >> (kTileHeight * level);
    if (count == 0) break;
    auto row = reader->nodes(level, count / kTileWidth * kTileWidth, count);
    if (!row) return std::unexpected(row.error());
    builder.pending_.push_back(std::move(*row));
  }
  return builder;
}

Result<TileReader> TileReader::open(Store& store, LogKind log) {
  auto size = store.size(log);
  if (!size) return std::unexpected(size.error());
  return TileReader(store, log, *size);
}

Result<std::vector<LeafHash>> TileReader::nodes(unsigned level, std::uint64_t from,
                                                std::uint64_t to) {
  if (from == to) return std::vector<LeafHash>();
  const std::uint64_t index = from / kTileWidth;
  URNA_CHECK(from < to && (to - 1) / kTileWidth == index);
  if (tile_is_full(size_, level, index)) {
    auto tile = store_->tile(log_, level, index);
    if (!tile) return tile;
    const std::uint64_t first = index * kTileWidth;
    return std::vector<LeafHash>(tile->begin() + (from - first), tile->begin() + (to - first));
  }
  if (level == 0) {
    auto leaves = store_->leaves(log_, from, to);
    if (leaves && leaves->size() != to - from) {
      return fail(ErrorCode::kCorrupt, "the log lacks entries between positions " +
                                           std::to_string(from) + " and " + std::to_string(to));
    }
    return leaves;
  }
  std::vector<LeafHash> roots;
  for (std::uint64_t i = from; i < to; ++i) {
    auto tile = store_->tile(log_, level - 1, i);
    if (!tile) return tile;
    roots.push_back(perfect_root(*tile));
  }
  return roots;
}

Result<Frontier> TileReader::frontier(std::uint64_t from, std::uint64_t to) {
  Frontier frontier;
  while (from < to) {
    const auto height = static_cast<unsigned>(std::bit_width(to - from) - 1);
    const unsigned level = height / kTileHeight;
    const unsigned width_bits = height % kTileHeight;
    const std::uint64_t first = from >> (kTileHeight * level);
    auto row = nodes(level, first, first + (std::uint64_t{1} << width_bits));
    if (!row) return std::unexpected(row.error());
    frontier.append_subtree(perfect_root(*row), height);
    from += std::uint64_t{1} << height;
  }
  return frontier;
}

}  // namespace urna::journal
