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
  return {};
}

void Site::stop() {
  engine.reset();
  certificates.reset();
}

journal::LeafHash naive_root(const std::vector<journal::LeafHash>& leaves, std::size_t from,
                             std::size_t to) {
  if (from == to) return trust::sha256({});
  if (from + 1 == to) return leaves[from];
  const std::size_t half = std::bit_floor(to - from - 1);
  const journal::LeafHash left = naive_root(leaves, from, from + half);
  const journal::LeafHash right = naive_root(leaves, from + half, to);
  const auto view = [](const journal::LeafHash& hash) {
    return std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size());
  };
  return trust::sha256({std::string_view("\x01", 1), view(left), view(right)});
}

}  // namespace urna::sim
