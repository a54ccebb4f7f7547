#include "tests/drill/split.h"

namespace urna::drill {

namespace {

// Parts in proportion to weights shaken a little, rounded down, and what is left.
struct Rounded {
  std::vector<std::uint32_t> parts;
  std::vector<std::uint64_t> shaken;
  std::uint64_t sum = 0;  // of `shaken`
  std::uint32_t left = 0;
};

Rounded round_down(std::uint32_t total, const Weights& weights, SplitMix64& random) {
  Rounded rounded;
  for (std::uint32_t weight : weights) {
    rounded.shaken.push_back(std::uint64_t{weight} * random.between(75, 125));
    rounded.sum += rounded.shaken.back();
  }
  rounded.left = total;
  for (std::uint64_t weight : rounded.shaken) {
    rounded.parts.push_back(static_cast<std::uint32_t>(total * weight / rounded.sum));
    rounded.left -= rounded.parts.back();
  }
  return rounded;
}

}  // namespace

std::vector<std::uint32_t> split(std::uint32_t total, const Weights& weights, SplitMix64& random) {
  Rounded rounded = round_down(total, weights, random);
  rounded.parts.front() += rounded.left;
  return std::move(rounded.parts);
}

std::vector<std::uint32_t> deal(std::uint32_t total, const Weights& weights, SplitMix64& random) {
  Rounded rounded = round_down(total, weights, random);
  for (; rounded.left > 0; --rounded.left) {
    std::uint64_t drawn = random.below(rounded.sum);
    std::size_t at = 0;
    for (; drawn >= rounded.shaken[at]; ++at) drawn -= rounded.shaken[at];
    ++rounded.parts[at];
  }
  return std::move(rounded.parts);
}

}  // namespace urna::drill
