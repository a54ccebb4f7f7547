#include "tests/drill/split.h"

namespace urna::drill {

std::vector<std::uint32_t> split(std::uint32_t total, const Weights& weights, SplitMix64& random) {
  std::vector<std::uint64_t> shaken;
  std::uint64_t sum = 0;
  for (std::uint32_t weight : weights) {
    shaken.push_back(std::uint64_t{weight} * random.between(75, 125));
    sum += shaken.back();
  }
  std::vector<std::uint32_t> parts;
  std::uint32_t left = total;
  for (std::uint64_t weight : shaken) {
    parts.push_back(static_cast<std::uint32_t>(total * weight / sum));
    left -= parts.back();
  }
  parts.front() += left;
  return parts;
}

}  // namespace urna::drill
