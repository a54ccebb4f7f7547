// The RFC 6962 Merkle tree: leaf and node hashes, a frontier that appends in O(log n), proofs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::journal {

inline std::string_view hash_view(const LeafHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// SHA-256(0x00 ‖ input).
LeafHash leaf_hash(std::string_view input);
// SHA-256(0x01 ‖ left ‖ right).
LeafHash node_hash(const LeafHash& left, const LeafHash& right);
// The leaf of an election log entry: leaf_hash(SHA-256(record) ‖ record_id).
LeafHash record_leaf(std::string_view signed_record, const RecordId& id);
// The leaf of an operations log entry: leaf_hash(SHA-256(entry)).
LeafHash operations_leaf(std::string_view entry);

// The right edge of a growing tree: enough to append and to know the root. Copyable, 64 hashes at
// most.
class Frontier {
 public:
  void append(const LeafHash& leaf);
  // Appends a perfect subtree of 2^height leaves by its root. `size()` must be a multiple of
  // 2^height: a tree grows only by subtrees that are aligned in it.
  void append_subtree(const LeafHash& root, unsigned height);
  std::uint64_t size() const { return size_; }
  // SHA-256 of nothing when empty.
  LeafHash root() const;

 private:
  std::uint64_t size_ = 0;
  // Roots of the perfect subtrees that `size_` decomposes into, largest first.
  std::vector<LeafHash> peaks_;
};

// The frontier of a stored log, read through its tiles: at most 255 leaves and, for each level, 255
// tiles, however long the log is.
Result<Frontier> load_frontier(Store& store, LogKind log);

// RFC 6962 audit path (2.1.1) of leaf `index` in the tree of `size` leaves, and its check.
// kInvalidArgument unless index < size <= size of the log.
Result<std::vector<LeafHash>> inclusion_proof(Store& store, LogKind log, std::uint64_t index,
                                              std::uint64_t size);
bool verify_inclusion(const LeafHash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const LeafHash> proof, const LeafHash& root);
// RFC 6962 consistency proof (2.1.2) between two sizes of one log, and its check. The proof is
// empty when `from` is 0 or equal to `to`. kInvalidArgument unless from <= to <= size of the log.
Result<std::vector<LeafHash>> consistency_proof(Store& store, LogKind log, std::uint64_t from,
                                                std::uint64_t to);
bool verify_consistency(std::uint64_t from, const LeafHash& from_root, std::uint64_t to,
                        const LeafHash& to_root, std::span<const LeafHash> proof);

}  // namespace urna::journal
