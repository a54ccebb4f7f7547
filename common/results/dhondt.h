// Seats to lists by d'Hondt's method.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "common/results/contest.h"

namespace urna::results {

// A list in the distribution: only lists that take part are passed in.
struct ListVotes {
  std::uint64_t votes = 0;              // in the district, below kVotesMax
  std::uint32_t seats_max = kSeatsMax;  // the candidates it has; kSeatsMax where nothing limits it
};

// A quotient that won a seat: votes of `list` (its position) divided by `divisor`.
struct Award {
  std::uint32_t list = 0;
  std::uint32_t divisor = 1;
};

struct Allocation {
  std::vector<std::uint32_t> seats;  // per list: certain, ties for the last seats left out
  std::vector<Award> awards;         // largest quotient first; of equal ones, more votes first
  std::vector<std::uint32_t> tied;   // lists whose equal quotients compete for the last seats
  std::uint32_t tied_seats = 0;      // how many seats these compete for: fewer than there are lists
  std::uint32_t vacant = 0;          // seats that no quotient is left for
};

// Compares votes_a / divisor_a with votes_b / divisor_b by cross-multiplying in 128 bits.
std::strong_ordering compare_quotients(std::uint64_t votes_a, std::uint32_t divisor_a,
                                       std::uint64_t votes_b, std::uint32_t divisor_b);

// Splits `seats` among lists: of the quotients votes/1, votes/2, … the `seats` largest win one
// each. A list with no votes wins nothing; a list that has won seats_max takes no further part, so
// what it might have won goes to the next largest quotients. Equal quotients for more seats than
// are left are not decided here but returned as `tied`: the order among them is the rule set's.
// `seats` in [1, kSeatsMax]. The order of `lists` changes nothing but positions.
// Source: Electoral Code art. 444 §1 (LAW.md, allocation 2 [data][code]; seats_max is 5
// [unverified]).
Allocation allocate_dhondt(std::span<const ListVotes> lists, std::uint32_t seats);

}  // namespace urna::results
