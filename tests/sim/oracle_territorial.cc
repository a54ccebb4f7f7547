// What commissions sign, worked out anew: docs/effects.md, "Territorial protocols".

#include "tests/sim/oracle_judge.h"

namespace urna::sim {

namespace {

using node::State;
using node::TerritorialState;
using Protocol = v1::TerritorialProtocol;

constexpr auto kTabulation = Protocol::KIND_DISTRICT_TABULATION;
constexpr auto kFinal = Protocol::KIND_FINAL;

using Cells = google::protobuf::RepeatedField<std::uint64_t>;

bool same_cells(const Cells& cells, const std::vector<std::uint64_t>& figures) {
  // A cell is its figure and one (decision 2).
  return std::ranges::equal(
      cells, figures, [](std::uint64_t cell, std::uint64_t figure) { return cell == figure + 1; });
}

}  // namespace

// Kinds in the order they build on each other; what is worked out of one serves the next.
class Oracle::Commissions {
 public:
  Commissions(const Oracle& oracle, const Effects& effects, const SumsByKey& sums)
      : oracle_(oracle), effects_(effects), sums_(sums) {}

  Territorial judge() {
    for (const auto kind : {kTabulation, kFinal}) {
      for (const auto& [place, claims] : oracle_.territorial_) {
        if (place.kind == kind) judge_place(place, claims);
      }
    }
    return std::move(states_);
  }

 private:
  // What the place must say, as far as it can be said.
  struct Wanted {
    bool complete = true;
    bool undecided = false;
    std::set<StatementId> inputs;
    std::set<StatementId> fallen;
    std::vector<std::uint64_t> points, votes;
    std::map<std::pair<std::string, std::uint32_t>, std::string> outcomes;
  };

  void judge_place(const node::TerritorialPlace& place, const Claims& claims) {
    const Digest* slice = oracle_.slice_in_force(place.place.contest);
    static const std::vector<Record> kNothing;
    const auto found = oracle_.of_commissions_.find(place.place);
    const auto& decisions = found == oracle_.of_commissions_.end() ? kNothing : found->second;
    const Wanted wanted = want(place, slice);
    // To its successor a body is as good as returned when it is annulled or not final.
    std::set<StatementId> gone, not_final;
    for (const Record& decision : decisions) {
      if (decision->body->has_annulment()) {
        gone.insert(*StatementId::from_bytes(decision->body->annulment().statement()));
      }
    }
    for (const auto& [id, claim] : claims) {
      if (is_not_final(claim.told->body->territorial(), wanted)) not_final.insert(id);
    }
    gone.insert(not_final.begin(), not_final.end());
    const Judge alone(oracle_, claims, decisions, slice);
    const Judge with(oracle_, claims, decisions, slice, gone);
    for (const auto& [id, claim] : claims) {
      auto& state = states_[place][id];
      state =
          state_of(with.of(id).state, alone.of(id).state, !wanted.complete, not_final.contains(id));
      const bool hangs = wanted.undecided && (*state == TerritorialState::kFinal ||
                                              *state == TerritorialState::kWaiting);
      if (hangs) state.reset();
    }
  }

  static TerritorialState state_of(State with, State alone, bool incomplete, bool not_final) {
    if (with == State::kAnnulled) return TerritorialState::kAnnulled;
    if (with == State::kSuperseded) return TerritorialState::kSuperseded;
    if (alone == State::kReturned) return TerritorialState::kReturned;
    if (not_final) return TerritorialState::kNotFinal;
    if (with == State::kInConflict) return TerritorialState::kInConflict;
    const bool waits = incomplete || with == State::kWaiting;
    return waits ? TerritorialState::kWaiting : TerritorialState::kFinal;
  }

  static bool is_not_final(const Protocol& body, const Wanted& wanted) {
    std::set<StatementId> named;
    for (const std::string& input : body.inputs()) named.insert(*StatementId::from_bytes(input));
    for (const StatementId& input : named) {
      if (!wanted.inputs.contains(input) && wanted.fallen.contains(input)) return true;
    }
    if (!wanted.complete) return false;
    std::map<std::pair<std::string, std::uint32_t>, std::string> outcomes;
    for (const Protocol::Outcome& one : body.outcomes()) {
      outcomes[{one.option(), one.candidate()}] = one.outcome();
    }
    return named != wanted.inputs || !same_cells(body.points(), wanted.points) ||
           !same_cells(body.votes(), wanted.votes) ||
           (!wanted.undecided && outcomes != wanted.outcomes);
  }

  Wanted want(const node::TerritorialPlace& key, const Digest* in_force) const {
    Wanted wanted;
    wanted.complete = in_force != nullptr;
    if (in_force == nullptr) return wanted;
    const auto& [unit, contest] = key.place;
    const model::Slice& slice = oracle_.nation_.slice(*in_force);
    if (key.kind == kTabulation) {
      want_precincts(key.place, wanted);
    } else {
      want_tabulation(key.place, wanted);
    }
    const Sums sums = sums_of(contest, unit);
    const Nation::Layout& layout = oracle_.nation_.layout(*in_force);
    wanted.points = picked(sums, layout.points);
    std::vector<std::uint64_t> votes = picked(sums, layout.votes);
    if (key.kind == kTabulation) {
      wanted.votes = std::move(votes);
    } else if (wanted.complete) {
      want_outcomes(contest, slice, votes, wanted);
    }
    return wanted;
  }

  static std::vector<std::uint64_t> picked(const Sums& sums,
                                           const std::vector<std::size_t>& columns) {
    std::vector<std::uint64_t> figures;
    for (const std::size_t column : columns) figures.push_back(sums[column]);
    return figures;
  }

  Sums sums_of(const model::ContestRound& contest, const model::UnitId& unit) const {
    const auto found = sums_.find({true, contest, unit});
    return found == sums_.end() ? Sums(oracle_.nation_.columns()) : found->second;
  }

  void want_precincts(const model::PlaceId& at, Wanted& wanted) const {
    for (const PrecinctPlan* precinct : oracle_.nation_.precincts_of(at.contest)) {
      if (!oracle_.nation_.lies_under(precinct->unit, at.unit)) continue;
      bool confirmed = false;
      const auto here = effects_.find({precinct->unit, at.contest});
      if (here != effects_.end()) {
        for (const auto& [statement, meaning] : here->second) {
          if (meaning.state == State::kEffective && meaning.confirmed) {
            wanted.inputs.insert(statement);
            confirmed = true;
          } else if (!node::counts(meaning.state) && meaning.state != State::kWaiting) {
            wanted.fallen.insert(statement);
          }
        }
      }
      wanted.complete = wanted.complete && confirmed;
    }
  }

  void want_tabulation(const model::PlaceId& at, Wanted& wanted) const {
    wanted.complete = false;
    const auto found = states_.find({at, kTabulation});
    if (found == states_.end()) return;
    for (const auto& [statement, state] : found->second) {
      if (*state == TerritorialState::kFinal) {
        wanted.inputs.insert(statement);
        wanted.complete = true;
      } else if (*state != TerritorialState::kWaiting) {
        wanted.fallen.insert(statement);
      }
    }
  }

  void want_outcomes(const model::ContestRound& contest, const model::Slice& slice,
                     const std::vector<std::uint64_t>& votes, Wanted& wanted) const {
    std::vector<std::vector<std::uint64_t>> rows;
    const Nation::Layout& layout = oracle_.nation_.layout(slice.digest());
    for (const PrecinctPlan* precinct : oracle_.nation_.precincts_of(contest)) {
      // The one confirmed protocol of the precinct, its votes by name: another ballot's fit, too.
      Sums sums(oracle_.nation_.columns());
      const model::PlaceId place{precinct->unit, contest};
      for (const auto& [statement, meaning] : effects_.at(place)) {
        if (meaning.state != State::kEffective || !meaning.confirmed) continue;
        SumsByKey by_key;
        oracle_.add_up(place, oracle_.places_.at(place).claims.at(statement).told->body->protocol(),
                       true, by_key);
        sums = by_key.at({true, contest, oracle_.nation_.centre});
      }
      rows.push_back(picked(sums, layout.votes));
    }
    const auto seats = seats_of(slice, votes, rows, lots_that_stand(contest));
    wanted.undecided = !seats;
    if (!seats) return;
    wanted.outcomes = seats->outcomes;
    wanted.complete = !seats->waits_for_lot;
  }

  std::vector<v1::Lot> lots_that_stand(const model::ContestRound& contest) const {
    std::vector<v1::Lot> standing;
    const auto found = oracle_.lots_.find(contest);
    if (found == oracle_.lots_.end()) return standing;
    for (const Record& record : found->second) {
      if (oracle_.stands(record->key) && !taken_back(contest, record->statement)) {
        standing.push_back(record->body->lot());
      }
    }
    return standing;
  }

  // By name, at the place of the contest's own commission.
  bool taken_back(const model::ContestRound& contest, const StatementId& lot) const {
    const auto found = oracle_.of_commissions_.find({oracle_.nation_.area_of(contest), contest});
    if (found == oracle_.of_commissions_.end()) return false;
    return std::ranges::any_of(found->second, [&](const Record& record) {
      const v1::Body& body = *record->body;
      return (body.has_return_() && body.return_().statement() == lot.view()) ||
             (body.has_annulment() && body.annulment().statement() == lot.view());
    });
  }

  const Oracle& oracle_;
  const Effects& effects_;
  const SumsByKey& sums_;
  Territorial states_;
};

Oracle::Territorial Oracle::territorial(const Effects& effects, const SumsByKey& sums) const {
  return Commissions(*this, effects, sums).judge();
}

}  // namespace urna::sim
