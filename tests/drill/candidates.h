// Seats, candidates and their votes for councils whose data set tells of lists only. All of it is
// invented from a seed; no total of a list, a point or a protocol changes.
#pragma once

#include "common/base/error.h"
#include "tests/drill/dataset.h"

namespace urna::drill {

// Two candidates of one list between whom only a lot can decide: they stand at the list's last
// seat, equal in votes and in the number of precincts in which each is ahead of the other.
struct InjectedTie {
  std::size_t contest = 0;  // into Dataset::contests
  std::size_t option = 0;   // the list, into DatasetContest::options
  std::uint32_t first = 0;  // positions on it
  std::uint32_t second = 0;
};

// Whether some council of lists, whose members are elected, is without candidates.
bool needs_candidates(const Dataset& data);

// Gives every council of lists seats, where it has none, and candidates, splits each list's votes
// in every protocol over them (so that E5 holds), marks it as synthetic, and makes one tie. The
// same data set and seed give the same. kInvalidArgument when no list of the data set can hold the
// tie.
Result<InjectedTie> invent_candidates(Dataset& data, std::uint64_t seed);

}  // namespace urna::drill
