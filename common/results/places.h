// Places to the candidates with most votes: on a list, at the cut of top N, in a runoff.
// Internal to this module.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/results/contest.h"
#include "common/results/tie.h"

namespace urna::results {

using Positions = std::vector<std::size_t>;

// The contest whose candidates are ranked.
struct Field {
  const model::ContestRound& contest;
  const RuleSet& rules;
  std::span<const Candidate> candidates;
  const std::optional<PrecinctFigures>& precincts;
};

// Positions of those who stand among `count` candidates from `first` on, most votes first.
Positions rank_standing(std::span<const Candidate> candidates, std::size_t first,
                        std::size_t count);

struct Places {
  Positions certain;
  Positions undrawn;                  // between whom a lot decides; empty once it is recorded
  std::optional<LotContext> pending;  // that lot
  std::optional<Tie> tie;             // at the cut, if there was one
};

// Gives `places` to the first of `order` (as rank_standing gives it, possibly with some left out);
// those level with the last place by `rule`. `figures` says what else a lot depends on, as lines;
// the votes of `order` are added. Source: LAW.md, allocation 4, 6, 8. Errors: those of
// LotBook::find.
Result<Places> give_places(const Field& field, const Positions& order, std::size_t places,
                           LotKind kind, const TieRule& rule, const std::string& figures,
                           LotBook& lots);

}  // namespace urna::results
