// Tiles: the Merkle tree as it is stored, 256 hashes at a time.
//
// The tile (level, index) holds the roots of 256 neighbouring subtrees of 256^level leaves each,
// those numbered from 256 * index. Only full tiles are stored; what stands to the right of them
// follows from the tiles of the level below, or from the leaves.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/journal/merkle.h"
#include "common/journal/store.h"

namespace urna::journal {

inline constexpr std::size_t kTileWidth = 256;
inline constexpr unsigned kTileHeight = 8;
// Levels enough for 2^64 leaves.
inline constexpr unsigned kTileLevels = 8;

struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::vector<LeafHash> hashes;
};

// The hashes of a tile laid end to end, 8,192 bytes, and back. kCorrupt for any other length.
Bytes tile_bytes(std::span<const LeafHash> hashes);
Result<std::vector<LeafHash>> tile_from_bytes(std::string_view bytes);

// True when a log of `size` entries has the tile whole.
bool tile_is_full(std::uint64_t size, unsigned level, std::uint64_t index);

// The root of a perfect tree over `hashes`, a power of two of them.
LeafHash perfect_root(std::span<const LeafHash> hashes);

// Completes tiles as leaves are appended. Holds at most 255 hashes of each level. Copyable, so that
// a writer can try a commit on a copy.
class TileBuilder {
 public:
  std::uint64_t size() const { return size_; }
  // Appends one leaf; tiles it completes go to `completed`, lower levels first.
  void append(const LeafHash& leaf, std::vector<Tile>& completed);

  // The builder of a stored log.
  static Result<TileBuilder> load(Store& store, LogKind log);

 private:
  std::uint64_t size_ = 0;
  // pending_[k]: roots of subtrees of 256^k leaves that stand in no full tile yet.
  std::vector<std::vector<LeafHash>> pending_;
};

// Reads parts of a stored log's tree, from tiles where they are full and from the level below where
// not. The size of the log is taken once, at open().
class TileReader {
 public:
  static Result<TileReader> open(Store& store, LogKind log);

  std::uint64_t size() const { return size_; }
  // Roots of the subtrees of 256^level leaves numbered [from, to), which share one tile.
  Result<std::vector<LeafHash>> nodes(unsigned level, std::uint64_t from, std::uint64_t to);
  // The right edge of the tree over entries [from, to), `from` a multiple of the largest power of
  // two within the range, as in every subtree of RFC 6962.
  Result<Frontier> frontier(std::uint64_t from, std::uint64_t to);

 private:
  TileReader(Store& store, LogKind log, std::uint64_t size)
      : store_(&store), log_(log), size_(size) {}

  Store* store_;
  LogKind log_;
  std::uint64_t size_;
};

}  // namespace urna::journal
