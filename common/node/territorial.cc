#include "common/node/territorial.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/node/projection.h"
#include "common/node/territorial_compare.h"
#include "common/node/twin.h"

namespace urna::node {

namespace {

using trust::Kind;
using Protocol = v1::TerritorialProtocol;

constexpr auto kCollective = Protocol::KIND_COLLECTIVE;
constexpr auto kTabulation = Protocol::KIND_DISTRICT_TABULATION;
constexpr auto kFinal = Protocol::KIND_FINAL;

// Each kind is worked out from the ones before it.
constexpr TerritorialKind kInOrder[] = {kCollective, kTabulation, kFinal};

template <class Items, class Item>
void add_once(Items& items, Item item) {
  const auto same = [&](const auto& known) { return known.by.record == item.by.record; };
  if (std::ranges::none_of(items, same)) items.push_back(std::move(item));
}

std::string short_name(const StatementId& statement) { return statement.hex().substr(0, 15); }

}  // namespace

std::string_view territorial_state_name(TerritorialState state) {
  switch (state) {
    case TerritorialState::kFinal: return "final";
    case TerritorialState::kWaiting: return "waiting";
    case TerritorialState::kNotFinal: return "not_final";
    case TerritorialState::kInConflict: return "in_conflict";
    case TerritorialState::kSuperseded: return "superseded";
    case TerritorialState::kReturned: return "returned";
    case TerritorialState::kAnnulled: return "annulled";
  }
  return "waiting";
}

std::string_view territorial_kind_name(TerritorialKind kind) {
  switch (kind) {
    case kTabulation: return "tabulation";
    case kCollective: return "collective";
    case kFinal: return "final";
    default: return "unknown";
  }
}

// ---- taking in ----

void TerritorialBook::take_in(const Admissible& record) {
  const trust::OpenedRecord& opened = record.record;
  const Signature by{opened.id, opened.certificate->id};
  const v1::Body& body = *opened.body;
  switch (opened.kind) {
    case Kind::kLot: {
      RecordedLot lot{record.slice->key(),
                      *Digest::from_bytes(body.lot().context()),
                      {body.lot().winners().begin(), body.lot().winners().end()}};
      add_once(lots_[record.slice->key()], LotRecord{std::move(lot), opened.statement, by});
      return;
    }
    case Kind::kReturn:
      add_once(decisions_[*record.place].returns,
               Decision{*StatementId::from_bytes(body.return_().statement()), by});
      return;
    case Kind::kAnnulment:
      add_once(decisions_[*record.place].annulments,
               Decision{*StatementId::from_bytes(body.annulment().statement()), by});
      return;
    case Kind::kSettlement: {
      SettlementOf settlement{
          *StatementId::from_bytes(body.settlement().chosen()), {}, record.signer_depth, by};
      for (const std::string& id : body.settlement().set_aside()) {
        settlement.set_aside.push_back(*StatementId::from_bytes(id));
      }
      add_once(decisions_[*record.place].settlements, std::move(settlement));
      return;
    }
    case Kind::kTerritorial: break;
    // A commission's own protocol is neither confirmed nor approved.
    default: return;
  }
  const Protocol& protocol = body.territorial();
  const TerritorialPlace key{*record.place, protocol.kind()};
  Place& place = places_[key];
  places_of_contest_[key.place.contest].insert(key);
  for (Body& known : place.bodies) {
    if (known.head.statement != opened.statement) continue;
    const auto same = [&](const Signature& other) { return other.record == by.record; };
    if (std::ranges::none_of(known.head.signatures, same)) known.head.signatures.push_back(by);
    return;
  }
  Body& fresh = place.bodies.emplace_back();
  fresh.head.statement = opened.statement;
  fresh.head.revision = protocol.revision();
  if (!protocol.supersedes().empty()) {
    fresh.head.supersedes = *StatementId::from_bytes(protocol.supersedes());
  }
  fresh.head.slice = *Digest::from_bytes(protocol.slice());
  fresh.head.signatures.push_back(by);
  fresh.protocol = protocol;
}

// ---- effects ----

std::set<TerritorialPlace> TerritorialBook::places_touched(
    const std::set<model::ContestRound>& contests) const {
  std::set<TerritorialPlace> touched;
  for (const model::ContestRound& contest : contests) {
    for (const model::ContestRound& named : {contest, group_of(contest).front()}) {
      const auto found = places_of_contest_.find(named);
      if (found != places_of_contest_.end()) {
        touched.insert(found->second.begin(), found->second.end());
      }
    }
  }
  return touched;
}

void TerritorialBook::settle(const std::set<model::ContestRound>* touched) {
  if (projection_.definition() == nullptr || places_.empty()) return;
  const std::set<TerritorialPlace> some =
      touched == nullptr ? std::set<TerritorialPlace>() : places_touched(*touched);
  for (const TerritorialKind kind : kInOrder) {
    for (auto& [key, place] : places_) {
      if (key.kind == kind && (touched == nullptr || some.contains(key))) settle_place(key, place);
    }
  }
}

void TerritorialBook::judge(const TerritorialPlace& key, const Expected& expected, Body& body,
                            bool& waits, bool& fell) const {
  const model::Slice* own = slice(key.place.contest);
  body.reasons.clear();
  std::set<StatementId> named;
  for (const std::string& bytes : body.protocol.inputs()) {
    const StatementId input = *StatementId::from_bytes(bytes);
    named.insert(input);
    if (expected.inputs.contains(input)) continue;
    const auto fallen = expected.fallen.find(input);
    if (fallen != expected.fallen.end()) add_reason(body.reasons, fallen->second);
  }
  if (key.kind == kFinal && group_of(key.place.contest).front() != key.place.contest) {
    add_reason(body.reasons, "it does not stand at the first contest of its council");
  }
  fell = !body.reasons.empty();
  if (fell) return;
  waits = !expected.missing.empty();
  if (waits) {
    body.reasons = expected.missing;
    return;
  }
  for (const StatementId& input : named) {
    if (!expected.inputs.contains(input)) {
      add_reason(body.reasons, "it adds up " + short_name(input) + ", which is no part of it");
    }
  }
  for (const auto& [input, name] : expected.inputs) {
    if (!named.contains(input)) add_reason(body.reasons, "it does not add up " + name);
  }
  if (own != nullptr && !broken(Twin::kSumsBelieved)) {
    name_differences(*own, body.protocol, expected.protocol, body.reasons);
  }
  fell = !body.reasons.empty();
}

namespace {

// `with`: the effect when what is not final counts as returned; `alone`: when it does not.
TerritorialState state_of(State with, State alone, bool waits, bool fell) {
  if (with == State::kSuperseded) return TerritorialState::kSuperseded;
  if (with == State::kAnnulled) return TerritorialState::kAnnulled;
  if (alone == State::kReturned) return TerritorialState::kReturned;
  if (fell) return TerritorialState::kNotFinal;
  if (with == State::kInConflict) return TerritorialState::kInConflict;
  if (waits || with == State::kWaiting) return TerritorialState::kWaiting;
  return TerritorialState::kFinal;
}

}  // namespace

void TerritorialBook::settle_place(const TerritorialPlace& key, Place& place) {
  const Expected expected = expect(key);
  const model::Slice* own = slice(key.place.contest);
  PlaceRecords records;
  if (const auto found = decisions_.find(key.place); found != decisions_.end()) {
    records.returns = found->second.returns;
    records.annulments = found->second.annulments;
    records.settlements = found->second.settlements;
  }
  for (const Body& body : place.bodies) records.bodies.push_back(body.head);
  PlaceRecords with_fallen = records;
  // A commission whose protocol was annulled makes another: nobody else could.
  with_fallen.returns.insert(with_fallen.returns.end(), records.annulments.begin(),
                             records.annulments.end());
  std::vector<char> waits(place.bodies.size()), fell(place.bodies.size());
  for (std::size_t i = 0; i < place.bodies.size(); ++i) {
    bool waiting = false;
    bool fallen = false;
    judge(key, expected, place.bodies[i], waiting, fallen);
    waits[i] = waiting;
    fell[i] = fallen;
    // To its revision, a body that is not final is as good as returned.
    if (fallen) with_fallen.returns.push_back({place.bodies[i].head.statement, {}});
  }
  EffectContext context;
  context.revoked = [this](const KeyId& id) { return !projection_.stands(id); };
  if (own != nullptr) context.slice_in_force = own->digest();
  const auto alone = effects_of(records, context);
  const auto with = effects_of(with_fallen, context);
  for (std::size_t i = 0; i < place.bodies.size(); ++i) {
    Body& body = place.bodies[i];
    body.state = state_of(with[i].state, alone[i].state, waits[i] != 0, fell[i] != 0);
    const bool own_reason = body.state == TerritorialState::kNotFinal ||
                            (body.state == TerritorialState::kWaiting && waits[i] != 0);
    if (body.state == TerritorialState::kFinal) {
      body.reasons.clear();
    } else if (!own_reason) {
      body.reasons.assign(1, std::string(with[i].reason));
    }
  }
}

// ---- questions ----

std::vector<TerritorialBook::View> TerritorialBook::bodies(const TerritorialPlace& key) const {
  std::vector<View> views;
  const auto found = places_.find(key);
  if (found == places_.end()) return views;
  for (const Body& body : found->second.bodies) {
    View& view = views.emplace_back();
    view.statement = body.head.statement;
    view.revision = body.head.revision;
    view.state = body.state;
    view.reasons = body.reasons;
    for (const Signature& by : body.head.signatures) view.records.push_back(by.record);
  }
  std::ranges::sort(views, {}, &View::statement);
  return views;
}

std::vector<TerritorialPlace> TerritorialBook::places() const {
  std::vector<TerritorialPlace> all;
  for (const auto& [key, place] : places_) all.push_back(key);
  return all;
}

const v1::TerritorialProtocol* TerritorialBook::final_at(const TerritorialPlace& key) const {
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  for (const Body& body : found->second.bodies) {
    if (body.state == TerritorialState::kFinal) return &body.protocol;
  }
  return nullptr;
}

}  // namespace urna::node
