#include "common/results/lot.h"

#include <algorithm>
#include <array>

namespace urna::results {

namespace {

constexpr std::array<std::string_view, 6> kKindNames = {
    "seats-among-lists", "places-inside-list", "top-n",
    "runoff-place",      "runoff-replacement", "runoff"};
constexpr std::array<std::string_view, 5> kFaultNames = {"other_context", "repeated", "not_in_tie",
                                                         "too_few", "too_many"};

Error fault_error(LotFault fault, const std::string& what) {
  return {ErrorCode::kInvalidArgument, std::string(lot_fault_name(fault)) + ": " + what};
}

std::string what_is_drawn(const LotContext& context) {
  return "the lot of kind " + std::string(lot_kind_name(context.kind)) + " in " +
         context.contest.contest.str() + ", " + std::to_string(context.places) + " of " +
         std::to_string(context.among.size());
}

}  // namespace

std::string_view lot_kind_name(LotKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::string_view lot_fault_name(LotFault fault) {
  return kFaultNames[static_cast<std::size_t>(fault)];
}

Bytes LotContext::canonical() const {
  Bytes bytes = "urna-lot 1\nkind " + std::string(lot_kind_name(kind)) + "\ncontest " +
                contest.contest.str() + "\nround " + std::to_string(contest.round) + "\nrules " +
                std::string(rules) + "\n" + figures + "draw " + std::to_string(places) + "\n";
  for (const Contender& one : among) {
    bytes += "among " + std::to_string(one.name.list) + " " + std::to_string(one.name.place) + " " +
             std::to_string(one.votes) + " " +
             (one.precincts_won ? std::to_string(*one.precincts_won) : "-") + "\n";
  }
  return bytes;
}

std::expected<void, LotFault> check_lot(const LotContext& context, const Lot& lot) {
  if (lot.context != context.canonical()) return std::unexpected(LotFault::kOtherContext);
  std::vector<BallotName> winners = lot.winners;
  std::ranges::sort(winners);
  if (std::ranges::adjacent_find(winners) != winners.end()) {
    return std::unexpected(LotFault::kRepeated);
  }
  for (const BallotName& winner : winners) {
    if (std::ranges::find(context.among, winner, &Contender::name) == context.among.end()) {
      return std::unexpected(LotFault::kNotInTie);
    }
  }
  if (winners.size() < context.places) return std::unexpected(LotFault::kTooFew);
  if (winners.size() > context.places) return std::unexpected(LotFault::kTooMany);
  return {};
}

Result<const Lot*> LotBook::find(const LotContext& context) {
  if (lots_.empty()) return nullptr;
  const Bytes wanted = context.canonical();
  const Lot* found = nullptr;
  for (std::size_t i = 0; i < lots_.size(); ++i) {
    if (lots_[i].context != wanted) continue;
    if (found != nullptr) {
      return fail(ErrorCode::kConflict, what_is_drawn(context) + " is recorded twice");
    }
    found = &lots_[i];
    used_[i] = true;
  }
  if (found == nullptr) return nullptr;
  if (const auto good = check_lot(context, *found); !good) {
    return std::unexpected(fault_error(good.error(), what_is_drawn(context)));
  }
  return found;
}

Result<void> LotBook::all_used() const {
  if (std::ranges::find(used_, false) == used_.end()) return {};
  return std::unexpected(fault_error(LotFault::kOtherContext,
                                     "a recorded lot answers no tie of this contest with these "
                                     "figures"));
}

}  // namespace urna::results
