// What territorial commissions sign: district tabulations, collective and final protocols, judged
// by working each of them out again from what it adds up. DESIGN §3, LAW.md "Contests: who does
// what".
//
//   contest                     adds up                        signed by
//   collective protocol         confirmed precinct protocols   powiat or city (assembly)
//   district tabulation         confirmed precinct protocols,  who determines the result
//                               or collective protocols
//   final protocol              the tabulations of a council,  who determines the result
//                               or a mayor's protocols
//
// A body is in one of these states; the first rule that fits decides:
//   annulled, returned, superseded, in conflict    as for a precinct protocol (effects.h)
//   not final    what it adds up fell, or working it out again gives other figures; says which
//   waiting      something it adds up is not here or not confirmed yet, or a lot is still to be
//   drawn final        every figure and outcome is what comes out here, too
// A body that is not final may be revised without having been returned. The order of records never
// matters: the states are a function of the set.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/node/admission.h"
#include "common/node/determination.h"
#include "common/node/effects.h"

namespace urna::node {

class Projection;

enum class TerritorialState {
  kFinal,
  kWaiting,
  kNotFinal,
  kInConflict,
  kSuperseded,
  kReturned,
  kAnnulled,
};
inline constexpr TerritorialState kAllTerritorialStates[] = {
    TerritorialState::kFinal,      TerritorialState::kWaiting,    TerritorialState::kNotFinal,
    TerritorialState::kInConflict, TerritorialState::kSuperseded, TerritorialState::kReturned,
    TerritorialState::kAnnulled};
std::string_view territorial_state_name(TerritorialState state);  // "not_final"

// Differences and missing things named for one body, at most.
inline constexpr std::size_t kReasonsMax = 50;

using TerritorialKind = v1::TerritorialProtocol::Kind;
std::string_view territorial_kind_name(TerritorialKind kind);  // "collective"

// Where exactly one territorial protocol counts. The contest of a final protocol is the first, by
// name, of those it covers.
struct TerritorialPlace {
  model::PlaceId place;
  TerritorialKind kind = v1::TerritorialProtocol::KIND_UNSPECIFIED;
  auto operator<=>(const TerritorialPlace&) const = default;
};

class TerritorialBook {
 public:
  // `projection` owns this book and is asked about precincts, totals and the definition in force.
  explicit TerritorialBook(const Projection& projection) : projection_(projection) {}

  // A territorial protocol, a lot, or a decision about a commission's own protocol.
  void take_in(const Admissible& record);
  // Works out what depends on these contests; everything when nullptr.
  void settle(const std::set<model::ContestRound>* touched);

  struct View {
    StatementId statement;
    std::uint32_t revision = 1;
    TerritorialState state = TerritorialState::kWaiting;
    std::vector<std::string> reasons;  // empty when final
    std::vector<RecordId> records;
  };
  // Bodies at a place in ascending order of statement.
  std::vector<View> bodies(const TerritorialPlace& place) const;
  // Every place with a body, ascending.
  std::vector<TerritorialPlace> places() const;
  // The final body of a place; nullptr when there is none.
  const v1::TerritorialProtocol* final_at(const TerritorialPlace& place) const;

  // What the commission of `place` would sign now: figures, inputs and outcomes worked out here.
  // Its revision and predecessor are the next in line. kUnavailable, naming what is missing, while
  // it cannot be drawn up.
  Result<v1::TerritorialProtocol> draft(const TerritorialPlace& place) const;
  // Outcomes of the group a contest belongs to, from confirmed totals and recorded lots, with the
  // lots still to be drawn. kUnavailable while protocols are missing.
  Result<Determination> determination(const model::ContestRound& contest) const;

  // Who stands in the runoff after this contest, by its confirmed totals and recorded lots, without
  // the options named in `withdrawn`. Whether round one is decided is another question: final_at().
  // As derive_runoff(), and kUnavailable while protocols are missing.
  Result<RunoffBallot> runoff(const model::ContestRound& round_one,
                              std::span<const std::string> withdrawn) const;

  // The contests a final protocol at this contest's place covers, ascending; the first names it.
  std::vector<model::ContestRound> group_of(const model::ContestRound& contest) const;

 private:
  struct Body {
    ProtocolBody head;  // statement, revision, predecessor, slice, signatures
    v1::TerritorialProtocol protocol;
    TerritorialState state = TerritorialState::kWaiting;
    std::vector<std::string> reasons;
  };
  struct Place {
    std::vector<Body> bodies;
  };
  struct Decisions {
    std::vector<Decision> returns;
    std::vector<Decision> annulments;
    std::vector<SettlementOf> settlements;
  };
  // What working a place out gives: either something is missing, or the whole protocol.
  struct Expected {
    std::vector<std::string> missing;
    std::map<StatementId, std::string> inputs;  // with a name for each
    // Statements that were once confirmed or signed and count no more, with what became of them.
    std::map<StatementId, std::string> fallen;
    v1::TerritorialProtocol protocol;  // points, votes and outcomes
  };

  std::set<TerritorialPlace> places_touched(const std::set<model::ContestRound>& contests) const;
  void settle_place(const TerritorialPlace& key, Place& place);
  // Why the body is not what is expected; sets one of the two when it is not.
  void judge(const TerritorialPlace& key, const Expected& expected, Body& body, bool& waits,
             bool& fell) const;
  Expected expect(const TerritorialPlace& key) const;
  void expect_precincts(const model::ContestRound& contest, const model::UnitId& unit,
                        Expected& expected) const;
  void expect_commissions(TerritorialKind kind, const model::ContestRound& contest,
                          const std::vector<model::UnitId>& units, Expected& expected) const;
  void expect_totals(const model::ContestRound& contest, const model::UnitId& unit, bool votes,
                     Expected& expected) const;
  void expect_group(const model::ContestRound& contest, Expected& expected) const;
  void expect_outcomes(const model::ContestRound& contest, Expected& expected) const;
  std::vector<model::UnitId> collecting_units(const model::Slice& slice) const;
  std::vector<RecordedLot> lots_that_stand(const std::vector<model::ContestRound>& group) const;
  // kUnavailable, naming the first thing missing.
  Result<void> all_confirmed(const model::ContestRound& contest,
                             const std::vector<model::ContestRound>& group) const;
  Result<ContestFigures> figures_of(const model::ContestRound& contest) const;
  Result<Determination> work_out(const std::vector<model::ContestRound>& group) const;
  const model::Slice* slice(const model::ContestRound& contest) const;

  const Projection& projection_;
  std::map<TerritorialPlace, Place> places_;
  std::map<model::ContestRound, std::set<TerritorialPlace>> places_of_contest_;
  std::map<model::PlaceId, Decisions> decisions_;
  struct LotRecord {
    RecordedLot lot;
    StatementId statement;
    Signature by;
  };
  std::map<model::ContestRound, std::vector<LotRecord>> lots_;
};

}  // namespace urna::node
