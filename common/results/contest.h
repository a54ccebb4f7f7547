// What every computation of a result takes: candidates, lists, figures of precincts.
//
// These are views of the caller's data (rows of a file, a definition and its tally) with names as
// they stand on the ballot. Votes are exact counts; nothing here is ever divided to decide.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>

#include "common/results/rules.h"

namespace urna::results {

// A list, or a candidate, as the ballot paper names it.
struct BallotName {
  std::uint32_t list = 0;  // number of the list; 0 in a mayor's contest
  std::uint32_t place =
      0;  // place on the list, or number of a mayor's candidate; 0: the list itself
  auto operator<=>(const BallotName&) const = default;
};

struct Candidate {
  BallotName name;
  // In [0, 999'999'999]. None: struck off the list after registration; wins nothing.
  std::optional<std::uint32_t> votes;
};

struct List {
  std::uint32_t number = 0;
  CommitteeKind kind = CommitteeKind::kUnspecified;
  // In the district. May exceed the sum of its candidates when one was struck off (rule E6).
  std::uint64_t votes = 0;
  // In all districts of the unit together, for the threshold.
  std::uint64_t unit_votes = 0;
};

// Votes per precinct, for ties that the law settles by precincts. Row by row: one row per precinct,
// one column per list or candidate in the order of the contest. A table that is not needed is
// empty.
struct PrecinctFigures {
  std::size_t precincts = 0;
  std::span<const std::uint32_t> lists;
  std::span<const std::uint32_t> candidates;
};

// Votes of one list or of one unit stay below this, so that products fit 128 bits.
inline constexpr std::uint64_t kVotesMax = 1'000'000'000'000'000'000;
// Seats of one district stay at or below this: far above any real one.
inline constexpr std::uint32_t kSeatsMax = 10'000;

}  // namespace urna::results
