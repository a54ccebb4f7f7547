// A district's input: whether it contradicts itself, and its figures as lines of a lot's context.
// Internal to this module.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/results/council.h"

namespace urna::results {

inline constexpr std::uint32_t kCandidateVotesMax = 999'999'999;

// kInvalidArgument, naming the contest and what is wrong.
Result<void> check_district(const CouncilDistrict& district);
// Candidates alone, as a mayor's contest has them: names that repeat, votes out of range, a table
// of precincts of another shape or with other sums. `contest` stands in the message.
Result<void> check_candidates(const std::string& contest, std::span<const Candidate> candidates,
                              const std::optional<PrecinctFigures>& precincts);

// How many candidates from `first` on belong to the list at position `list`.
std::size_t list_length(const CouncilDistrict& district, std::size_t list, std::size_t first);

// "candidate LIST PLACE VOTES\n" for each position, ascending by name.
std::string candidate_lines(std::span<const Candidate> candidates,
                            std::span<const std::size_t> positions);
// Seats, surplus, the unit's valid votes and every list, ascending by number. `orders` holds each
// list's standing candidates.
std::string list_lines(const CouncilDistrict& district,
                       std::span<const std::vector<std::size_t>> orders);

}  // namespace urna::results
