// What a certified liar may send: any bytes under a good signature. What decodes after the
// signature is reached only by who signs what he made up, so these targets do.
#include "common/base/check.h"
#include "common/daemon/record_text.h"
#include "common/model/definition.h"
#include "common/model/strict.h"
#include "common/node/seal.h"
#include "common/trust/sha256.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/town.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::fuzz {

namespace {

unsigned take(std::string_view& bytes) {
  if (bytes.empty()) return 0;
  const auto first = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  return first;
}

// The message these bytes are, as far as they are one: what comes of a change in its middle is
// written as a liar's program would write it. nullopt: none.
template <class Message>
std::optional<Message> tidy(std::string_view bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  message.DiscardUnknownFields();
  return message;
}

trust::Kind kind_number(unsigned number) {
  return trust::kAllKinds[number % std::size(trust::kAllKinds)];
}

// A SignedRecord around a payload of any bytes.
Bytes sign_payload(const trust::Signer& signer, trust::Kind kind, std::string_view payload) {
  v1::SignedRecord record;
  record.set_payload_type(std::string(trust::payload_type(kind)));
  record.set_payload(std::string(payload));
  record.set_key_id(signer.certificate.id.str());
  record.set_signature(
      signer.key.sign({trust::pae_prefix(record.payload_type(), payload), payload}));
  return model::serialise(record);
}

// The same around a batch or receipt.
template <class Sealed>
Sealed seal_payload(const node::NodeIdentity& node, std::string_view type,
                    std::string_view payload) {
  Sealed sealed;
  sealed.set_payload(std::string(payload));
  sealed.set_key_id(node.certificate->id.str());
  sealed.set_signature(node.key.sign({trust::pae_prefix(type, payload), payload}));
  sealed.set_certificate(node.certificate->der);
  return sealed;
}

// How it was signed: the first byte. Its low bits choose who.
constexpr unsigned kAsItIs = 0x40;   // not written anew
constexpr unsigned kPayload = 0x80;  // header and all

std::string submit(Town& town, const Bytes& record, const std::vector<Bytes>& parts) {
  const auto output = town.engine().submit(2, record, parts, kAtMs);
  URNA_CHECK(output.outcomes.size() == 1 && !output.failure);
  const v1::Outcome& outcome = output.outcomes.front().outcome;
  if (outcome.has_refused()) return outcome.refused().code();
  if (!outcome.has_admitted_at()) return outcome.has_deferred() ? "deferred" : "duplicate";
  town.spoil();
  town.check_meaning();
  return "admitted";
}

}  // namespace

std::string outcome_of_sealed_record(std::string_view bytes) {
  const unsigned how = take(bytes);
  trust::Kind kind = kind_number(take(bytes));
  const trust::Signer& signer = signer_number(how & 0x0fU);
  Town& town = Town::as_kept();
  Bytes record;
  if ((how & kPayload) != 0) {
    record = sign_payload(signer, kind, bytes);
  } else {
    Bytes written(bytes);
    if ((how & kAsItIs) == 0) {
      const auto body = tidy<v1::Body>(bytes);
      if (!body || body->kind_case() == v1::Body::KIND_NOT_SET) return "";
      kind = static_cast<trust::Kind>(body->kind_case());
      written = model::serialise(*body);
    }
    const std::string manifest = kind == trust::Kind::kManifest ? "" : town.manifest().str();
    record = trust::sign_frozen(signer, kind, written, manifest, kAtMs);
  }
  const trust::Opened opened = trust::open_record(record, town.certificates());
  URNA_CHECK(!std::holds_alternative<trust::MissingCertificate>(opened));
  const auto* good = std::get_if<trust::OpenedRecord>(&opened);
  URNA_CHECK((good != nullptr) == trust::reopen_record(record, town.certificates()).has_value());
  if (good != nullptr) static_cast<void>(daemon::describe_record(*good));
  return submit(town, record, {});
}

void sealed_record(std::string_view bytes) { static_cast<void>(outcome_of_sealed_record(bytes)); }

std::string outcome_of_sealed_batch(std::string_view bytes) {
  const unsigned how = take(bytes);
  Bytes payload(bytes);
  if ((how & kAsItIs) == 0) {
    const auto batch = tidy<v1::Batch>(bytes);
    if (!batch) return "";
    payload = model::serialise(*batch);
  }
  // From below, from above, or on a medium.
  constexpr const char* kSenders[] = {"140101-1", "PL", "140101-1", "PL"};
  const std::string sender = kSenders[how & 3U];
  const bool on_medium = (how & 3U) == 2;
  const bool follows = (how & 1U) != 0;
  const auto sealed = seal_payload<v1::SignedBatch>(node_of(sender), trust::kBatchType, payload);
  Town& town = Town::as_kept();
  const node::SessionId session = 3;
  if (follows) static_cast<void>(town.engine().start_following(session, sender));
  const auto before = town.engine().core().size();
  const auto output = on_medium ? town.engine().import_batch(sealed, kAtMs)
                                : town.engine().receive_batch(session, sender, sealed, kAtMs);
  town.engine().closed(session);
  URNA_CHECK(!output.failure && output.receipts.size() == (follows ? 0U : 1U));
  std::string refused = follows && !output.closes.empty() ? output.closes.front().why : "";
  for (const auto& [to, receipt] : output.receipts) {
    // Whatever came in, its sender can read the answer.
    const auto opened = node::open_receipt(receipt, kTown, town.certificates());
    URNA_CHECK(opened.has_value());
    refused = opened->refused();
  }
  if (town.engine().core().size() != before) {
    town.spoil();
    town.check_meaning();
    return "admitted";
  }
  if (refused.empty()) town.spoil();
  return refused.empty() ? "taken" : refused;
}

void sealed_batch(std::string_view bytes) { static_cast<void>(outcome_of_sealed_batch(bytes)); }

std::string outcome_of_sealed_receipt(std::string_view bytes) {
  const unsigned how = take(bytes);
  Town& town = Town::as_kept();
  static node::SessionId session = 100;
  ++session;
  const auto answer = [&](const v1::SignedBatch& batch, v1::Receipt receipt) {
    v1::Batch sent;
    URNA_CHECK(sent.ParseFromString(batch.payload()));
    receipt.set_sequence(sent.sequence());
    receipt.set_batch(trust::digest_of(batch.payload()).str());
    return model::serialise(receipt);
  };
  const auto give = [&](const Bytes& payload) {
    const auto sealed =
        seal_payload<v1::SignedReceipt>(node_of("PL"), trust::kReceiptType, payload);
    return town.engine().receive_receipt(session, "PL", sealed, kAtMs);
  };
  // A stream to the centre, greeted as it should be, and the first batch of the log sent on it.
  const auto greeting = town.engine().open_submit(session, "PL", kAtMs);
  v1::Receipt good;
  good.set_election(kept_anchors().election().str());
  good.set_receiver("PL");
  good.set_sender(kTown);
  good.set_created_at_ms(kAtMs);
  good.set_centre(true);
  good.mutable_log()->set_log_id(Bytes(16, '\x09'));
  good.mutable_log()->set_root(Bytes(32, '\x09'));
  const auto sent = give(answer(greeting.batches.at(0).second, good));
  URNA_CHECK(sent.batches.size() == 1);
  Bytes payload(bytes);
  if ((how & kAsItIs) == 0) {
    auto receipt = tidy<v1::Receipt>(bytes);
    if (!receipt) {
      town.spoil();
      return "";
    }
    // It answers the batch, unless it is to say something else.
    payload = (how & 1U) != 0 ? model::serialise(*receipt)
                              : answer(sent.batches.front().second, *std::move(receipt));
  }
  auto output = give(payload);
  URNA_CHECK(!output.failure);
  const std::string refused = output.closes.empty() ? "taken" : output.closes.front().why;
  output = town.engine().tick(kAtMs + 2'000);
  URNA_CHECK(!output.failure);
  output = town.engine().tick(kAtMs + 200'000);
  URNA_CHECK(!output.failure);
  town.engine().closed(session);
  town.spoil();
  return refused;
}

void sealed_receipt(std::string_view bytes) { static_cast<void>(outcome_of_sealed_receipt(bytes)); }

namespace {

// A definition's parts with one of them replaced, and all that name it by its digest naming the new
// one.
class Relinked {
 public:
  Relinked(v1::Manifest manifest, std::vector<Bytes> parts)
      : manifest_(std::move(manifest)), parts_(std::move(parts)) {}

  void replace(std::size_t at, Bytes bytes) {
    const std::string before = trust::digest_of(parts_[at]).str();
    const std::string after = trust::digest_of(bytes).str();
    parts_[at] = std::move(bytes);
    if (manifest_.units() == before) manifest_.set_units(after);
    for (v1::SliceRef& ref : *manifest_.mutable_slices()) {
      if (ref.slice() == before) ref.set_slice(after);
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      v1::Slice slice;
      if (i == at || parts_[i].starts_with('\x30') || !slice.ParseFromString(parts_[i])) continue;
      if (slice.form() != before && slice.reference() != before) continue;
      if (slice.form() == before) slice.set_form(after);
      if (slice.reference() == before) slice.set_reference(after);
      replace(i, model::serialise(slice));
    }
  }
  v1::Manifest& manifest() { return manifest_; }
  const std::vector<Bytes>& parts() const { return parts_; }

 private:
  v1::Manifest manifest_;
  std::vector<Bytes> parts_;
};

v1::Manifest manifest_in(const Bytes& record) {
  v1::SignedRecord envelope;
  v1::Payload payload;
  v1::Body body;
  URNA_CHECK(envelope.ParseFromString(record) && payload.ParseFromString(envelope.payload()) &&
             body.ParseFromString(payload.body()) && body.has_manifest());
  return body.manifest();
}

}  // namespace

std::string outcome_of_definition_update(std::string_view bytes) {
  // Which part, or 0xff for the manifest itself; then its bytes.
  const unsigned which = take(bytes);
  Town& town = Town::as_kept();
  Relinked next(manifest_in(town.manifest_record()), town.parts());
  if (which == 0xff) {
    auto manifest = tidy<v1::Manifest>(bytes);
    if (!manifest) return "";
    next.manifest() = *std::move(manifest);
  } else {
    if (bytes.empty()) return "";
    next.replace(which % next.parts().size(), Bytes(bytes));
    next.manifest().set_version(next.manifest().version() + 1);
    next.manifest().set_replaces(town.manifest().str());
  }
  v1::Body body;
  *body.mutable_manifest() = next.manifest();
  const trust::Signer& national = signer_number(std::size(kSigners) - 1);
  return submit(town, trust::sign_record(national, body, "", kAtMs), next.parts());
}

void definition_update(std::string_view bytes) {
  static_cast<void>(outcome_of_definition_update(bytes));
}

}  // namespace urna::fuzz
