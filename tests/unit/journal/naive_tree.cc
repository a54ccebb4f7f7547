#include "tests/unit/journal/naive_tree.h"

#include <openssl/sha.h>

namespace urna::journal::naive {
namespace {

std::string text(const LeafHash& hash) { return {hash.begin(), hash.end()}; }

LeafHash node(const LeafHash& left, const LeafHash& right) {
  return sha256("\1" + text(left) + text(right));
}

// "let k be the largest power of two smaller than n"
std::size_t split(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

std::vector<LeafHash> followed_by(std::vector<LeafHash> hashes, const LeafHash& last) {
  hashes.push_back(last);
  return hashes;
}

std::vector<LeafHash> subproof(std::size_t m, std::span<const LeafHash> d, bool known) {
  if (m == d.size()) return known ? std::vector<LeafHash>{} : std::vector{root(d)};
  const std::size_t k = split(d.size());
  if (m <= k) return followed_by(subproof(m, d.first(k), known), root(d.subspan(k)));
  return followed_by(subproof(m - k, d.subspan(k), false), root(d.first(k)));
}

}  // namespace

LeafHash sha256(const std::string& bytes) {
  LeafHash hash;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  return hash;
}

LeafHash leaf(const std::string& input) { return sha256(std::string(1, '\0') + input); }

LeafHash root(std::span<const LeafHash> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves[0];
  const std::size_t k = split(leaves.size());
  return node(root(leaves.first(k)), root(leaves.subspan(k)));
}

std::vector<LeafHash> path(std::size_t m, std::span<const LeafHash> leaves) {
  if (leaves.size() == 1) return {};
  const std::size_t k = split(leaves.size());
  if (m < k) return followed_by(path(m, leaves.first(k)), root(leaves.subspan(k)));
  return followed_by(path(m - k, leaves.subspan(k)), root(leaves.first(k)));
}

std::vector<LeafHash> consistency(std::size_t m, std::span<const LeafHash> leaves) {
  return subproof(m, leaves, true);
}

}  // namespace urna::journal::naive
