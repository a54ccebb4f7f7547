// Peers that mean harm: one with a stolen certificate of a node below, and one without any. What
// must be answered to each attack is known beforehand; what enters a log is watched anyway.

#include <algorithm>

#include "common/model/control_code.h"
#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "tests/sim/world.h"

namespace urna::sim {

namespace {

// Stolen certificates are not among those that are renewed.
constexpr unsigned kStolen = 900;

v1::SignedBatch seal_by(const trust::PrivateKey& key, const trust::Certificate& certificate,
                        const v1::Batch& batch) {
  v1::SignedBatch sealed;
  sealed.set_payload(model::serialise(batch));
  sealed.set_key_id(certificate.id.str());
  sealed.set_signature(
      key.sign({trust::pae_prefix(trust::kBatchType, sealed.payload()), sealed.payload()}));
  sealed.set_certificate(certificate.der);
  return sealed;
}

Bytes with_bit_turned(Bytes bytes, std::size_t at) {
  bytes[at % bytes.size()] = static_cast<char>(bytes[at % bytes.size()] ^ 1);
  return bytes;
}

// The serialised record with its signature or payload changed after it was signed.
Bytes tampered(const Bytes& record, bool figures) {
  v1::SignedRecord envelope;
  URNA_CHECK(envelope.ParseFromString(record));
  if (figures) {
    const Bytes& payload = envelope.payload();
    envelope.set_payload(with_bit_turned(payload, payload.size() - 3));
  } else {
    envelope.set_signature(with_bit_turned(envelope.signature(), 40));
  }
  return model::serialise(envelope);
}

std::string told_outcome(const v1::Outcome& outcome) {
  if (outcome.has_refused()) return outcome.refused().code();
  if (outcome.has_deferred()) return "deferred";
  return outcome.has_duplicate_of() ? "duplicate" : "admitted";
}

bool is_among(const std::string& word, const std::string& words) {
  return ("|" + words + "|").find("|" + word + "|") != std::string::npos;
}

}  // namespace

void World::attack() {
  std::vector<Site*> targets;
  for (Site* one : machines()) {
    if (one->up() && !nation_.is_precinct(one->unit)) targets.push_back(one);
  }
  if (targets.empty()) return;
  Site& target = *random_.pick(targets);
  const PrecinctPlan& precinct = random_.pick(nation_.precincts);
  const SessionId id = next_session_++;
  Attack attack;
  attack.from = precinct.unit;
  switch (random_.below(3)) {
    case 0: plan_batch_attack(attack); break;
    case 1: plan_record_attack(attack, false); break;
    default: plan_record_attack(attack, true);
  }
  // Whoever holds a definition serves only what lies under it; as long as its slices are not here,
  // it cannot tell where a precinct lies.
  const node::DefinitionBook& book = target.engine->core().book();
  if (target.engine->core().has_definition() && attack.refusal.empty()) {
    const bool known = book.parent_of(precinct.unit) != nullptr;
    const bool outside = !nation_.lies_under(precinct.unit, target.unit);
    if (outside) attack.refusal = "not_authorised";
    if (!outside && !known) attack.refusal = "|not_authorised";
  }
  count("attacks");
  trace([&] {
    return "attack on " + target.name() + " as " + attack.from.str() + ": " + attack.what;
  });
  count("attack: " + attack.what);
  attacks_.emplace(id, attack);
  call(target, [&](node::Engine& engine) {
    return engine.receive_batch(id, attack.from.str(), attack.batch, clock(target));
  });
  if (target.up() && random_.chance(300)) attack_by_following(target, precinct.unit);
}

// A stream that asks for everything from somewhere that never was.
void World::attack_by_following(Site& target, const model::UnitId& unit) {
  const SessionId id = next_session_++;
  attacks_.emplace(id, Attack());
  v1::FollowRequest request;
  request.set_election(keys_.election().str());
  request.set_unit(unit.str());
  request.set_log_id(random_.chance(500) ? target.engine->core().log_id().str() : Bytes(16, 'x'));
  request.set_position(random_.next() >> 1);
  request.set_notices_from(random_.next() >> 1);
  request.mutable_known()->set_log_id(request.log_id());
  request.mutable_known()->set_size(random_.below(1'000));
  request.mutable_known()->set_root(Bytes(32, 'r'));
  request.add_wanted(Bytes(32, 'w'));
  request.add_wanted("short");
  count("attack: a follower of nowhere");
  call(target, [&](node::Engine& engine) {
    return engine.open_follow(id, unit.str(), request, clock(target));
  });
  if (target.up()) target.engine->closed(id);
}

v1::Batch World::batch_of(const model::UnitId& unit, const std::vector<Bytes>& records) {
  v1::Batch batch;
  batch.set_election(keys_.election().str());
  batch.set_sender(unit.str());
  batch.set_sequence(random_.between(1, 3));
  batch.set_created_at_ms(now_ms_);
  // A checkpoint of a log that is not there, perhaps under the id of the one that is.
  const Bytes own = must(site(unit).disk->log_id()).str();
  batch.mutable_log()->set_log_id(random_.chance(500) ? own : Bytes(16, 'f'));
  batch.mutable_log()->set_size(random_.below(2'000));
  batch.mutable_log()->set_root(Bytes(32, 'f'));
  batch.set_scanned_to(random_.below(2'000));
  for (std::size_t i = 0; i < records.size(); ++i) {
    v1::BatchEntry& entry = *batch.add_entries();
    entry.set_position(i);
    entry.set_record(records[i]);
  }
  return batch;
}

// The batch itself is not what it should be: refused whole.
void World::plan_batch_attack(Attack& attack) {
  const node::NodeIdentity& stolen = keys_.node(attack.from, trust::Role::kPrecinctNode, kStolen);
  v1::Batch batch = batch_of(attack.from, {});
  v1::SignedBatch sealed = node::seal_batch(stolen, batch);
  switch (random_.below(7)) {
    case 0:
      attack.what = "a broken signature";
      attack.refusal = "bad_signature";
      sealed.set_signature(with_bit_turned(sealed.signature(), 40));
      break;
    case 1:
      attack.what = "a changed payload";
      attack.refusal = "bad_signature";
      sealed.set_payload(with_bit_turned(sealed.payload(), sealed.payload().size() - 1));
      break;
    case 2: {
      attack.what = "a batch signed with a licence";
      attack.refusal = "wrong_sender";
      const Licence& chair = keys_.licence(attack.from, trust::Role::kChair);
      sealed = seal_by(chair.key, *chair.certificate, batch);
      break;
    }
    case 3:
      attack.what = "a certificate nobody trusts";
      attack.refusal = "certificate_untrusted";
      sealed =
          node::seal_batch(keys_.stranger().node(attack.from, trust::Role::kPrecinctNode), batch);
      break;
    case 4: {
      attack.what = "garbage";
      attack.refusal = "malformed";
      sealed.set_payload(Bytes("\xff\xff garbage", 10));
      sealed.set_signature(stolen.key.sign(
          {trust::pae_prefix(trust::kBatchType, sealed.payload()), sealed.payload()}));
      break;
    }
    case 5:
      attack.what = "another election";
      attack.refusal = "wrong_election";
      batch.set_election("pl-other");
      sealed = node::seal_batch(stolen, batch);
      break;
    default:
      attack.what = "somebody else's name";
      attack.refusal = "wrong_sender";
      batch.set_sender(nation_.centre.str());
      sealed = node::seal_batch(stolen, batch);
      // Or a whole batch of somebody else's, as it was overheard.
      if (!overheard_.empty()) {
        const auto& [unit, old] = random_.pick(overheard_);
        if (unit != attack.from) sealed = old;
      }
  }
  attack.batch = std::move(sealed);
}

// A sound batch of records that are not: each is refused by itself, or waits for what it names.
void World::plan_record_attack(Attack& attack, bool with_true_ones) {
  std::vector<Bytes> records;
  std::vector<Bytes> blobs;
  const auto add = [&](Bytes record, const trust::Certificate& by, std::string outcome) {
    records.push_back(std::move(record));
    blobs.push_back(by.der);
    attack.outcomes.push_back(std::move(outcome));
  };
  const Desk& desk = *random_.pick(desks_);
  const DefinitionVersion& version = nation_.versions.front();
  const auto forge = [&](Flaw flaw) {
    return papers_.protocol(desk.place, version, nullptr, flaw, v1::ENTRY_ORIGIN_UNSPECIFIED).body;
  };
  const Licence& chair = keys_.licence(desk.place.unit, trust::Role::kChair);
  const auto sign = [&](const Licence& by, const v1::Body& body, std::uint64_t at_ms) {
    return by.sign(body, version.id.view(), at_ms);
  };
  attack.what = "forged records";
  add(tampered(sign(chair, forge(Flaw::kNone), now_ms_), true), *chair.certificate,
      "bad_signature");
  add(tampered(sign(chair, forge(Flaw::kNone), now_ms_), false), *chair.certificate,
      "bad_signature");
  add(sign(chair, forge(Flaw::kError), now_ms_), *chair.certificate, "checks_failed|deferred");
  const Licence& strange = keys_.stranger().licence(desk.place.unit, trust::Role::kChair);
  add(sign(strange, forge(Flaw::kNone), now_ms_), *strange.certificate, "certificate_untrusted");
  const Licence& other = keys_.licence(random_.pick(nation_.precincts).unit, trust::Role::kChair);
  if (&other != &chair) {
    add(sign(other, forge(Flaw::kNone), now_ms_), *other.certificate, "not_authorised|deferred");
  }
  const Licence& late = keys_.expiring(desk.place.unit, trust::Role::kChair);
  add(sign(late, forge(Flaw::kNone), kExpiryMs + 1), *late.certificate, "certificate_not_valid");
  v1::Body confirmation = Papers::confirmation({desk.place, trust::statement_of("x"), 1, {}, {}});
  confirmation.mutable_confirmation()->set_control_code(
      model::ControlCode::of(trust::statement_of("y")).digits());
  const Licence& pleni = keys_.licence(nation_.confirming(*desk.contest, *desk.precinct),
                                       trust::Role::kPlenipotentiary);
  add(sign(pleni, confirmation, now_ms_), *pleni.certificate, "bad_control_code|deferred");
  add("not a record", *chair.certificate, "malformed");
  // True records by another way change nothing, whoever carries them.
  if (with_true_ones && !overheard_.empty()) {
    v1::Batch old;
    URNA_CHECK(old.ParseFromString(random_.pick(overheard_).second.payload()));
    for (const v1::BatchEntry& entry : old.entries()) {
      records.push_back(entry.record());
      attack.outcomes.push_back("admitted|duplicate|deferred");
    }
    attack.what = "forged records among true ones";
  }
  v1::Batch batch = batch_of(attack.from, records);
  for (const Bytes& blob : blobs) batch.add_blobs(blob);
  batch.add_blobs("a part nobody named");
  attack.batch =
      node::seal_batch(keys_.node(attack.from, trust::Role::kPrecinctNode, kStolen), batch);
}

void World::check_attack(Site& target, const Attack& attack, const v1::SignedReceipt& sealed) {
  v1::Receipt receipt;
  URNA_CHECK(receipt.ParseFromString(sealed.payload()));
  check_checkpoint(target, receipt.log());
  const auto wrong = [&](const std::string& answer, const std::string& wanted) {
    violation("5: " + target.name() + " answers " + attack.what + " with \"" + answer +
              "\" instead of \"" + wanted + "\"");
  };
  if (!is_among(receipt.refused(), attack.refusal)) {
    return wrong(receipt.refused(), attack.refusal);
  }
  if (!receipt.refused().empty()) return;
  for (std::size_t i = 0; i < attack.outcomes.size(); ++i) {
    const std::string answer = told_outcome(receipt.outcomes(static_cast<int>(i)));
    if (!is_among(answer, attack.outcomes[i])) wrong(answer, attack.outcomes[i]);
  }
}

}  // namespace urna::sim
