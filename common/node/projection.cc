#include "common/node/projection.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/node/twin.h"

namespace urna::node {

namespace {

using trust::Kind;

template <class Items, class Item, class Equal>
bool add_once(Items& items, Item item, Equal equal) {
  if (std::ranges::any_of(items, [&](const auto& known) { return equal(known, item); }))
    return false;
  items.push_back(std::move(item));
  return true;
}

StatementId statement_from(const std::string& bytes) { return *StatementId::from_bytes(bytes); }

std::vector<model::Cell> cells_of(const google::protobuf::RepeatedField<std::uint32_t>& cells) {
  return {cells.begin(), cells.end()};
}

// Cells moved from one option list to another by option code and candidate position. nullopt when a
// vote would be lost.
std::optional<std::vector<model::Cell>> remap_votes(const model::Slice& from,
                                                    const model::Slice& to,
                                                    const std::vector<model::Cell>& votes) {
  std::vector<model::Cell> moved(to.vote_cells(), model::kEmptyCell);
  for (std::size_t i = 0; i < from.options().size(); ++i) {
    const v1::Option& option = from.data().options(static_cast<int>(i));
    const model::OptionCells& cells = from.options()[i];
    const auto target = to.option(option.code());
    const auto place_vote = [&](model::Cell cell, std::optional<std::size_t> at) {
      if (at) moved[*at] = cell;
      return at.has_value() || model::is_empty(cell) || model::figure_of(cell) == 0;
    };
    if (!place_vote(votes[cells.total],
                    target ? std::optional(to.options()[*target].total) : std::nullopt)) {
      return std::nullopt;
    }
    for (std::size_t j = 0; j < cells.candidates; ++j) {
      std::optional<std::size_t> at;
      if (target) {
        const auto& candidates = to.data().options(static_cast<int>(*target)).candidates();
        const auto position = option.candidates(static_cast<int>(j)).position();
        for (int k = 0; k < candidates.size(); ++k) {
          if (candidates[k].position() == position) {
            at = to.options()[*target].first_candidate + static_cast<std::size_t>(k);
          }
        }
      }
      if (!place_vote(votes[cells.first_candidate + j], at)) return std::nullopt;
    }
  }
  return moved;
}

std::vector<model::Cell> remap_points(const model::Slice& from, const model::Slice& to,
                                      const std::vector<model::Cell>& points) {
  std::vector<model::Cell> moved(to.point_cells(), model::kEmptyCell);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (const auto at = to.point(from.form().points(static_cast<int>(i)).code())) {
      moved[*at] = points[i];
    }
  }
  return moved;
}

}  // namespace

void Projection::take_in(const Admissible& record) {
  switch (record.record.kind) {
    case Kind::kManifest:
      manifests_.add(record.definition, signer_of(record.record));
      switch_definition();
      return;
    case Kind::kRevocation:
      revoke(*KeyId::from_bytes(record.record.body->revocation().key_id()),
             record.record.body->revocation().unit());
      return;
    case Kind::kTurnout: return;
    default: break;
  }
  const trust::Certificate& signer = *record.record.certificate;
  Licence& licence = licences_[signer.id];
  if (licence.unit.empty()) licence.unit = signer.subject.unit.str();
  if (!record.of_precinct) {
    territorial_.take_in(record);
    touched_.insert(record.slice->key());
    return;
  }
  const auto [found, fresh] = places_.try_emplace(*record.place);
  Place& place = *found;
  if (fresh) places_of_contest_[place.first.contest].push_back(&place);
  if (licence.places.empty() || licence.places.back() != &place) licence.places.push_back(&place);
  if (record.record.kind == Kind::kProtocol) {
    add_protocol(place.second, record);
  } else {
    add_decision(place.second, record);
  }
  unsettle(place);
}

void Projection::unsettle(Place& place) {
  if (!std::exchange(place.second.unsettled, true)) unsettled_.push_back(&place);
}

void Projection::settle() {
  for (Place* place : unsettled_) {
    place->second.unsettled = false;
    recompute(place->first, place->second);
  }
  unsettled_.clear();
  if (all_touched_ || !touched_.empty()) territorial_.settle(all_touched_ ? nullptr : &touched_);
  touched_.clear();
  all_touched_ = false;
}

bool Projection::stands(const KeyId& key) const {
  if (!revoked_.contains(key)) return true;
  const auto known = licences_.find(key);
  return known == licences_.end() || !is_revoked(key, known->second.unit);
}

bool Projection::is_in_confirmed_tally(const model::PlaceId& place) const {
  const auto found = places_.find(place);
  return found != places_.end() && found->second.received && found->second.confirmed;
}

std::vector<std::vector<model::Cell>> Projection::confirmed_votes(
    const model::ContestRound& contest) const {
  std::vector<std::vector<model::Cell>> rows;
  const auto places = places_of_contest_.find(contest);
  if (places == places_of_contest_.end()) return rows;
  for (const Place* place : places->second) {
    const PlaceState& state = place->second;
    if (!state.received || !state.confirmed) continue;
    const auto cells = cells_in_force(state.records.bodies[*state.received], contest);
    rows.emplace_back(cells->votes().begin(), cells->votes().end());
  }
  return rows;
}

void Projection::add_protocol(PlaceState& state, const Admissible& record) {
  const v1::Protocol& protocol = record.record.body->protocol();
  const Signature by{record.record.id, record.record.certificate->id};
  auto& bodies = state.records.bodies;
  const auto same_record = [](const Signature& a, const Signature& b) {
    return a.record == b.record;
  };
  for (ProtocolBody& body : bodies) {
    if (body.statement != record.record.statement) continue;
    add_once(body.signatures, by, same_record);
    return;
  }
  ProtocolBody body;
  body.statement = record.record.statement;
  body.revision = protocol.revision();
  if (!protocol.supersedes().empty()) body.supersedes = statement_from(protocol.supersedes());
  body.slice = *Digest::from_bytes(protocol.slice());
  body.points = cells_of(protocol.points());
  body.votes = cells_of(protocol.votes());
  for (const validation::Finding& finding : record.findings) {
    const bool blocks = finding.severity == v1::SEVERITY_BLOCKING_WARNING;
    (blocks ? body.blocking : body.warnings).push_back(finding.code);
  }
  std::ranges::sort(body.blocking);
  std::ranges::sort(body.warnings);
  body.signatures.push_back(by);
  bodies.push_back(std::move(body));
  Effect fresh;
  fresh.reason = "not judged yet";
  ++by_state_[static_cast<std::size_t>(fresh.state)];
  state.effects.push_back(fresh);
}

void Projection::add_decision(PlaceState& state, const Admissible& record) {
  const v1::Body& body = *record.record.body;
  const Signature by{record.record.id, record.record.certificate->id};
  const auto same = [](const auto& a, const auto& b) { return a.by.record == b.by.record; };
  PlaceRecords& records = state.records;
  switch (record.record.kind) {
    case Kind::kConfirmation:
      add_once(records.confirmations, Decision{statement_from(body.confirmation().statement()), by},
               same);
      break;
    case Kind::kReturn:
      add_once(records.returns, Decision{statement_from(body.return_().statement()), by}, same);
      break;
    case Kind::kAnnulment:
      add_once(records.annulments, Decision{statement_from(body.annulment().statement()), by},
               same);
      break;
    case Kind::kApproval: {
      const v1::Approval& approval = body.approval();
      add_once(records.approvals,
               ApprovalOf{statement_from(approval.statement()),
                          {approval.codes().begin(), approval.codes().end()},
                          by},
               same);
      break;
    }
    case Kind::kSettlement: {
      SettlementOf settlement;
      settlement.chosen = statement_from(body.settlement().chosen());
      for (const std::string& id : body.settlement().set_aside()) {
        settlement.set_aside.push_back(statement_from(id));
      }
      settlement.depth = record.signer_depth;
      settlement.by = by;
      add_once(records.settlements, std::move(settlement), same);
      break;
    }
    default: URNA_CHECK(false);
  }
}

EffectContext Projection::context_of(const model::ContestRound& key) const {
  EffectContext context;
  context.revoked = [this](const KeyId& id) { return !stands(id); };
  if (definition_ != nullptr) {
    if (const Digest* slice = definition_->slice(key)) context.slice_in_force = *slice;
  }
  return context;
}

void Projection::count_states(const PlaceState& state, int by) {
  for (const Effect& effect : state.effects) {
    by_state_[static_cast<std::size_t>(effect.state)] += static_cast<std::uint64_t>(by);
  }
}

void Projection::recompute(const model::PlaceId& place, PlaceState& state) {
  std::vector<Effect> effects = effects_of(state.records, context_of(place.contest));
  if (effects == state.effects) return;
  touched_.insert(place.contest);
  take_out_of_tally(place, state);
  count_states(state, -1);
  state.effects = std::move(effects);
  count_states(state, +1);
  put_in_tally(place, state);
}

void Projection::revoke(const KeyId& key, const std::string& unit) {
  revoked_.insert(key);
  if (!revocations_[key].insert(unit).second) return;
  all_touched_ = true;
  manifests_.revoke({key, unit});
  book_.revoke({key, unit});
  switch_definition();
  const auto known = licences_.find(key);
  if (known == licences_.end()) return;
  for (Place* place : known->second.places) unsettle(*place);
}

void Projection::switch_definition() {
  if (manifests_.in_force() == definition_) return;
  all_touched_ = true;
  const auto before = std::exchange(definition_, manifests_.in_force());
  const bool same_units =
      before != nullptr && before->data().units() == definition_->data().units();
  if (!same_units) {
    rebuild_tally();
    return;
  }
  std::set<model::ContestRound> changed;
  for (const auto& [key, digest] : before->slices()) {
    const Digest* now = definition_->slice(key);
    if (now == nullptr || *now != digest) changed.insert(key);
  }
  for (const auto& [key, digest] : definition_->slices()) {
    if (before->slice(key) == nullptr) changed.insert(key);
  }
  for (const model::ContestRound& key : changed) reopen(key);
}

void Projection::parts_changed() {
  if (definition_ == nullptr) return;
  for (const auto& [key, digest] : book_.slices_here(*definition_)) {
    if (!opened_.contains(key)) reopen(key);
  }
}

void Projection::rebuild_tally() {
  for (auto& [place, state] : places_) {
    state.received.reset();
    state.confirmed = false;
  }
  opened_.clear();
  units_ = std::shared_ptr<const model::Units>(definition_, &definition_->units());
  tally_ = std::make_unique<results::Tally>(units_);
  std::set<model::ContestRound> keys;
  for (const auto& [key, digest] : book_.slices_here(*definition_)) keys.insert(key);
  for (const auto& [key, places] : places_of_contest_) keys.insert(key);
  for (const model::ContestRound& key : keys) reopen(key);
}

// Opens a contest with the slice in force, if it is here, and counts its places anew.
void Projection::reopen(const model::ContestRound& key) {
  touched_.insert(key);
  const auto known = places_of_contest_.find(key);
  if (known != places_of_contest_.end()) {
    for (Place* place : known->second) take_out_of_tally(place->first, place->second);
  }
  if (opened_.erase(key) > 0) tally_->close_contest(key);
  const Digest* digest = definition_->slice(key);
  if (digest != nullptr) {
    const auto loaded = book_.slice(*digest);
    // A manifest may name any slice for a contest. Nothing is admitted under another contest's.
    if (loaded && (*loaded)->slice->key() == key) {
      tally_->open_contest((*loaded)->slice);
      opened_.emplace(key, *digest);
    }
  }
  if (known == places_of_contest_.end()) return;
  for (Place* place : known->second) {
    recompute(place->first, place->second);
    put_in_tally(place->first, place->second);
  }
}

std::optional<Projection::Cells> Projection::cells_in_force(const ProtocolBody& body,
                                                            const model::ContestRound& key) const {
  const Digest& opened = opened_.at(key);
  if (opened == body.slice) return Cells(body);
  const auto from = book_.slice(body.slice);
  if (!from) return std::nullopt;
  const model::Slice& to = tally_->slice(key);
  auto votes = remap_votes(*(*from)->slice, to, body.votes);
  if (!votes) return std::nullopt;
  return Cells(remap_points(*(*from)->slice, to, body.points), std::move(*votes));
}

model::UnitIndex Projection::parent_in_tally(const model::PlaceId& place) const {
  const v1::Precinct* precinct = tally_->slice(place.contest).precinct(place.unit);
  if (precinct == nullptr) return model::kNoUnit;
  return definition_->units().find(*model::UnitId::parse(precinct->parent()));
}

void Projection::put_in_tally(const model::PlaceId& place, PlaceState& state) {
  if (state.received || !opened_.contains(place.contest)) return;
  for (std::size_t i = 0; i < state.effects.size(); ++i) {
    const State body = state.effects[i].state;
    const bool set_aside = body == State::kSuperseded && broken(Twin::kTallyCountsSuperseded);
    if (!counts(body) && !set_aside) continue;
    const auto cells = cells_in_force(state.records.bodies[i], place.contest);
    const model::UnitIndex parent = parent_in_tally(place);
    if (!cells || parent == model::kNoUnit) return;
    tally_->add(results::Which::kReceived, place.contest, parent, cells->points(), cells->votes());
    state.received = i;
    const bool effective = body == State::kEffective || broken(Twin::kTallyConfirmsUnapproved);
    if (effective && state.effects[i].confirmed) {
      tally_->add(results::Which::kConfirmed, place.contest, parent, cells->points(),
                  cells->votes());
      state.confirmed = true;
    }
    return;
  }
}

void Projection::take_out_of_tally(const model::PlaceId& place, PlaceState& state) {
  if (!state.received) return;
  const auto cells = cells_in_force(state.records.bodies[*state.received], place.contest);
  const model::UnitIndex parent = parent_in_tally(place);
  URNA_CHECK(cells.has_value() && parent != model::kNoUnit);
  tally_->subtract(results::Which::kReceived, place.contest, parent, cells->points(),
                   cells->votes());
  if (state.confirmed) {
    tally_->subtract(results::Which::kConfirmed, place.contest, parent, cells->points(),
                     cells->votes());
  }
  state.received.reset();
  state.confirmed = false;
}

std::vector<Projection::BodyView> Projection::place(const model::PlaceId& place) const {
  std::vector<BodyView> views;
  const auto found = places_.find(place);
  if (found == places_.end()) return views;
  const PlaceState& state = found->second;
  for (std::size_t i = 0; i < state.effects.size(); ++i) {
    const ProtocolBody& body = state.records.bodies[i];
    views.push_back({body.statement, body.revision, state.effects[i], {}});
    for (const Signature& by : body.signatures) views.back().records.push_back(by.record);
  }
  std::ranges::sort(views, {}, &BodyView::statement);
  return views;
}

std::vector<model::PlaceId> Projection::places() const {
  std::vector<model::PlaceId> all;
  for (const auto& [place, state] : places_) all.push_back(place);
  std::ranges::sort(all);
  return all;
}

const ProtocolBody* Projection::counting(const model::PlaceId& place) const {
  const auto found = places_.find(place);
  if (found == places_.end()) return nullptr;
  const PlaceState& state = found->second;
  for (std::size_t i = 0; i < state.effects.size(); ++i) {
    if (counts(state.effects[i].state)) return &state.records.bodies[i];
  }
  return nullptr;
}

}  // namespace urna::node
