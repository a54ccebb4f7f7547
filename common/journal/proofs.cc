// Roots and proofs of stored logs, read through tiles.
#include <algorithm>
#include <bit>

#include "common/journal/merkle.h"
#include "common/journal/tiles.h"

namespace urna::journal {
namespace {

// The largest power of two below `n`, for n > 1: where RFC 6962 splits a tree.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

Result<TileReader> reader_for(Store& store, LogKind log, std::uint64_t size) {
  auto reader = TileReader::open(store, log);
  if (reader && size > reader->size()) {
    return fail(ErrorCode::kInvalidArgument, "the log has " + std::to_string(reader->size()) +
                                                 " entries, not " + std::to_string(size));
  }
  return reader;
}

Result<void> push_root(TileReader& reader, std::uint64_t from, std::uint64_t to,
                       std::vector<LeafHash>& proof) {
  auto frontier = reader.frontier(from, to);
  if (!frontier) return std::unexpected(frontier.error());
  proof.push_back(frontier->root());
  return {};
}

}  // namespace

Result<Frontier> load_frontier(Store& store, LogKind log) {
  auto reader = TileReader::open(store, log);
  if (!reader) return std::unexpected(reader.error());
  return reader->frontier(0, reader->size());
}

Result<LeafHash> root_at(Store& store, LogKind log, std::uint64_t size) {
  auto reader = reader_for(store, log, size);
  if (!reader) return std::unexpected(reader.error());
  auto frontier = reader->frontier(0, size);
  if (!frontier) return std::unexpected(frontier.error());
  return frontier->root();
}

Result<std::vector<LeafHash>> inclusion_proof(Store& store, LogKind log, std::uint64_t index,
                                              std::uint64_t size) {
  auto reader = reader_for(store, log, size);
  if (!reader) return std::unexpected(reader.error());
  if (index >= size) {
    return fail(ErrorCode::kInvalidArgument, "entry " + std::to_string(index) +
                                                 " is not among the first " + std::to_string(size));
  }
  // From the root down; the proof reads from the leaf up.
  std::vector<LeafHash> proof;
  std::uint64_t from = 0;
  for (std::uint64_t n = size; n > 1;) {
    const std::uint64_t k = split(n);
    const bool left = index - from < k;
    auto pushed = left ? push_root(*reader, from + k, from + n, proof)
                       : push_root(*reader, from, from + k, proof);
    if (!pushed) return std::unexpected(pushed.error());
    from += left ? 0 : k;
    n = left ? k : n - k;
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<std::vector<LeafHash>> consistency_proof(Store& store, LogKind log, std::uint64_t from,
                                                std::uint64_t to) {
  auto reader = reader_for(store, log, to);
  if (!reader) return std::unexpected(reader.error());
  if (from > to) {
    return fail(ErrorCode::kInvalidArgument, "a log of " + std::to_string(from) +
                                                 " entries is no prefix of " + std::to_string(to));
  }
  std::vector<LeafHash> proof;
  if (from == 0 || from == to) return proof;
  // SUBPROOF(from, D[to], true) of RFC 6962, 2.1.2, from the root down.
  std::uint64_t first = 0;
  std::uint64_t n = to;
  while (from - first != n) {
    const std::uint64_t k = split(n);
    const bool left = from - first <= k;
    auto pushed = left ? push_root(*reader, first + k, first + n, proof)
                       : push_root(*reader, first, first + k, proof);
    if (!pushed) return std::unexpected(pushed.error());
    first += left ? 0 : k;
    n = left ? k : n - k;
  }
  // The old root itself is known to whoever checks.
  if (first != 0) {
    auto pushed = push_root(*reader, first, first + n, proof);
    if (!pushed) return std::unexpected(pushed.error());
  }
  std::ranges::reverse(proof);
  return proof;
}

}  // namespace urna::journal
