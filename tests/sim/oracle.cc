#include "tests/sim/oracle.h"

#include <algorithm>

#include "common/trust/sha256.h"
#include "urna/v1/record.pb.h"

namespace urna::sim {

namespace {

using node::State;

StatementId statement(const std::string& bytes) { return *StatementId::from_bytes(bytes); }

}  // namespace

void Oracle::add(std::string_view record, const model::UnitId& signer) {
  v1::SignedRecord envelope;
  v1::Payload payload;
  Signed one;
  URNA_CHECK(envelope.ParseFromString(std::string(record)));
  URNA_CHECK(payload.ParseFromString(envelope.payload()));
  URNA_CHECK(one.body.ParseFromString(payload.body()));
  one.key = envelope.key_id();
  one.depth = nation_.upwards(signer).size();
  one.statement = trust::statement_of(payload.body());
  const v1::Place* place = nullptr;
  switch (one.body.kind_case()) {
    case v1::Body::kManifest: manifests_.insert(one.statement); return;
    case v1::Body::kRevocation: revoked_.insert(one.body.revocation().key_id()); return;
    case v1::Body::kProtocol: place = &one.body.protocol().place(); break;
    case v1::Body::kConfirmation: place = &one.body.confirmation().place(); break;
    case v1::Body::kReturn: place = &one.body.return_().place(); break;
    case v1::Body::kApproval: place = &one.body.approval().place(); break;
    case v1::Body::kSettlement: place = &one.body.settlement().place(); break;
    case v1::Body::kAnnulment: place = &one.body.annulment().place(); break;
    default: URNA_CHECK(false);
  }
  Place& here = places_[*model::parse_place(*place)];
  if (one.body.has_protocol()) {
    here.bodies[one.statement] = one.body.protocol();
    here.keys[one.statement].insert(one.key);
  } else {
    here.decisions.push_back(std::move(one));
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

// One place. Each question is a predicate over the whole set, so order cannot matter.
class Oracle::Judge {
 public:
  Judge(const Oracle& oracle, const Place& place, const Digest* slice)
      : oracle_(oracle), place_(place), slice_(slice) {}

  Meaning of(const StatementId& id) const {
    Meaning meaning;
    meaning.confirmed = confirmed(id);
    meaning.needs_decision =
        !annulled(id) && !sent_back(id) && !set_aside(id) && meaning.confirmed && undermined(id);
    meaning.state = state(id);
    return meaning;
  }

 private:
  bool stands(const Signed& decision) const { return !oracle_.revoked_.contains(decision.key); }
  template <class Test>
  bool any(Test test) const {
    return std::ranges::any_of(place_.decisions, test);
  }

  bool confirmed(const StatementId& id) const {
    return any([&](const Signed& d) {
      return d.body.has_confirmation() && d.body.confirmation().statement() == id.view() &&
             stands(d);
    });
  }
  bool annulled(const StatementId& id) const {
    return any([&](const Signed& d) {
      return d.body.has_annulment() && d.body.annulment().statement() == id.view();
    });
  }
  bool sent_back(const StatementId& id) const {
    return any([&](const Signed& d) {
      return d.body.has_return_() && d.body.return_().statement() == id.view();
    });
  }
  // No licence that signed it is left, or its contest is defined anew.
  bool undermined(const StatementId& id) const {
    const auto& keys = place_.keys.at(id);
    const bool somebody = std::ranges::any_of(
        keys, [&](const std::string& key) { return !oracle_.revoked_.contains(key); });
    return !somebody || slice_ == nullptr || place_.bodies.at(id).slice() != slice_->view();
  }
  bool returned(const StatementId& id) const {
    return !annulled(id) && (sent_back(id) || (!confirmed(id) && undermined(id)));
  }
  bool waiting(const StatementId& id) const {
    const v1::Protocol& body = place_.bodies.at(id);
    if (annulled(id) || returned(id) || body.supersedes().empty()) return false;
    const auto before = place_.bodies.find(statement(body.supersedes()));
    return before == place_.bodies.end() ||
           !(returned(before->first) || sent_back(before->first)) ||
           body.revision() != before->second.revision() + 1;
  }
  bool set_aside(const StatementId& id) const {
    const Ruling ruling = ruling_on(id);
    return ruling.aside && !ruling.chosen && !annulled(id) && !returned(id) && !waiting(id);
  }
  bool claims(const StatementId& id) const {
    return !annulled(id) && !returned(id) && !waiting(id) && !set_aside(id);
  }
  bool approved(const StatementId& id) const {
    const std::vector<std::string> codes = oracle_.blocking_(id);
    return std::ranges::all_of(codes, [&](const std::string& code) {
      return any([&](const Signed& d) {
        return d.body.has_approval() && d.body.approval().statement() == id.view() && stands(d) &&
               std::ranges::count(d.body.approval().codes(), code) > 0;
      });
    });
  }

  State state(const StatementId& id) const {
    if (annulled(id)) return State::kAnnulled;
    if (returned(id)) return followed(id) ? State::kSuperseded : State::kReturned;
    if (waiting(id)) return State::kWaiting;
    if (set_aside(id)) return State::kSuperseded;
    if (!wins(id)) return State::kInConflict;
    return approved(id) ? State::kEffective : State::kAwaitingApproval;
  }

  bool followed(const StatementId& id) const {
    return std::ranges::any_of(place_.bodies, [&](const auto& other) {
      return other.second.supersedes() == id.view() && !waiting(other.first);
    });
  }

  // What the highest of the settlements that stand and name a body says of it.
  struct Ruling {
    std::size_t depth = SIZE_MAX;
    bool chosen = false;
    bool aside = false;
  };
  Ruling ruling_on(const StatementId& id) const {
    std::map<std::size_t, Ruling> by_depth;
    for (const Signed& d : place_.decisions) {
      if (!d.body.has_settlement() || !stands(d)) continue;
      const v1::Settlement& settlement = d.body.settlement();
      const bool chosen = settlement.chosen() == id.view();
      const bool aside = std::ranges::count(settlement.set_aside(), id.view()) > 0;
      if (!chosen && !aside) continue;
      Ruling& ruling = by_depth[d.depth];
      ruling = {d.depth, ruling.chosen || chosen, ruling.aside || aside};
    }
    return by_depth.empty() ? Ruling{} : by_depth.begin()->second;
  }

  // The only one that claims the place; or, of several, the only one named by a confirmation or by
  // the highest choice, as long as no settlements of one rank disagree about any of them.
  bool wins(const StatementId& id) const {
    std::vector<StatementId> claimants;
    for (const auto& [other, body] : place_.bodies) {
      if (claims(other)) claimants.push_back(other);
    }
    std::size_t highest = SIZE_MAX;
    for (const StatementId& one : claimants) {
      const Ruling ruling = ruling_on(one);
      if (ruling.chosen && ruling.aside) return false;
      if (ruling.chosen) highest = std::min(highest, ruling.depth);
    }
    if (claimants.size() == 1) return true;
    const auto named = [&](const StatementId& one) {
      const Ruling ruling = ruling_on(one);
      return confirmed(one) || (ruling.chosen && ruling.depth == highest);
    };
    return named(id) && std::ranges::count_if(claimants, named) == 1;
  }

  const Oracle& oracle_;
  const Place& place_;
  const Digest* slice_;
};

std::map<StatementId, Meaning> Oracle::judge(const model::PlaceId& id, const Place& place) const {
  const DefinitionVersion* version = in_force();
  const Digest* slice = nullptr;
  if (version != nullptr && version->slices.contains(id.contest)) {
    slice = &version->slices.at(id.contest);
  }
  const Judge judge(*this, place, slice);
  std::map<StatementId, Meaning> meanings;
  for (const auto& [body, protocol] : place.bodies) meanings[body] = judge.of(body);
  return meanings;
}

std::map<model::PlaceId, std::map<StatementId, Meaning>> Oracle::effects() const {
  std::map<model::PlaceId, std::map<StatementId, Meaning>> all;
  for (const auto& [id, place] : places_) all[id] = judge(id, place);
  return all;
}

void Oracle::add_up(const model::PlaceId& id, const v1::Protocol& body, bool confirmed,
                    std::map<SumsKey, Sums>& sums) const {
  const model::Slice& slice = nation_.slice(*Digest::from_bytes(body.slice()));
  for (const model::UnitId& unit : nation_.upwards(id.unit)) {
    if (unit == id.unit) continue;
    Sums& sum = sums[{confirmed, id.contest, unit}];
    ++sum["protocols"];
    for (int i = 0; i < body.points_size(); ++i) {
      sum[slice.form().points(i).code()] += model::figure_of(body.points(i));
    }
    int cell = 0;
    for (const v1::Option& option : slice.data().options()) {
      sum["votes:" + option.code()] += model::figure_of(body.votes(cell++));
      for (const v1::Candidate& candidate : option.candidates()) {
        sum["votes:" + option.code() + "/" + std::to_string(candidate.position())] +=
            model::figure_of(body.votes(cell++));
      }
    }
  }
}

std::map<SumsKey, Sums> Oracle::sums() const {
  std::map<SumsKey, Sums> sums;
  for (const auto& [id, place] : places_) {
    for (const auto& [body, meaning] : judge(id, place)) {
      if (!node::counts(meaning.state)) continue;
      add_up(id, place.bodies.at(body), false, sums);
      if (meaning.state == State::kEffective && meaning.confirmed) {
        add_up(id, place.bodies.at(body), true, sums);
      }
    }
  }
  return sums;
}

}  // namespace urna::sim
