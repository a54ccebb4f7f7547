// Who is elected, from confirmed totals: the bridge between a definition's contests and the law in
// common/results. Pure.
//
// Lists and candidates are numbered for the law by their position on the ballot, beginning with 1,
// because option codes are names; lots and outcomes come back under their codes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/model/definition.h"
#include "urna/v1/decision.pb.h"
#include "urna/v1/territorial.pb.h"

namespace urna::node {

// One contest with what its confirmed protocols add up to.
struct ContestFigures {
  std::shared_ptr<const model::Slice> slice;
  std::vector<std::uint64_t> votes;                 // by cell of the slice, over the whole contest
  std::vector<std::vector<model::Cell>> precincts;  // vote cells of each precinct, in any order
};

struct RecordedLot {
  model::ContestRound contest;
  Digest context;
  std::vector<v1::LotWinner> winners;
};

struct PendingLot {
  model::ContestRound contest;
  Digest context;    // what a Lot record names
  Bytes canonical;   // what it is the SHA-256 of; docs/results.md
  std::string kind;  // "places-inside-list"
  std::uint32_t places = 0;
  std::vector<v1::LotWinner> among;
};

struct Determination {
  // Every option without candidates and every candidate, in the order of contests and ballots.
  // "elected", "not_elected", "runoff", "lot".
  std::vector<v1::TerritorialProtocol::Outcome> outcomes;
  std::vector<PendingLot> pending;
  std::string explanation;  // plain text, worked step by step
};

// Who stands in the runoff of a mayor's election.
struct RunoffBallot {
  std::vector<std::string> options;  // codes of round one's options, in its order
  bool yes_no = false;               // one is left: the ballot asks YES or NO
  bool council_elects = false;       // nobody is left
  std::uint32_t days_after_first_round = 0;
  std::vector<PendingLot> pending;  // not empty: lots come first, options are those certain
};

// No vote is held in a council's district with no more candidates than seats: all are elected.
// Source: Electoral Code art. 380 (LAW.md, allocation 7 [code][data]).
bool is_uncontested(const model::Slice& slice);

// Where the votes of the one an outcome speaks of stand in the slice; nullopt when nobody of that
// name is on the ballot.
std::optional<std::size_t> cell_of(const model::Slice& slice,
                                   const v1::TerritorialProtocol::Outcome& outcome);

// The contests of one group, ascending. A recorded lot of another context is ignored, since it
// answers figures that are no longer these, and so is one that does not name exactly as many of the
// tied as are drawn; of two that disagree neither holds. kInvalidArgument: the rule set or kind of
// contest is unknown, or the rules ask for the committee of a list.
Result<Determination> determine(std::span<const ContestFigures> group,
                                std::span<const RecordedLot> lots);

// The runoff that follows from round one without those who withdrew or died since, named by their
// codes (R37): results::derive_runoff. Lots as in determine(). kInvalidArgument: not a mayor's
// round one, or it needs no runoff; a code is nobody's or stands twice.
Result<RunoffBallot> derive_runoff(const ContestFigures& round_one,
                                   std::span<const RecordedLot> lots,
                                   std::span<const std::string> withdrawn);

}  // namespace urna::node
