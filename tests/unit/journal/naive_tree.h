// The Merkle tree as RFC 6962, section 2.1 defines it: recursive, over a whole list, with nothing
// shared with the code under test. SHA-256 comes from OpenSSL itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/journal/store.h"

namespace urna::journal::naive {

LeafHash sha256(const std::string& bytes);
LeafHash leaf(const std::string& input);
// MTH of a list of leaf hashes.
LeafHash root(std::span<const LeafHash> leaves);
// PATH(m, D[n]) and PROOF(m, D[n]).
std::vector<LeafHash> path(std::size_t m, std::span<const LeafHash> leaves);
std::vector<LeafHash> consistency(std::size_t m, std::span<const LeafHash> leaves);

}  // namespace urna::journal::naive
