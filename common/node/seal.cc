#include "common/node/seal.h"

#include <algorithm>
#include <limits>

#include "common/base/flat_map.h"
#include "common/model/strict.h"
#include "common/node/wire_limits.h"
#include "common/trust/sha256.h"

namespace urna::node {

namespace {

// Positions and sizes a store can keep: signed 64-bit numbers in both databases.
constexpr std::uint64_t kNumberMax = 0x7fff'ffff'ffff'ffff;

// Certificates that came with a batch, good or bad, before those known for longer.
class BatchCertificates final : public trust::CertificateSource {
 public:
  explicit BatchCertificates(trust::CertificateBook& book) : book_(book) {}

  void add(std::string_view der) {
    const KeyId id = trust::key_id_of(der);
    fresh_.emplace(id, book_.add(id, der));
  }
  std::shared_ptr<const trust::CertificateBook::Verdict> find(const KeyId& id) const override {
    const auto found = fresh_.find(id);
    return found != fresh_.end() ? found->second : book_.find(id);
  }

 private:
  trust::CertificateBook& book_;
  FlatMap<KeyId, std::shared_ptr<const trust::CertificateBook::Verdict>> fresh_;
};

Bytes sign_payload(const NodeIdentity& identity, std::string_view type,
                   const std::string& payload) {
  return identity.key.sign({trust::pae_prefix(type, payload), payload});
}

// The node's certificate that signed `payload`, or why there is none.
struct Signer {
  std::shared_ptr<const trust::Certificate> certificate;
  BatchRefusal refusal = BatchRefusal::kNone;
  std::string detail;
};

Signer no_signer(BatchRefusal refusal, std::string detail) {
  return {nullptr, refusal, std::move(detail)};
}

template <class Sealed>
Signer signer_of(const Sealed& sealed, std::string_view type,
                 trust::CertificateBook& certificates) {
  const auto key = KeyId::from_bytes(sealed.key_id());
  if (!key) return no_signer(BatchRefusal::kMalformed, "the key id is not 32 bytes");
  std::shared_ptr<const trust::CertificateBook::Verdict> verdict;
  if (!sealed.certificate().empty()) {
    if (trust::key_id_of(sealed.certificate()) != *key) {
      return no_signer(BatchRefusal::kMalformed, "the certificate is not the one the key id names");
    }
    verdict = certificates.add(*key, sealed.certificate());
  } else {
    verdict = certificates.find(*key);
  }
  if (verdict == nullptr) {
    return no_signer(BatchRefusal::kUntrusted, "the signer's certificate is not known");
  }
  if (!*verdict) {
    const Error& error = verdict->error();
    return no_signer(error.code == ErrorCode::kWrongElection ? BatchRefusal::kWrongElection
                                                             : BatchRefusal::kUntrusted,
                     error.message);
  }
  const auto& certificate = **verdict;
  if (!trust::is_node(certificate->subject.role)) {
    return no_signer(BatchRefusal::kWrongSender,
                     "signed with the certificate of a " +
                         std::string(trust::role_name(certificate->subject.role)));
  }
  if (!certificate->key->verify({trust::pae_prefix(type, sealed.payload()), sealed.payload()},
                                sealed.signature())) {
    return no_signer(BatchRefusal::kBadSignature, "the signature does not hold");
  }
  return {certificate, BatchRefusal::kNone, {}};
}

// Fields of a batch at all depths together: four of a notice, three of an entry, and few beside.
constexpr std::size_t kBatchFieldsMax =
    kBatchBlobsMax + kBatchMissingMax + 4 * kBatchNoticesMax + 3 * kBatchRecordsMax + 64;
// Fields of a receipt: up to a hundred findings for each of its outcomes.
constexpr std::size_t kReceiptFieldsMax = 262'144;
// Fields of an envelope, unknown ones among them.
constexpr std::size_t kEnvelopeFieldsMax = 16;

// What a parsed batch would take is known only here, before it is parsed.
Result<void> look_over(const std::string& payload) {
  using B = v1::Batch;
  return check_wire(payload, *B::descriptor(),
                    {{B::kEntriesFieldNumber, kBatchRecordsMax},
                     {B::kBlobsFieldNumber, kBatchBlobsMax},
                     {B::kNoticesFieldNumber, kBatchNoticesMax},
                     {B::kMissingFieldNumber, kBatchMissingMax}},
                    kBatchFieldsMax, "batch");
}

BatchRefusal refusal_of(const Error& error) {
  return error.code == ErrorCode::kTooLarge ? BatchRefusal::kTooLarge : BatchRefusal::kMalformed;
}

void refuse(InboundBatch& inbound, BatchRefusal refusal, std::string detail) {
  inbound.refusal = refusal;
  inbound.detail = std::move(detail);
  inbound.entries.clear();
  inbound.parts.clear();
  inbound.notices.clear();
}

// Everything about the decoded batch that can be wrong; kNone when nothing is.
std::pair<BatchRefusal, std::string> faults_of(const v1::Batch& batch, const Signer& signer,
                                               const ExpectedSender& expected) {
  const trust::Certificate& certificate = *signer.certificate;
  if (batch.election() != certificate.subject.election.str()) {
    return {BatchRefusal::kWrongElection, "batch of election " + batch.election()};
  }
  if (batch.sender() != certificate.subject.unit.str() ||
      (!expected.unit.empty() && batch.sender() != expected.unit)) {
    return {BatchRefusal::kWrongSender,
            "batch of " + batch.sender() + ", signed by " + certificate.subject.unit.str()};
  }
  if (!certificate.valid_at(static_cast<std::int64_t>(batch.created_at_ms()))) {
    return {BatchRefusal::kUntrusted,
            "the signer's certificate was not valid when the batch was made"};
  }
  if (static_cast<std::size_t>(batch.entries_size()) > kBatchRecordsMax) {
    return {BatchRefusal::kTooLarge, "more than 256 records"};
  }
  std::size_t bytes = 0;
  std::uint64_t next = 0;
  for (const v1::BatchEntry& entry : batch.entries()) {
    bytes += entry.record().size();
    if (!entry.record_id().empty() &&
        (entry.record_id().size() != sizeof(RecordId) || !entry.record().empty())) {
      return {BatchRefusal::kMalformed,
              "an entry names a record by 32 bytes, and does not bring it"};
    }
    const bool last_of_all = entry.position() == std::numeric_limits<std::uint64_t>::max();
    if (entry.position() < next || last_of_all) {
      return {BatchRefusal::kMalformed, "positions do not ascend, or are none a log can have"};
    }
    next = entry.position() + 1;
  }
  if (batch.entries_size() > 1 && bytes > kBatchBytesMax + trust::kRecordBytesMax) {
    return {BatchRefusal::kTooLarge, "more than 1 MiB of records"};
  }
  const auto& notices = batch.notices();
  if (batch.log().size() > kNumberMax || batch.scanned_to() > kNumberMax ||
      batch.notices_to() > kNumberMax || next > kNumberMax ||
      std::ranges::any_of(notices, [](const auto& n) { return n.position() > kNumberMax; })) {
    return {BatchRefusal::kMalformed, "a position is out of range"};
  }
  if (std::ranges::count_if(batch.blobs(), trust::CertificateBook::looks_like_certificate) >
      std::ptrdiff_t{kBatchCertificatesMax}) {
    return {BatchRefusal::kTooLarge, "more than 1,024 certificates"};
  }
  if (const auto looked = check_envelope(batch.receiver_receipt(), kEnvelopeFieldsMax, "receipt");
      !looked) {
    return {refusal_of(looked.error()), looked.error().message};
  }
  if (batch.has_log() && (batch.log().log_id().size() != 16 || batch.log().root().size() != 32)) {
    return {BatchRefusal::kMalformed, "a log id has 16 bytes and a root 32"};
  }
  return {BatchRefusal::kNone, {}};
}

}  // namespace

void run_in_turn(std::size_t count, const std::function<void(std::size_t)>& work) {
  for (std::size_t i = 0; i < count; ++i) work(i);
}

v1::SignedBatch seal_batch(const NodeIdentity& identity, const v1::Batch& batch) {
  v1::SignedBatch sealed;
  sealed.set_payload(model::serialise(batch));
  sealed.set_key_id(identity.certificate->id.str());
  sealed.set_signature(sign_payload(identity, trust::kBatchType, sealed.payload()));
  sealed.set_certificate(identity.certificate->der);
  return sealed;
}

v1::SignedReceipt seal_receipt(const NodeIdentity& identity, const v1::Receipt& receipt) {
  v1::SignedReceipt sealed;
  sealed.set_payload(model::serialise(receipt));
  sealed.set_key_id(identity.certificate->id.str());
  sealed.set_signature(sign_payload(identity, trust::kReceiptType, sealed.payload()));
  sealed.set_certificate(identity.certificate->der);
  return sealed;
}

InboundBatch open_batch(const v1::SignedBatch& sealed, const ExpectedSender& expected,
                        trust::CertificateBook& certificates, const Parallel& parallel) {
  InboundBatch inbound;
  inbound.sender = expected.unit;
  inbound.payload_digest = trust::digest_of(sealed.payload());
  inbound.payload_bytes = sealed.payload().size();
  const std::size_t bytes = sealed.payload().size() + sealed.certificate().size();
  if (bytes > kSignedBatchBytesMax) {
    refuse(inbound, BatchRefusal::kTooLarge, "a batch of " + std::to_string(bytes) + " bytes");
    return inbound;
  }
  if (model::has_unknown_fields(sealed)) {
    refuse(inbound, BatchRefusal::kMalformed, "the envelope carries unknown fields");
    return inbound;
  }
  const Signer signer = signer_of(sealed, trust::kBatchType, certificates);
  if (signer.refusal != BatchRefusal::kNone) {
    refuse(inbound, signer.refusal, signer.detail);
    return inbound;
  }
  inbound.sender_key = signer.certificate->id;
  if (const auto looked = look_over(sealed.payload()); !looked) {
    refuse(inbound, refusal_of(looked.error()), looked.error().message);
    return inbound;
  }
  v1::Batch batch;
  if (auto parsed = model::parse_strict(sealed.payload(), batch, "batch"); !parsed) {
    refuse(inbound, BatchRefusal::kMalformed, parsed.error().message);
    return inbound;
  }
  inbound.sequence = batch.sequence();
  if (const auto [refusal, detail] = faults_of(batch, signer, expected);
      refusal != BatchRefusal::kNone) {
    refuse(inbound, refusal, detail);
    return inbound;
  }
  inbound.sender = batch.sender();
  inbound.log = batch.log();
  inbound.scanned_to = batch.scanned_to();
  inbound.is_final = batch.final();
  inbound.receiver_receipt = batch.receiver_receipt();
  inbound.notices.assign(batch.notices().begin(), batch.notices().end());
  inbound.notices_to = batch.notices_to();

  BatchCertificates fresh(certificates);
  for (std::string& blob : *batch.mutable_blobs()) {
    if (trust::CertificateBook::looks_like_certificate(blob)) {
      fresh.add(blob);
    } else {
      inbound.parts.push_back({trust::digest_of(blob), std::move(blob)});
    }
  }
  inbound.entries.resize(static_cast<std::size_t>(batch.entries_size()));
  parallel(inbound.entries.size(), [&](std::size_t i) {
    v1::BatchEntry& wire = *batch.mutable_entries(static_cast<int>(i));
    InboundEntry& entry = inbound.entries[i];
    entry.position = wire.position();
    entry.named = RecordId::from_bytes(wire.record_id());
    if (entry.named) return;
    entry.bytes = std::move(*wire.mutable_record());
    entry.opened = trust::open_record_into(entry.bytes, fresh);
  });
  return inbound;
}

LocalRecord open_local(const Bytes& record, const std::vector<Bytes>& blobs,
                       trust::CertificateBook& certificates) {
  LocalRecord local;
  BatchCertificates fresh(certificates);
  for (const Bytes& blob : blobs) {
    if (trust::CertificateBook::looks_like_certificate(blob)) {
      fresh.add(blob);
    } else {
      local.parts.push_back({trust::digest_of(blob), blob});
    }
  }
  local.bytes = record;
  local.opened = trust::open_record_into(local.bytes, fresh);
  return local;
}

Result<v1::Receipt> open_receipt(const v1::SignedReceipt& sealed, const std::string& receiver,
                                 trust::CertificateBook& certificates) {
  if (model::has_unknown_fields(sealed)) {
    return fail(ErrorCode::kMalformed, "a receipt carries unknown fields");
  }
  const Signer signer = signer_of(sealed, trust::kReceiptType, certificates);
  if (signer.refusal != BatchRefusal::kNone) {
    return fail(ErrorCode::kUntrusted, "a receipt from " + receiver + ": " + signer.detail);
  }
  if (auto looked = check_wire(sealed.payload(), *v1::Receipt::descriptor(),
                               {{v1::Receipt::kOutcomesFieldNumber, kBatchRecordsMax}},
                               kReceiptFieldsMax, "receipt");
      !looked) {
    return std::unexpected(std::move(looked.error()));
  }
  v1::Receipt receipt;
  if (auto parsed = model::parse_strict(sealed.payload(), receipt, "receipt"); !parsed) {
    return std::unexpected(std::move(parsed.error()));
  }
  if (receipt.receiver() != receiver || signer.certificate->subject.unit.str() != receiver) {
    return fail(ErrorCode::kUntrusted,
                "a receipt of " + receipt.receiver() + ", not of " + receiver);
  }
  if (receipt.election() != signer.certificate->subject.election.str()) {
    return fail(ErrorCode::kWrongElection, "a receipt of election " + receipt.election());
  }
  if (receipt.log().log_id().size() != 16 || receipt.log().root().size() != 32 ||
      receipt.log().size() > kNumberMax) {
    return fail(ErrorCode::kMalformed, "a receipt of " + receiver + " names no valid checkpoint");
  }
  for (const v1::Outcome& outcome : receipt.outcomes()) {
    if (outcome.admitted_at() > kNumberMax || outcome.duplicate_of() > kNumberMax) {
      return fail(ErrorCode::kMalformed,
                  "a receipt of " + receiver + " names a position out of range");
    }
  }
  return receipt;
}

}  // namespace urna::node
