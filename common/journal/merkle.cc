#include "common/journal/merkle.h"

#include <bit>

#include "common/base/check.h"
#include "common/trust/sha256.h"

namespace urna::journal {

LeafHash leaf_hash(std::string_view input) {
  return trust::sha256({std::string_view("\0", 1), input});
}

LeafHash node_hash(const LeafHash& left, const LeafHash& right) {
  return trust::sha256({std::string_view("\1", 1), hash_view(left), hash_view(right)});
}

LeafHash record_leaf(std::string_view signed_record, const RecordId& id) {
  const LeafHash digest = trust::sha256({signed_record});
  return trust::sha256({std::string_view("\0", 1), hash_view(digest), id.view()});
}

LeafHash operations_leaf(std::string_view entry) {
  return leaf_hash(hash_view(trust::sha256({entry})));
}

void Frontier::append(const LeafHash& leaf) { append_subtree(leaf, 0); }

void Frontier::append_subtree(const LeafHash& root, unsigned height) {
  URNA_CHECK(height < 64);
  URNA_CHECK(size_ % (std::uint64_t{1} << height) == 0);
  LeafHash hash = root;
  for (unsigned bit = height; (size_ >> bit & 1) != 0; ++bit) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  size_ += std::uint64_t{1} << height;
}

LeafHash Frontier::root() const {
  if (peaks_.empty()) return trust::sha256({});
  LeafHash hash = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) hash = node_hash(peaks_[i], hash);
  return hash;
}

namespace {

// The walk from a node to the root that both checks share (RFC 9162, 2.1.3.2 and 2.1.4.2): the
// node's position and that of the last node on the same level.
struct Walk {
  std::uint64_t node;
  std::uint64_t last;

  // True when the next hash of the proof stands to the left.
  bool goes_left() const { return (node & 1) != 0 || node == last; }
  void step() {
    if (goes_left()) {
      while ((node & 1) == 0 && node != 0) up();
    }
    up();
  }
  void up() {
    node >>= 1;
    last >>= 1;
  }
};

}  // namespace

bool verify_inclusion(const LeafHash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const LeafHash> proof, const LeafHash& root) {
  if (index >= size) return false;
  Walk walk{index, size - 1};
  LeafHash hash = leaf;
  for (const LeafHash& next : proof) {
    if (walk.last == 0) return false;
    hash = walk.goes_left() ? node_hash(next, hash) : node_hash(hash, next);
    walk.step();
  }
  return walk.last == 0 && hash == root;
}

bool verify_consistency(std::uint64_t from, const LeafHash& from_root, std::uint64_t to,
                        const LeafHash& to_root, std::span<const LeafHash> proof) {
  if (from > to) return false;
  if (from == to) return proof.empty() && from_root == to_root;
  // Everything extends the empty log.
  if (from == 0) return proof.empty() && from_root == Frontier().root();
  Walk walk{from - 1, to - 1};
  while ((walk.node & 1) != 0) walk.up();
  LeafHash old_hash = from_root;
  if (!std::has_single_bit(from)) {
    if (proof.empty()) return false;
    old_hash = proof.front();
    proof = proof.subspan(1);
  }
  LeafHash new_hash = old_hash;
  for (const LeafHash& next : proof) {
    if (walk.last == 0) return false;
    if (walk.goes_left()) {
      old_hash = node_hash(next, old_hash);
      new_hash = node_hash(next, new_hash);
    } else {
      new_hash = node_hash(new_hash, next);
    }
    walk.step();
  }
  return walk.last == 0 && old_hash == from_root && new_hash == to_root;
}

}  // namespace urna::journal
