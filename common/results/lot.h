// Drawing of lots: what has to be drawn, and whether a recorded lot answers exactly that.
//
// Where the law leaves a choice to chance, a result says so with a LotContext: what is drawn, how
// many, among whom, and every figure this depends on. A commission draws and records the lot with
// the context's canonical bytes (or a digest of them). When any of those figures changes, the bytes
// do, and the recorded lot no longer fits: it is refused by name, never reused. Source: Electoral
// Code art. 443 §2, 444 §2-3 (LAW.md, allocation 3, 4, 6, 8).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/model/ids.h"
#include "common/results/contest.h"

namespace urna::results {

enum class LotKind : std::uint8_t {
  kSeatsAmongLists,    // the last seats, among lists with equal quotients
  kPlacesInsideList,   // the last seats of one list, among its candidates
  kTopN,               // the last seats, among candidates at the cut
  kRunoffPlace,        // a place in the runoff, after round one
  kRunoffReplacement,  // the place of a candidate who left the runoff
  kRunoff,             // the office itself, after a tied runoff
};

// "seats-among-lists", "places-inside-list", "top-n", "runoff-place", "runoff-replacement",
// "runoff"
std::string_view lot_kind_name(LotKind kind);

// One who takes part in a tie.
struct Contender {
  BallotName name;  // place 0: a list
  std::uint64_t votes = 0;
  // Precincts in which this one got more votes than each of the others in the tie. None where the
  // law does not ask, or the precincts' figures are not known.
  std::optional<std::uint32_t> precincts_won;
  bool operator==(const Contender&) const = default;
};

struct LotContext {
  LotKind kind = LotKind::kTopN;
  model::ContestRound contest;
  std::string_view rules;        // name of the rule set
  std::uint32_t places = 0;      // how many are drawn: from 1 to one less than there are contenders
  std::vector<Contender> among;  // ascending by name
  // The figures it depends on, as lines of the canonical form, each with its line feed.
  std::string figures;

  // One byte string per context: docs/results.md, "Lots", gives it to the byte. Independent of the
  // order in which lists and candidates were passed in.
  Bytes canonical() const;
  bool operator==(const LotContext&) const = default;
};

// A lot that was drawn.
struct Lot {
  Bytes context;                    // LotContext::canonical() of what was drawn
  std::vector<BallotName> winners;  // in any order
};

enum class LotFault : std::uint8_t {
  kOtherContext,  // answers no tie of this contest with these figures
  kRepeated,      // names a winner twice
  kNotInTie,      // names one who is not among the contenders
  kTooFew,        // fewer winners than places
  kTooMany,       // more winners than places
};

// "other_context", "repeated", "not_in_tie", "too_few", "too_many"
std::string_view lot_fault_name(LotFault fault);

// Whether the lot answers this context exactly; the first fault in the order above.
std::expected<void, LotFault> check_lot(const LotContext& context, const Lot& lot);

// The recorded lots of one contest while its result is worked out: each must answer one tie.
class LotBook {
 public:
  explicit LotBook(std::span<const Lot> lots) : lots_(lots), used_(lots.size(), false) {}

  // The lot recorded for this context; nullptr when there is none. kInvalidArgument, its message
  // beginning with the fault's name, when it does not answer the context, and kConflict when two
  // recorded lots claim it.
  Result<const Lot*> find(const LotContext& context);
  // kInvalidArgument "other_context: …" when a lot was not asked for.
  Result<void> all_used() const;

 private:
  std::span<const Lot> lots_;
  std::vector<bool> used_;
};

}  // namespace urna::results
