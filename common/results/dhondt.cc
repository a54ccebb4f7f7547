#include "common/results/dhondt.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/results/wide.h"

namespace urna::results {

namespace {

// Positions of the lists with the largest next quotient, those with more votes first; empty when no
// list has one.
void find_largest(std::span<const ListVotes> lists, std::span<const std::uint32_t> seats,
                  std::vector<std::uint32_t>& largest) {
  largest.clear();
  for (std::uint32_t i = 0; i < lists.size(); ++i) {
    if (lists[i].votes == 0 || seats[i] >= lists[i].seats_max) continue;
    if (!largest.empty()) {
      const std::uint32_t best = largest.front();
      const auto order =
          compare_quotients(lists[i].votes, seats[i] + 1, lists[best].votes, seats[best] + 1);
      if (order < 0) continue;
      if (order > 0) largest.clear();
    }
    largest.push_back(i);
  }
  if (largest.size() > 1) {
    std::ranges::stable_sort(largest, std::ranges::greater{},
                             [&](std::uint32_t i) { return lists[i].votes; });
  }
}

}  // namespace

std::strong_ordering compare_quotients(std::uint64_t votes_a, std::uint32_t divisor_a,
                                       std::uint64_t votes_b, std::uint32_t divisor_b) {
  const Wide a = Wide{votes_a} * divisor_b;
  const Wide b = Wide{votes_b} * divisor_a;
  return a < b   ? std::strong_ordering::less
         : a > b ? std::strong_ordering::greater
                 : std::strong_ordering::equal;
}

Allocation allocate_dhondt(std::span<const ListVotes> lists, std::uint32_t seats) {
  URNA_CHECK(seats > 0 && seats <= kSeatsMax);
  for (const ListVotes& list : lists) URNA_CHECK(list.votes < kVotesMax);
  Allocation result;
  result.seats.resize(lists.size());
  result.awards.reserve(seats);
  std::vector<std::uint32_t> largest;
  std::uint32_t left = seats;
  while (left > 0) {
    find_largest(lists, result.seats, largest);
    if (largest.empty()) {
      result.vacant = left;
      break;
    }
    if (largest.size() > left) {
      result.tied = std::move(largest);
      result.tied_seats = left;
      break;
    }
    for (const std::uint32_t i : largest) result.awards.push_back({i, ++result.seats[i]});
    left -= static_cast<std::uint32_t>(largest.size());
  }
  return result;
}

}  // namespace urna::results
