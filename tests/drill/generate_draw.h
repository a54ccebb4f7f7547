// Drawing from what was measured, and dividing wholes exactly. Integers only, so that a seed gives
// the same nation on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/drill/random.h"

namespace urna::drill {

// About the least, the nine deciles and about the greatest of something measured, ascending.
using Deciles = std::array<std::uint32_t, 11>;

// A figure so distributed: a tenth of them lies between each two neighbours, evenly.
std::uint32_t draw(const Deciles& deciles, SplitMix64& random);

// A position of `weights`, as often as its weight among all. At least one weight is above 0.
std::size_t pick(std::span<const std::uint32_t> weights, SplitMix64& random);

// `count` different numbers below `bound`, ascending; `count` at most `bound`.
std::vector<std::size_t> choose(std::size_t count, std::size_t bound, SplitMix64& random);

// Divides `total` in proportion to `weights`: everybody gets `least`, and the rest goes by largest
// remainders, the earlier first among equals. The parts add up to `total` exactly. Not all weights
// are 0; `total` is at least least · weights.size(); total · Σ weights is below 2^64.
std::vector<std::uint32_t> apportion(std::uint32_t total, std::span<const std::uint64_t> weights,
                                     std::uint32_t least);

}  // namespace urna::drill
