#include "tests/sim/site.h"

#include <bit>
#include <cstring>

#include "common/trust/sha256.h"

namespace urna::sim {

void LogMirror::append(const RecordId& id, const journal::LeafHash& leaf) {
  ids.push_back(id);
  leaves.push_back(leaf);
  std::array<std::uint64_t, 4> words;
  std::memcpy(words.data(), id.bytes.data(), sizeof words);
  for (std::size_t i = 0; i < words.size(); ++i) set_sum[i] += words[i];
}

Result<void> Site::start(const trust::Anchors& anchors, node::Random random) {
  certificates = std::make_unique<trust::CertificateBook>(anchors);
  auto opened = node::Engine::open(config, *disk, *certificates, *identity, std::move(random));
  if (!opened) return std::unexpected(std::move(opened.error()));
  engine = std::move(*opened);
  ++starts;
  return {};
}

void Site::stop() {
  engine.reset();
  certificates.reset();
}

const journal::LeafHash& LogMirror::root(std::uint64_t size) {
  const auto [found, fresh] = roots.try_emplace(size);
  if (fresh) found->second = hash_of(0, size);
  return found->second;
}

journal::LeafHash LogMirror::hash_of(std::size_t from, std::size_t to) {
  if (from == to) return trust::sha256({});
  if (from + 1 == to) return leaves[from];
  const bool complete = std::has_single_bit(to - from);
  if (complete) {
    const auto found = subtrees_.find({from, to});
    if (found != subtrees_.end()) return found->second;
  }
  const std::size_t half = std::bit_floor(to - from - 1);
  const journal::LeafHash left = hash_of(from, from + half);
  const journal::LeafHash right = hash_of(from + half, to);
  const auto view = [](const journal::LeafHash& hash) {
    return std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size());
  };
  const journal::LeafHash both =
      trust::sha256({std::string_view("\x01", 1), view(left), view(right)});
  if (complete) subtrees_.emplace(std::pair{from, to}, both);
  return both;
}

}  // namespace urna::sim
