// Which lists take part in the distribution of seats.
#pragma once

#include <cstdint>

#include "common/results/contest.h"

namespace urna::results {

// Whether `votes` are at least `percent` hundredths of `all`: votes × 100 ≥ all × percent, in 128
// bits, so equality qualifies. Votes below kVotesMax, percent in [0, 100]; 0 always passes.
// Source: LAW.md, allocation 1 [data].
bool reaches_threshold(std::uint64_t votes, std::uint64_t all, std::uint32_t percent);

// Whether the list takes part: its votes in the whole unit against the unit's valid votes, by the
// share that the rules set for its kind of committee. Where nobody takes part, all seats stay
// vacant (what the law of each year says about that case is [unverified]). Source: LAW.md,
// allocation 1 [data].
bool takes_part(const List& list, std::uint64_t unit_valid_votes, const RuleSet& rules);

}  // namespace urna::results
