// The result of one district of a council: seats of lists, and who is elected.
//
// Pure: the same district gives the same result, whatever the order of lists, candidates and
// recorded lots; no clock, no I/O. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "common/model/ids.h"
#include "common/results/contest.h"
#include "common/results/dhondt.h"
#include "common/results/lot.h"
#include "common/results/tie.h"

namespace urna::results {

enum class Method : std::uint8_t {
  kDHondt,  // lists, threshold, d'Hondt
  kTopN,    // gminas up to 20,000 inhabitants: the candidates with most votes
};

// Everything a district's result depends on. Spans are the caller's and outlive the call.
struct CouncilDistrict {
  model::ContestRound contest;  // stands in lots and explanations
  const RuleSet* rules = nullptr;
  Method method = Method::kDHondt;
  std::uint32_t seats = 0;  // in [1, kSeatsMax]
  // False: no vote was held because there were no more candidates than seats.
  bool voted = true;
  // d'Hondt: all valid votes on lists in all districts of the unit, for the threshold.
  std::uint64_t unit_valid_votes = 0;
  // d'Hondt: the lists of the district. Top N: empty.
  std::span<const List> lists;
  // d'Hondt: grouped by list in the order of `lists`; within a list in any order. Top N: any order.
  std::span<const Candidate> candidates;
  // For ties the law settles by precincts; without it such a tie is left to a lot.
  std::optional<PrecinctFigures> precincts;
  std::span<const Lot> lots;  // recorded, in any order
};

enum class Outcome : std::uint8_t {
  kNotElected,
  kElected,
  kLot,  // chance decides, and the lot is not recorded
};

struct CouncilResult {
  std::vector<Outcome> outcomes;          // per candidate, as passed in
  std::vector<std::uint32_t> list_seats;  // per list, certain so far; empty for top N
  std::uint32_t vacant = 0;               // seats that go to nobody
  // Lots that can be drawn: each by itself, in any order. Once they are recorded and passed in,
  // further ones may follow (inside a list that won a seat by lot). Empty: the result is final.
  std::vector<LotContext> pending;

  // How it came about.
  std::vector<bool> takes_part;  // per list: reached the threshold
  std::vector<Award> awards;     // quotients that won, in order; positions of `lists`
  std::vector<Tie> ties;         // in the order they arose

  bool final() const { return pending.empty(); }
};

// Works out one district.
//
// - No vote held: all are elected, missing seats stay vacant. Electoral Code art. 380 (LAW.md,
//   allocation 7 [code][data]).
// - d'Hondt: lists that reach the threshold (1 [data]) share the seats by d'Hondt (2 [data][code
// art.
//   444 §1]); equal last quotients by the rule set's order (3 [code art. 444 §2][data]); inside a
//   list the candidates with most votes (4 [data][code art. 444 §3, 233]).
// - Top N: the candidates with most votes (6 [data][code art. 443]); a tie at the cut by the rule
// set's
//   order.
// Candidates struck off win nothing; a list's seats beyond its candidates go on or stay vacant as
// the rule set says (5 [unverified]).
//
// kInvalidArgument: the district contradicts itself (named in the message), or a recorded lot does
// not answer a tie of it (message begins with lot_fault_name). kConflict: two lots for one tie.
Result<CouncilResult> determine_council(const CouncilDistrict& district);

}  // namespace urna::results
