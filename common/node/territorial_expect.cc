// What a territorial protocol must say: worked out from what is confirmed here.

#include "common/base/check.h"
#include "common/node/projection.h"
#include "common/node/territorial.h"
#include "common/node/territorial_compare.h"
#include "common/trust/competence.h"

namespace urna::node {

namespace {

using Protocol = v1::TerritorialProtocol;

constexpr auto kCollective = Protocol::KIND_COLLECTIVE;
constexpr auto kTabulation = Protocol::KIND_DISTRICT_TABULATION;
constexpr auto kFinal = Protocol::KIND_FINAL;

}  // namespace

const model::Slice* TerritorialBook::slice(const model::ContestRound& contest) const {
  const results::Tally* tally = projection_.tally();
  return tally != nullptr && tally->has(contest) ? &tally->slice(contest) : nullptr;
}

std::vector<model::ContestRound> TerritorialBook::group_of(
    const model::ContestRound& contest) const {
  // By the manifest, whether the slices are here or not.
  return projection_.definition() == nullptr ? std::vector{contest}
                                             : projection_.definition()->group_of(contest);
}

std::vector<model::UnitId> TerritorialBook::collecting_units(const model::Slice& slice) const {
  const trust::Competence* competence = trust::competence_for(slice.kind());
  if (competence == nullptr || competence->collects.empty()) return {};
  const model::Units& units = projection_.definition()->units();
  std::set<model::UnitId> found;
  for (const v1::Precinct& precinct : slice.data().precincts()) {
    const model::UnitIndex unit = trust::first_above(
        units, units.find(*model::UnitId::parse(precinct.parent())), competence->collects);
    if (unit != model::kNoUnit) found.insert(units.at(unit).id);
  }
  return {found.begin(), found.end()};
}

void TerritorialBook::expect_precincts(const model::ContestRound& contest,
                                       const model::UnitId& unit, Expected& expected) const {
  const model::Slice* of = slice(contest);
  if (of == nullptr) {
    add_reason(expected.missing, "the definition of " + contest.contest.str() + " is not here");
    return;
  }
  for (const v1::Precinct& precinct : of->data().precincts()) {
    const auto id = model::UnitId::parse(precinct.unit());
    const auto parent = model::UnitId::parse(precinct.parent());
    if (!id || !parent || !projection_.book().lies_under(*parent, unit)) continue;
    const model::PlaceId place{*id, contest};
    bool confirmed = false;
    for (const Projection::BodyView& body : projection_.place(place)) {
      if (body.effect.state == State::kEffective && body.effect.confirmed) {
        // Confirmed, but under a definition whose ballot is no longer this one: in no total.
        if (!projection_.is_in_confirmed_tally(place)) continue;
        expected.inputs.emplace(body.statement, id->str());
        confirmed = true;
      } else if (!counts(body.effect.state) && body.effect.state != State::kWaiting) {
        expected.fallen.emplace(body.statement, "the protocol of " + id->str() + " is " +
                                                    std::string(state_name(body.effect.state)));
      }
    }
    if (!confirmed) {
      add_reason(expected.missing,
                 "no confirmed protocol of " + id->str() + " that fits the definition is here");
    }
  }
}

void TerritorialBook::expect_commissions(TerritorialKind kind, const model::ContestRound& contest,
                                         const std::vector<model::UnitId>& units,
                                         Expected& expected) const {
  for (const model::UnitId& unit : units) {
    const std::string name = std::string(territorial_kind_name(kind)) + " of " + unit.str() +
                             " for " + contest.contest.str();
    const auto found = places_.find({{unit, contest}, kind});
    bool final = false;
    if (found != places_.end()) {
      for (const Body& body : found->second.bodies) {
        if (body.state == TerritorialState::kFinal) {
          expected.inputs.emplace(body.head.statement, name);
          final = true;
        } else if (body.state != TerritorialState::kWaiting) {
          expected.fallen.emplace(
              body.head.statement,
              "the " + name + " is " + std::string(territorial_state_name(body.state)));
        }
      }
    }
    if (!final) add_reason(expected.missing, "the " + name + " is not here or not final");
  }
}

void TerritorialBook::expect_totals(const model::ContestRound& contest, const model::UnitId& unit,
                                    bool votes, Expected& expected) const {
  const model::UnitIndex at = projection_.definition()->units().find(unit);
  const results::Totals* totals =
      projection_.tally()->totals(results::Which::kConfirmed, contest, at);
  const model::Slice& of = *slice(contest);
  auto& points = *expected.protocol.mutable_points();
  while (points.size() < static_cast<int>(of.point_cells())) points.Add(1);
  for (std::size_t i = 0; i < of.point_cells(); ++i) {
    points[static_cast<int>(i)] += totals == nullptr ? 0 : totals->points[i];
  }
  if (!votes) return;
  for (std::size_t i = 0; i < of.vote_cells(); ++i) {
    expected.protocol.add_votes((totals == nullptr ? 0 : totals->votes[i]) + 1);
  }
}

std::vector<RecordedLot> TerritorialBook::lots_that_stand(
    const std::vector<model::ContestRound>& group) const {
  std::vector<RecordedLot> standing;
  for (const model::ContestRound& contest : group) {
    const auto found = lots_.find(contest);
    const model::Slice* of = slice(contest);
    if (found == lots_.end() || of == nullptr) continue;
    const auto decided = decisions_.find({of->area(), contest});
    for (const LotRecord& record : found->second) {
      const auto names = [&](const Decision& one) { return one.statement == record.statement; };
      // Drawn or written down wrongly: taken back by name, by the commission above.
      const bool taken_back =
          decided != decisions_.end() && (std::ranges::any_of(decided->second.returns, names) ||
                                          std::ranges::any_of(decided->second.annulments, names));
      if (!taken_back && projection_.stands(record.by.key)) standing.push_back(record.lot);
    }
  }
  return standing;
}

Result<ContestFigures> TerritorialBook::figures_of(const model::ContestRound& contest) const {
  const model::Slice* of = slice(contest);
  if (of == nullptr) {
    return fail(ErrorCode::kUnavailable,
                "the definition of " + contest.contest.str() + " is not here");
  }
  const model::UnitIndex area = projection_.definition()->units().find(of->area());
  const results::Totals* totals =
      projection_.tally()->totals(results::Which::kConfirmed, contest, area);
  ContestFigures figures;
  figures.slice = of->shared_from_this();
  figures.votes = totals == nullptr ? std::vector<std::uint64_t>(of->vote_cells()) : totals->votes;
  figures.precincts = projection_.confirmed_votes(contest);
  return figures;
}

Result<Determination> TerritorialBook::work_out(
    const std::vector<model::ContestRound>& group) const {
  std::vector<ContestFigures> figures;
  for (const model::ContestRound& contest : group) {
    auto one = figures_of(contest);
    if (!one) return std::unexpected(std::move(one.error()));
    figures.push_back(std::move(*one));
  }
  return determine(figures, lots_that_stand(group));
}

Result<void> TerritorialBook::all_confirmed(const model::ContestRound& contest,
                                            const std::vector<model::ContestRound>& group) const {
  Expected expected;
  expect_group(contest, expected);
  for (const model::ContestRound& one : group) {
    const model::Slice* of = slice(one);
    if (of != nullptr && is_uncontested(*of)) continue;
    expect_precincts(one, of == nullptr ? model::UnitId() : of->area(), expected);
  }
  if (expected.missing.empty()) return {};
  return fail(ErrorCode::kUnavailable, expected.missing.front());
}

Result<Determination> TerritorialBook::determination(const model::ContestRound& contest) const {
  const auto group = group_of(contest);
  if (auto good = all_confirmed(contest, group); !good)
    return std::unexpected(std::move(good.error()));
  return work_out(group);
}

Result<RunoffBallot> TerritorialBook::runoff(const model::ContestRound& round_one,
                                             std::span<const std::string> withdrawn) const {
  if (auto good = all_confirmed(round_one, {round_one}); !good) {
    return std::unexpected(std::move(good.error()));
  }
  const auto figures = figures_of(round_one);
  if (!figures) return std::unexpected(figures.error());
  return derive_runoff(*figures, lots_that_stand({round_one}), withdrawn);
}

// Without the manifest's word on who counts together, a threshold could be taken over a part.
void TerritorialBook::expect_group(const model::ContestRound& contest, Expected& expected) const {
  const model::Slice* own = slice(contest);
  if (own == nullptr || own->data().group().empty() ||
      own->data().group() == contest.contest.str()) {
    return;
  }
  if (projection_.definition()->group(contest) != own->data().group()) {
    add_reason(expected.missing,
               "the definition does not tell which contests belong to " + own->data().group());
  }
}

void TerritorialBook::expect_outcomes(const model::ContestRound& contest,
                                      Expected& expected) const {
  if (!expected.missing.empty()) return;
  auto determined = work_out(group_of(contest));
  if (!determined) {
    add_reason(expected.missing, determined.error().message);
    return;
  }
  for (const PendingLot& lot : determined->pending) {
    add_reason(expected.missing,
               "a lot is to be drawn for " + lot.contest.contest.str() + " (" + lot.kind + ")");
  }
  for (const auto& outcome : determined->outcomes) *expected.protocol.add_outcomes() = outcome;
}

TerritorialBook::Expected TerritorialBook::expect(const TerritorialPlace& key) const {
  Expected expected;
  const auto& [place, kind] = key;
  const model::Slice* own = slice(place.contest);
  if (own == nullptr) {
    expected.missing.push_back("the definition of " + place.contest.contest.str() + " is not here");
    return expected;
  }
  const bool mayor = own->kind() == v1::CONTEST_KIND_MAYOR;
  if (kind == kFinal) expect_group(place.contest, expected);
  if (kind != kFinal || mayor) {
    const auto collecting =
        kind == kTabulation ? collecting_units(*own) : std::vector<model::UnitId>();
    if (collecting.empty()) {
      expect_precincts(place.contest, place.unit, expected);
    } else {
      expect_commissions(kCollective, place.contest, collecting, expected);
    }
    expect_totals(place.contest, place.unit, true, expected);
  } else {
    for (const model::ContestRound& contest : group_of(place.contest)) {
      const model::Slice* of = slice(contest);
      if (of != nullptr && is_uncontested(*of)) continue;
      expect_commissions(kTabulation, contest, {place.unit}, expected);
      if (of != nullptr) expect_totals(contest, place.unit, false, expected);
    }
  }
  if (kind == kFinal) expect_outcomes(place.contest, expected);
  return expected;
}

Result<v1::TerritorialProtocol> TerritorialBook::draft(const TerritorialPlace& key) const {
  if (projection_.definition() == nullptr) {
    return fail(ErrorCode::kUnavailable, "no definition is here yet");
  }
  Expected expected = expect(key);
  if (!expected.missing.empty()) {
    std::string what;
    for (const std::string& one : expected.missing) what += (what.empty() ? "" : "; ") + one;
    return fail(ErrorCode::kUnavailable, std::move(what));
  }
  Protocol protocol = std::move(expected.protocol);
  protocol.set_kind(key.kind);
  protocol.mutable_place()->set_unit(key.place.unit.str());
  protocol.mutable_place()->set_contest(key.place.contest.contest.str());
  protocol.mutable_place()->set_round(key.place.contest.round);
  protocol.set_slice(slice(key.place.contest)->digest().str());
  for (const auto& [input, name] : expected.inputs) protocol.add_inputs(input.str());
  protocol.set_revision(1);
  // After the last one that counts no more, whatever became of it.
  if (const auto found = places_.find(key); found != places_.end()) {
    for (const Body& body : found->second.bodies) {
      const bool stands = body.state == TerritorialState::kWaiting ||
                          body.state == TerritorialState::kFinal ||
                          body.state == TerritorialState::kInConflict;
      if (stands || body.head.revision < protocol.revision()) continue;
      protocol.set_revision(body.head.revision + 1);
      protocol.set_supersedes(body.head.statement.str());
    }
  }
  return protocol;
}

}  // namespace urna::node
