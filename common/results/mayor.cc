#include "common/results/mayor.h"

#include <algorithm>
#include <string>

#include "common/base/check.h"
#include "common/results/council_input.h"
#include "common/results/places.h"

namespace urna::results {

namespace {

constexpr std::size_t kRunoffPlaces = 2;
constexpr std::uint32_t kRunoffDays = 14;

std::unexpected<Error> wrong(const MayorContest& contest, const std::string& what) {
  return fail(ErrorCode::kInvalidArgument, contest.contest.contest.str() + ": " + what);
}

Result<void> check_mayor(const MayorContest& contest, const Positions& order) {
  URNA_CHECK(contest.rules != nullptr);
  const std::string& name = contest.contest.contest.str();
  if (auto good = check_candidates(name, contest.candidates, contest.precincts); !good) return good;
  for (const Candidate& one : contest.candidates) {
    if (one.name.list != 0) return wrong(contest, "a mayor's candidate stands on no list");
  }
  if (order.empty()) return wrong(contest, "nobody has votes");
  if (order.size() == 1 && !contest.no_votes) {
    return wrong(contest, "a single candidate, and no figure for votes NO");
  }
  if (order.size() > 1 && contest.no_votes) {
    return wrong(contest, "votes NO beside several candidates");
  }
  if (contest.no_votes.value_or(0) > kCandidateVotesMax) {
    return wrong(contest, "votes NO out of range");
  }
  return {};
}

Positions ranked(const MayorContest& contest) {
  return rank_standing(contest.candidates, 0, contest.candidates.size());
}

// What give_places says of this contest, its ties and its lot noted.
Result<Places> give(const MayorContest& contest, const Positions& order, std::size_t places,
                    LotKind kind, const TieRule& rule, LotBook& lots, MayorResult& result) {
  const Field field{contest.contest, *contest.rules, contest.candidates, contest.precincts};
  auto given = give_places(field, order, places, kind, rule, "", lots);
  if (!given) return given;
  if (given->tie) result.ties.push_back(*given->tie);
  if (given->pending) result.pending.push_back(*given->pending);
  return given;
}

void mark(MayorResult& result, const Places& places, MayorOutcome outcome) {
  for (const std::size_t i : places.certain) result.outcomes[i] = outcome;
  for (const std::size_t i : places.undrawn) result.outcomes[i] = MayorOutcome::kLot;
}

// More than half of the valid votes (LAW.md, allocation 8, 9).
bool has_majority(std::uint64_t votes, std::uint64_t valid) { return 2 * votes > valid; }

// Both rounds; a runoff gives one place, the office itself.
Result<MayorResult> determine(const MayorContest& contest, const Positions& order, bool first_round,
                              LotBook& lots) {
  MayorResult result;
  result.outcomes.assign(contest.candidates.size(), MayorOutcome::kNo);
  for (const std::size_t i : order) result.valid_votes += *contest.candidates[i].votes;
  result.valid_votes += contest.no_votes.value_or(0);
  const std::uint64_t most = *contest.candidates[order.front()].votes;
  result.yes_no = order.size() == 1;
  const bool majority = has_majority(most, result.valid_votes);
  if (result.yes_no || (first_round && majority)) {
    if (majority) result.outcomes[order.front()] = MayorOutcome::kElected;
    result.council_elects = !majority;
    return result;
  }
  auto places =
      first_round ? give(contest, order, kRunoffPlaces, LotKind::kRunoffPlace,
                         contest.rules->runoff_place, lots, result)
                  : give(contest, order, 1, LotKind::kRunoff, contest.rules->runoff, lots, result);
  if (!places) return std::unexpected(std::move(places.error()));
  mark(result, *places, first_round ? MayorOutcome::kRunoff : MayorOutcome::kElected);
  return result;
}

Result<MayorResult> determine_alone(const MayorContest& contest, bool first_round) {
  const Positions order = ranked(contest);
  if (auto good = check_mayor(contest, order); !good) return std::unexpected(good.error());
  if (!first_round && order.size() > kRunoffPlaces) {
    return wrong(contest, "more than two candidates in a runoff");
  }
  LotBook lots(contest.lots);
  auto result = determine(contest, order, first_round, lots);
  if (!result) return result;
  if (auto used = lots.all_used(); !used) return std::unexpected(std::move(used.error()));
  return result;
}

// Positions of those who left; an error for a name that is nobody's or stands twice.
Result<std::vector<bool>> find_withdrawn(const MayorContest& contest,
                                         std::span<const BallotName> withdrawn) {
  std::vector<bool> gone(contest.candidates.size(), false);
  for (const BallotName& name : withdrawn) {
    const auto found = std::ranges::find(contest.candidates, name, &Candidate::name);
    const auto at = static_cast<std::size_t>(found - contest.candidates.begin());
    if (found == contest.candidates.end() || !found->votes || gone[at]) {
      return wrong(contest, "withdrawn candidate " + std::to_string(name.place) +
                                " does not stand or is named twice");
    }
    gone[at] = true;
  }
  return gone;
}

}  // namespace

Result<MayorResult> determine_first_round(const MayorContest& contest) {
  return determine_alone(contest, true);
}

Result<MayorResult> determine_runoff(const MayorContest& contest) {
  return determine_alone(contest, false);
}

Result<Runoff> derive_runoff(const MayorContest& contest, std::span<const BallotName> withdrawn) {
  const Positions order = ranked(contest);
  if (auto good = check_mayor(contest, order); !good) return std::unexpected(good.error());
  const auto gone = find_withdrawn(contest, withdrawn);
  if (!gone) return std::unexpected(gone.error());
  LotBook lots(contest.lots);
  auto first = determine(contest, order, true, lots);
  if (!first) return std::unexpected(std::move(first.error()));
  if (std::ranges::count(first->outcomes, MayorOutcome::kRunoff) == 0 && first->final()) {
    return wrong(contest, "round one needs no runoff");
  }

  Runoff runoff;
  runoff.days_after_first_round = kRunoffDays;
  Positions stands, left;
  for (const std::size_t i : order) {
    if ((*gone)[i]) continue;
    (first->outcomes[i] == MayorOutcome::kRunoff ? stands : left).push_back(i);
  }
  if (first->final() && stands.size() < kRunoffPlaces) {
    auto next = give(contest, left, kRunoffPlaces - stands.size(), LotKind::kRunoffReplacement,
                     contest.rules->runoff_place, lots, *first);
    if (!next) return std::unexpected(std::move(next.error()));
    if (!left.empty()) runoff.days_after_first_round += kRunoffDays;
    stands.insert(stands.end(), next->certain.begin(), next->certain.end());
  }
  if (auto used = lots.all_used(); !used) return std::unexpected(std::move(used.error()));
  runoff.pending = std::move(first->pending);
  std::ranges::sort(stands);
  for (const std::size_t i : stands) runoff.candidates.push_back(contest.candidates[i].name);
  runoff.yes_no = runoff.pending.empty() && stands.size() == 1;
  runoff.council_elects = runoff.pending.empty() && stands.empty();
  return runoff;
}

}  // namespace urna::results
