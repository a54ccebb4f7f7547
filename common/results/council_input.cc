#include "common/results/council_input.h"

#include <algorithm>
#include <numeric>

namespace urna::results {

namespace {

std::unexpected<Error> wrong(const std::string& contest, const std::string& what) {
  return fail(ErrorCode::kInvalidArgument, contest + ": " + what);
}

std::string name_text(const BallotName& name) {
  return name.list == 0
             ? "candidate " + std::to_string(name.place)
             : "list " + std::to_string(name.list) + " place " + std::to_string(name.place);
}

// The first name that stands twice. Input is nearly always in order, so that sorting is rare.
template <class Range, class Projection>
auto find_repeated(const Range& range, Projection name)
    -> std::optional<std::remove_cvref_t<decltype(std::invoke(name, range[0]))>> {
  const auto rises = [](const auto& a, const auto& b) { return !(a < b); };
  if (std::ranges::adjacent_find(range, rises, name) == range.end()) return std::nullopt;
  std::vector<std::remove_cvref_t<decltype(std::invoke(name, range[0]))>> names;
  std::ranges::transform(range, std::back_inserter(names), name);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return std::nullopt;
  return *twice;
}

template <class Expected>
Result<void> check_table(const std::string& contest, std::span<const std::uint32_t> table,
                         std::size_t precincts, std::size_t width, Expected expected) {
  if (table.empty()) return {};
  if (table.size() != precincts * width) {
    return wrong(contest, "the precincts' figures have another number of columns");
  }
  for (std::size_t column = 0; column < width; ++column) {
    std::uint64_t sum = 0;
    for (std::size_t row = 0; row < precincts; ++row) sum += table[row * width + column];
    const std::optional<std::uint64_t> total = expected(column);
    if (total && *total != sum) {
      return wrong(contest, "the precincts' figures of column " + std::to_string(column + 1) +
                                " do not add up to the total");
    }
  }
  return {};
}

// The lists, each with its candidates; what is left over belongs to none.
Result<void> check_lists(const CouncilDistrict& d, const std::string& contest) {
  if (const auto twice = find_repeated(d.lists, &List::number)) {
    return wrong(contest, "list " + std::to_string(*twice) + " stands twice");
  }
  std::size_t first = 0;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < d.lists.size(); ++i) {
    const List& list = d.lists[i];
    const std::string name = "list " + std::to_string(list.number);
    const std::size_t count = list_length(d, i, first);
    std::uint64_t sum = 0;
    for (const Candidate& one : d.candidates.subspan(first, count)) sum += one.votes.value_or(0);
    if (sum > list.votes) return wrong(contest, name + " has fewer votes than its candidates");
    if (list.votes > list.unit_votes) {
      return wrong(contest, name + " has fewer votes in the unit than in the district");
    }
    if (list.unit_votes >= kVotesMax) return wrong(contest, name + " has votes out of range");
    all += list.unit_votes;  // below 2^64 for as long as no total is out of range
    if (all > d.unit_valid_votes) {
      return wrong(contest, "the lists have more votes than there are valid votes in the unit");
    }
    first += count;
  }
  if (first == d.candidates.size()) return {};
  return wrong(contest, name_text(d.candidates[first].name) + " is not grouped with its list");
}

}  // namespace

std::size_t list_length(const CouncilDistrict& district, std::size_t list, std::size_t first) {
  std::size_t end = first;
  while (end < district.candidates.size() &&
         district.candidates[end].name.list == district.lists[list].number) {
    ++end;
  }
  return end - first;
}

Result<void> check_candidates(const std::string& contest, std::span<const Candidate> candidates,
                              const std::optional<PrecinctFigures>& precincts) {
  if (const auto twice = find_repeated(candidates, &Candidate::name)) {
    return wrong(contest, name_text(*twice) + " stands twice");
  }
  for (const Candidate& one : candidates) {
    if (one.name.place == 0) return wrong(contest, "a candidate has no place on the ballot");
    if (one.votes.value_or(0) > kCandidateVotesMax) {
      return wrong(contest, name_text(one.name) + " has votes out of range");
    }
  }
  if (!precincts) return {};
  return check_table(
      contest, precincts->candidates, precincts->precincts, candidates.size(),
      [&](std::size_t i) -> std::optional<std::uint64_t> { return candidates[i].votes; });
}

Result<void> check_district(const CouncilDistrict& d) {
  const std::string& contest = d.contest.contest.str();
  if (d.seats == 0 || d.seats > kSeatsMax) {
    return wrong(contest, "seats must be 1 to " + std::to_string(kSeatsMax));
  }
  if (d.unit_valid_votes >= kVotesMax) return wrong(contest, "valid votes out of range");
  if (auto good = check_candidates(contest, d.candidates, d.precincts); !good) return good;
  if (!d.voted) {
    if (d.candidates.size() > d.seats) {
      return wrong(contest, "no votes, though there are more candidates than seats");
    }
    if (std::ranges::any_of(d.candidates, [](const Candidate& c) { return c.votes.has_value(); })) {
      return wrong(contest, "votes in a district without a vote");
    }
    return {};
  }
  if (d.method == Method::kTopN) {
    return d.lists.empty() ? Result<void>() : wrong(contest, "top N knows no lists");
  }
  if (auto good = check_lists(d, contest); !good) return good;
  if (!d.precincts) return {};
  return check_table(
      contest, d.precincts->lists, d.precincts->precincts, d.lists.size(),
      [&](std::size_t i) -> std::optional<std::uint64_t> { return d.lists[i].votes; });
}

std::string candidate_lines(std::span<const Candidate> candidates,
                            std::span<const std::size_t> positions) {
  std::vector<std::size_t> order(positions.begin(), positions.end());
  std::ranges::sort(order, {}, [&](std::size_t i) { return candidates[i].name; });
  std::string lines;
  for (const std::size_t i : order) {
    const BallotName& name = candidates[i].name;
    lines += "candidate " + std::to_string(name.list) + " " + std::to_string(name.place) + " " +
             std::to_string(candidates[i].votes.value_or(0)) + "\n";
  }
  return lines;
}

std::string list_lines(const CouncilDistrict& d, std::span<const std::vector<std::size_t>> orders) {
  std::string lines = "seats " + std::to_string(d.seats) + "\nsurplus " +
                      (d.rules->surplus == Surplus::kGoesOn ? "goes-on" : "stays-vacant") +
                      "\nunit-valid-votes " + std::to_string(d.unit_valid_votes) + "\n";
  std::vector<std::size_t> order(d.lists.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::size_t i) { return d.lists[i].number; });
  for (const std::size_t i : order) {
    const List& list = d.lists[i];
    const std::uint32_t percent = d.rules->threshold_percent[static_cast<std::size_t>(list.kind)];
    lines += "list " + std::to_string(list.number) + " " + std::to_string(percent) + " " +
             std::to_string(list.votes) + " " + std::to_string(list.unit_votes) + " " +
             std::to_string(orders[i].size()) + "\n";
  }
  return lines;
}

}  // namespace urna::results
