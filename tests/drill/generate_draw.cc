#include "tests/drill/generate_draw.h"

#include <algorithm>
#include <numeric>

#include "common/base/check.h"

namespace urna::drill {

std::uint32_t draw(const Deciles& deciles, SplitMix64& random) {
  const std::size_t tenth = random.below(deciles.size() - 1);
  return random.between(deciles[tenth], deciles[tenth + 1]);
}

std::size_t pick(std::span<const std::uint32_t> weights, SplitMix64& random) {
  std::uint64_t left = random.below(std::accumulate(weights.begin(), weights.end(), 0ULL));
  std::size_t at = 0;
  for (; left >= weights[at]; ++at) left -= weights[at];
  return at;
}

std::vector<std::size_t> choose(std::size_t count, std::size_t bound, SplitMix64& random) {
  URNA_CHECK(count <= bound);
  // Knuth's selection sampling (The Art of Computer Programming 2, 3.4.2, algorithm S).
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; chosen.size() < count; ++i) {
    if (random.below(bound - i) < count - chosen.size()) chosen.push_back(i);
  }
  return chosen;
}

std::vector<std::uint32_t> apportion(std::uint32_t total, std::span<const std::uint64_t> weights,
                                     std::uint32_t least) {
  URNA_CHECK(total >= std::uint64_t{least} * weights.size());
  const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  const auto free = static_cast<std::uint32_t>(total - std::uint64_t{least} * weights.size());
  std::vector<std::uint32_t> parts;
  std::uint32_t left = free;
  for (const std::uint64_t weight : weights) {
    parts.push_back(static_cast<std::uint32_t>(free * weight / sum));
    left -= parts.back();
    parts.back() += least;
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return free * weights[i] % sum; });
  for (std::size_t i = 0; i < left; ++i) ++parts[order[i]];
  return parts;
}

}  // namespace urna::drill
