#include "common/daemon/recount.h"

#include <map>

namespace urna::daemon {
namespace {

using results::Totals;
using results::Which;

void add_cells(std::vector<std::uint64_t>& sums, const std::vector<model::Cell>& cells) {
  sums.resize(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!model::is_empty(cells[i])) sums[i] += model::figure_of(cells[i]);
  }
}

// Totals of one contest, by unit.
class Sums {
 public:
  void add(const model::Units& units, model::UnitIndex parent, const node::ProtocolBody& body) {
    for (model::UnitIndex at = parent; at != model::kNoUnit; at = units.at(at).parent) {
      Totals& totals = by_unit_[at];
      ++totals.protocols;
      add_cells(totals.points, body.points);
      add_cells(totals.votes, body.votes);
    }
  }
  // nullptr: nothing was added there.
  const Totals* at(model::UnitIndex unit) const {
    const auto found = by_unit_.find(unit);
    return found == by_unit_.end() ? nullptr : &found->second;
  }

 private:
  std::map<model::UnitIndex, Totals> by_unit_;
};

struct Contest {
  Sums received;
  Sums confirmed;
  std::uint64_t protocols = 0;
  bool earlier_ballot = false;
};

void compare(const node::Projection& projection, const model::ContestRound& key, Which which,
             const Sums& sums, Recount& recount) {
  const results::Tally& tally = *projection.tally();
  for (const model::UnitIndex unit : tally.units_of(key)) {
    const Totals& held = *tally.totals(which, key, unit);
    const Totals* added = sums.at(unit);
    const std::uint64_t protocols = added == nullptr ? 0 : added->protocols;
    if (held.protocols == protocols && (added == nullptr || held == *added)) continue;
    recount.differences.push_back(
        "contest " + key.contest.str() + "/" + std::to_string(key.round) + ", unit " +
        projection.definition()->units().at(unit).id.str() + ": the " +
        (which == Which::kReceived ? "received" : "confirmed") + " tally has " +
        std::to_string(held.protocols) + " protocols, " + std::to_string(protocols) +
        " were added up again" + (held.protocols == protocols ? "; their figures differ" : ""));
  }
}

}  // namespace

Recount recount(const node::Projection& projection) {
  Recount recount;
  const results::Tally* tally = projection.tally();
  if (tally == nullptr || projection.definition() == nullptr) return recount;
  std::map<model::ContestRound, Contest> contests;
  for (const model::PlaceId& place : projection.places()) {
    const node::ProtocolBody* body = projection.counting(place);
    if (body == nullptr || !tally->has(place.contest)) continue;
    const model::Slice& slice = tally->slice(place.contest);
    const v1::Precinct* precinct = slice.precinct(place.unit);
    const auto parent =
        precinct == nullptr ? std::nullopt : model::UnitId::parse(precinct->parent());
    const model::Units& units = projection.definition()->units();
    const model::UnitIndex at = parent ? units.find(*parent) : model::kNoUnit;
    Contest& contest = contests[place.contest];
    if (at == model::kNoUnit || body->slice != slice.digest()) {
      contest.earlier_ballot = true;
      continue;
    }
    ++contest.protocols;
    contest.received.add(units, at, *body);
    if (projection.is_in_confirmed_tally(place)) contest.confirmed.add(units, at, *body);
  }
  for (const model::ContestRound& key : tally->contests()) {
    const Contest& contest = contests[key];
    if (contest.earlier_ballot) {
      ++recount.not_compared;
      continue;
    }
    ++recount.contests;
    recount.protocols += contest.protocols;
    compare(projection, key, Which::kReceived, contest.received, recount);
    compare(projection, key, Which::kConfirmed, contest.confirmed, recount);
  }
  return recount;
}

}  // namespace urna::daemon
