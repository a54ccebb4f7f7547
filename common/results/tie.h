// Ties: the steps of a rule set, taken in order until the places are given or a lot is needed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/results/lot.h"
#include "common/results/rules.h"

namespace urna::results {

// One step that was taken, for the explanation.
struct TieStep {
  TieBreak by = TieBreak::kLot;
  std::vector<BallotName> ahead;        // given a place by this step
  std::vector<BallotName> still_equal;  // go on to the next step; empty when it decided
  bool passed_over = false;             // by precincts, and their figures are not known
};

// One tie and how it was broken.
struct Tie {
  LotKind kind = LotKind::kTopN;
  std::uint32_t places = 0;
  std::vector<Contender> among;  // ascending by name
  std::vector<TieStep> steps;
  bool waits_for_lot = false;
  Source source = {};
};

// Which contenders get the places. Positions are those of TieQuestion::among.
struct TieAnswer {
  std::vector<std::size_t> winners;   // certain
  std::vector<std::size_t> undrawn;   // between whom chance decides; empty once settled
  std::optional<LotContext> pending;  // set when undrawn is not empty
  Tie tie;
};

// Votes per precinct, row by row; no rows of figures: not known.
struct PrecinctTable {
  std::span<const std::uint32_t> figures = {};
  std::size_t width = 0;
};

struct TieQuestion {
  LotKind kind = LotKind::kTopN;
  const TieRule* rule = nullptr;
  std::uint32_t places = 0;               // from 1 to one less than there are contenders
  std::vector<Contender> among = {};      // equal so far; precincts_won is filled in by the answer
  std::vector<std::size_t> columns = {};  // of each contender in the table
  PrecinctTable table = {};
  // For a lot's context.
  const model::ContestRound* contest = nullptr;
  std::string_view rules = {};
  std::string figures = {};
};

// Takes the steps of the rule: "more votes" and "more precincts" put the larger number first,
// "higher place" the smaller place; those equal at the boundary go on to the next step. A step by
// precincts counts, for each contender, the precincts in which it got more votes than each of the
// others still equal; with two contenders that is the Code's wording, with more it is our reading
// [unverified]. Without figures of precincts the step is passed over, and what is left is drawn.
// Source: LAW.md, allocation 3, 4, 6, 8. Errors: those of LotBook::find.
Result<TieAnswer> settle_tie(TieQuestion question, LotBook& lots);

}  // namespace urna::results
