// The election of a mayor (wójt, burmistrz, prezydent miasta): round one, runoff, single candidate.
//
// Pure, like everything in this module; safe to call from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "common/model/ids.h"
#include "common/results/contest.h"
#include "common/results/lot.h"
#include "common/results/tie.h"

namespace urna::results {

// One round of one gmina. Spans are the caller's and outlive the call.
struct MayorContest {
  model::ContestRound contest;
  const RuleSet* rules = nullptr;
  // In ballot order, names with list 0. No votes: no longer stands (struck off); at least one
  // stands.
  std::span<const Candidate> candidates;
  // Votes NO; given exactly when a single candidate stands, whose `votes` are then the votes YES.
  std::optional<std::uint32_t> no_votes;
  std::optional<PrecinctFigures> precincts;  // `candidates` only
  std::span<const Lot> lots;
};

enum class MayorOutcome : std::uint8_t {
  kNo,
  kElected,
  kRunoff,  // stands in the runoff
  kLot,     // chance decides, and the lot is not recorded
};

struct MayorResult {
  std::vector<MayorOutcome> outcomes;  // per candidate, as passed in
  std::uint64_t valid_votes = 0;       // NO votes are valid votes
  bool yes_no = false;                 // a single candidate stood
  bool council_elects = false;         // the single candidate was refused: the council elects
  std::vector<LotContext> pending;
  std::vector<Tie> ties;

  bool final() const { return pending.empty(); }
};

// Round one: elected is who has more than half of the valid votes (2 × votes > valid votes; exactly
// half is not enough). Otherwise the two with most votes go to a runoff; a tie for a place in it by
// the rule set's order. Single candidate: elected when 2 × YES > YES + NO, otherwise the council
// elects. Source: LAW.md, allocation 8 [data; ties unverified for 2010], 9 [code art. 487][data
// 2018].
//
// kInvalidArgument, kConflict: as determine_council.
Result<MayorResult> determine_first_round(const MayorContest& contest);

// Runoff: of the two, who has more votes; a tie by the rule set's order. If only one stands:
// YES/NO, as in round one. Source: LAW.md, allocation 8, 9. kInvalidArgument also when more than
// two stand.
Result<MayorResult> determine_runoff(const MayorContest& contest);

// Who stands in the runoff.
struct Runoff {
  std::vector<BallotName> candidates;  // in ballot order, which is that of round one [data 2018]
  bool yes_no = false;                 // only one is left: votes are YES and NO
  bool council_elects = false;         // nobody is left
  std::uint32_t days_after_first_round = 0;
  std::vector<LotContext> pending;  // not empty: a lot decides first, candidates are those certain
};

// The runoff that follows from round one (R37). Candidates who withdrew or died after round one are
// named in `withdrawn`: the place of each is taken by the next with most votes among those left,
// and the runoff moves by 14 days; if only one is left, it is YES/NO and keeps its day. Source:
// LAW.md, allocation 8 [unverified for 2010].
//
// `first_round` with its recorded lots, those for replacements included. kInvalidArgument: round
// one elected somebody, or a name is not a candidate's or stands twice; and as
// determine_first_round.
Result<Runoff> derive_runoff(const MayorContest& first_round,
                             std::span<const BallotName> withdrawn);

}  // namespace urna::results
