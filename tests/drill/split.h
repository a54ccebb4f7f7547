// Splits a figure over several that add up to it.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/drill/random.h"

namespace urna::drill {

// How each fares, in proportion to the others; none is 0.
using Weights = std::vector<std::uint32_t>;

// Splits `total` in proportion to `weights`, each shaken a little, exactly: what division leaves
// over goes to the first.
std::vector<std::uint32_t> split(std::uint32_t total, const Weights& weights, SplitMix64& random);

// The same, but what division leaves over is drawn one by one, by the weights: as single voters
// choose, where there are few of them.
std::vector<std::uint32_t> deal(std::uint32_t total, const Weights& weights, SplitMix64& random);

}  // namespace urna::drill
