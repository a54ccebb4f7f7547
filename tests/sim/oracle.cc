#include "tests/sim/oracle.h"

#include <algorithm>

#include "common/model/place.h"
#include "common/trust/sha256.h"
#include "tests/sim/oracle_judge.h"
#include "urna/v1/record.pb.h"

namespace urna::sim {

namespace {

using node::State;

model::ContestRound contest_of(const v1::Lot& lot) {
  return {*model::ContestId::parse(lot.contest()), lot.round()};
}

}  // namespace

std::shared_ptr<const Told> tell(const Nation& nation, std::string_view record) {
  v1::SignedRecord envelope;
  v1::Payload payload;
  auto body = std::make_shared<v1::Body>();
  URNA_CHECK(envelope.ParseFromString(std::string(record)));
  URNA_CHECK(payload.ParseFromString(envelope.payload()));
  URNA_CHECK(body->ParseFromString(payload.body()));
  auto told = std::make_shared<Told>();
  told->key = envelope.key_id();
  told->depth = nation.upwards(unit_id(payload.header().unit())).size();
  told->kind = static_cast<trust::Kind>(body->kind_case());
  if (const v1::Place* named = model::place_in(*body)) {
    const model::PlaceId place = *model::parse_place(*named);
    told->contest = place.contest;
    told->about = place.unit;
  } else if (body->has_lot()) {
    // The commission whose result it decides.
    told->contest = contest_of(body->lot());
    told->about = nation.area_of(*told->contest);
  }
  told->body = std::move(body);
  told->statement = trust::statement_of(payload.body());
  return told;
}

Oracle::Claim& Oracle::claim_of(Claims& claims, const Record& told) {
  Claim& claim = claims[told->statement];
  claim.keys.insert(told->key);
  claim.told = told;
  return claim;
}

void Oracle::add(Record told) {
  const v1::Body& body = *told->body;
  if (body.has_manifest()) {
    manifests_.insert(told->statement);
    return;
  }
  if (body.has_revocation()) {
    revoked_.insert(body.revocation().key_id());
    return;
  }
  if (body.has_lot()) {
    lots_[*told->contest].push_back(told);
    return;
  }
  if (body.has_turnout()) return;  // is passed on, and means nothing yet
  const model::PlaceId place{*told->about, *told->contest};
  if (body.has_protocol()) {
    Claim& claim = claim_of(places_[place].claims, told);
    claim.supersedes = body.protocol().supersedes();
    claim.revision = body.protocol().revision();
    claim.slice = body.protocol().slice();
  } else if (body.has_territorial()) {
    Claim& claim = claim_of(territorial_[{place, body.territorial().kind()}], told);
    claim.supersedes = body.territorial().supersedes();
    claim.revision = body.territorial().revision();
    claim.slice = body.territorial().slice();
  } else if (nation_.is_precinct(place.unit)) {
    places_[place].decisions.push_back(std::move(told));
  } else {
    of_commissions_[place].push_back(std::move(told));
  }
}

const DefinitionVersion* Oracle::in_force() const {
  const DefinitionVersion* best = nullptr;
  for (const StatementId& id : manifests_) {
    const DefinitionVersion* version = nation_.version(id);
    URNA_CHECK(version != nullptr);
    if (best == nullptr || version->number > best->number) best = version;
  }
  return best;
}

const Digest* Oracle::slice_in_force(const model::ContestRound& contest) const {
  const DefinitionVersion* version = in_force();
  if (version == nullptr) return nullptr;
  const auto found = version->slices.find(contest);
  return found == version->slices.end() ? nullptr : &found->second;
}

Oracle::Effects Oracle::effects() const {
  Effects all;
  for (const auto& [id, place] : places_) {
    const Judge judge(*this, place.claims, place.decisions, slice_in_force(id.contest));
    auto& meanings = all[id];
    for (const auto& [body, claim] : place.claims) meanings[body] = judge.of(body);
  }
  return all;
}

void Oracle::add_up(const model::PlaceId& id, const v1::Protocol& body, bool confirmed,
                    SumsByKey& sums) const {
  const Nation::Layout& layout = nation_.layout(*Digest::from_bytes(body.slice()));
  for (const model::UnitId& unit : nation_.upwards(id.unit)) {
    if (unit == id.unit) continue;
    Sums& sum = sums[{confirmed, id.contest, unit}];
    sum.resize(nation_.columns());
    ++sum[nation_.column("protocols")];
    for (int i = 0; i < body.points_size(); ++i) {
      sum[layout.points[static_cast<std::size_t>(i)]] += model::figure_of(body.points(i));
    }
    for (int i = 0; i < body.votes_size(); ++i) {
      sum[layout.votes[static_cast<std::size_t>(i)]] += model::figure_of(body.votes(i));
    }
  }
}

Oracle::SumsByKey Oracle::sums(const Effects& effects) const {
  SumsByKey sums;
  for (const auto& [id, meanings] : effects) {
    for (const auto& [body, meaning] : meanings) {
      if (!node::counts(meaning.state)) continue;
      const v1::Protocol& protocol = places_.at(id).claims.at(body).told->body->protocol();
      add_up(id, protocol, false, sums);
      if (meaning.state == State::kEffective && meaning.confirmed) {
        add_up(id, protocol, true, sums);
      }
    }
  }
  return sums;
}

Oracle::Meant Oracle::meant() const {
  Meant meant{effects(), {}, {}};
  meant.sums = sums(meant.effects);
  meant.territorial = territorial(meant.effects, meant.sums);
  return meant;
}

}  // namespace urna::sim
