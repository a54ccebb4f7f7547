#include "common/trust/record.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>

#include <limits>

#include "common/base/check.h"
#include "common/model/strict.h"
#include "common/trust/sha256.h"

namespace urna::trust {

namespace pb = google::protobuf;

namespace {

constexpr std::uint32_t kFormatVersion = 1;
constexpr std::string_view kTypePrefix = "application/vnd.urna.v1.";

std::unexpected<Refused> refuse(RefusalCode code, std::string detail) {
  return std::unexpected(Refused{code, std::move(detail)});
}

// Memory for the messages of one record: taken at once, and given back at once by another thread.
std::shared_ptr<pb::Arena> memory_of_record() {
  pb::ArenaOptions options;
  options.start_block_size = 4'096;
  return std::make_shared<pb::Arena>(options);
}

struct Envelope {
  std::shared_ptr<pb::Arena> memory;
  v1::SignedRecord& record;  // in it
  Kind kind;
  KeyId key;
  RecordId id;  // also the digest that is signed
};

std::optional<Kind> kind_of_type(std::string_view type) {
  for (const Kind kind : kAllKinds) {
    if (payload_type(kind) == type) return kind;
  }
  return std::nullopt;
}

// In its one encoding a record begins with its type, so that its limit is known before it is
// parsed.
std::size_t limit_of(std::string_view bytes) {
  const std::string_view type = payload_type(Kind::kManifest);
  const bool is_manifest = bytes.size() > 2 + type.size() && bytes[0] == '\x0a' &&
                           bytes[1] == static_cast<char>(type.size()) &&
                           bytes.substr(2, type.size()) == type;
  return is_manifest ? kManifestBytesMax : kRecordBytesMax;
}

// A long record is nearly all payload in its one encoding. Looked for before it is parsed: small
// unknown fields in its place would ask for forty times their bytes of memory.
bool is_nearly_all_payload(std::string_view bytes) {
  constexpr std::uint32_t kPayloadTag = v1::SignedRecord::kPayloadFieldNumber << 3 | 2;
  constexpr std::size_t kBesideMax = 1'024;
  pb::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                              static_cast<int>(bytes.size()));
  std::uint32_t size = 0;
  return in.Skip(static_cast<int>(2 + payload_type(Kind::kManifest).size())) &&
         in.ReadTag() == kPayloadTag && in.ReadVarint32(&size) && size <= bytes.size() &&
         bytes.size() - size <= kBesideMax;
}

// One record, one encoding: what does not re-serialise to the same bytes is refused, or the same
// record could be sent in many shapes.
bool decode_exactly(std::string_view bytes, v1::SignedRecord& record) {
  if (bytes.size() > kRecordBytesMax && !is_nearly_all_payload(bytes)) return false;
  return model::parse_strict(bytes, record, "record").has_value();
}

std::expected<Envelope, Refused> decode_envelope(std::string_view bytes) {
  if (const std::size_t limit = limit_of(bytes); bytes.size() > limit) {
    return refuse(RefusalCode::kTooLarge,
                  std::to_string(bytes.size()) + " bytes, at most " + std::to_string(limit));
  }
  auto memory = memory_of_record();
  auto& record = *pb::Arena::CreateMessage<v1::SignedRecord>(memory.get());
  if (!decode_exactly(bytes, record)) {
    return refuse(RefusalCode::kMalformed, "the record does not decode");
  }
  const auto key = KeyId::from_bytes(record.key_id());
  if (!key) return refuse(RefusalCode::kMalformed, "the key id does not have 32 bytes");
  const auto kind = kind_of_type(record.payload_type());
  if (!kind) return refuse(RefusalCode::kUnknownType, record.payload_type().substr(0, 80));
  return Envelope{std::move(memory), record, *kind, *key,
                  record_id_of(record.payload_type(), record.payload())};
}

// The key may sign records at all: its certificate verifies and is a person's.
std::expected<std::shared_ptr<const Certificate>, Refused> usable(
    const Result<std::shared_ptr<const Certificate>>& verdict) {
  if (!verdict) {
    const bool elsewhere = verdict.error().code == ErrorCode::kWrongElection;
    return refuse(elsewhere ? RefusalCode::kWrongElection : RefusalCode::kCertificateUntrusted,
                  verdict.error().message);
  }
  const Role role = (*verdict)->subject.role;
  if (!is_licence(role)) {
    return refuse(RefusalCode::kCertificateUntrusted,
                  "a certificate of " + std::string(role_name(role)) + " signs no records");
  }
  return *verdict;
}

std::expected<void, Refused> check_header(const v1::Header& header, const Envelope& envelope,
                                          const Certificate& certificate) {
  if (header.key_id() != envelope.record.key_id()) {
    return refuse(RefusalCode::kKeyMismatch, "header and envelope name different keys");
  }
  if (header.election() != certificate.subject.election.str()) {
    return refuse(RefusalCode::kWrongElection, "signed for '" + header.election().substr(0, 40) +
                                                   "' with a licence of '" +
                                                   certificate.subject.election.str() + "'");
  }
  if (header.unit() != certificate.subject.unit.str()) {
    return refuse(RefusalCode::kWrongUnit, "signed for '" + header.unit().substr(0, 40) +
                                               "' with a licence of '" +
                                               certificate.subject.unit.str() + "'");
  }
  const std::size_t manifest_bytes = envelope.kind == Kind::kManifest ? 0 : 32;
  if (header.manifest().size() != manifest_bytes) {
    return refuse(RefusalCode::kMalformed,
                  "the header's manifest must have " + std::to_string(manifest_bytes) + " bytes");
  }
  constexpr auto kLatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (header.signed_at_ms() > kLatest ||
      !certificate.valid_at(static_cast<std::int64_t>(header.signed_at_ms()))) {
    return refuse(RefusalCode::kCertificateNotValid,
                  "signed at " + std::to_string(header.signed_at_ms()) + " ms, certificate valid " +
                      std::to_string(certificate.not_before_ms) + " to " +
                      std::to_string(certificate.not_after_ms));
  }
  return {};
}

struct Contents {
  const v1::Header& header;  // both in the envelope's memory
  const v1::Body& body;
  StatementId statement;
};

std::expected<Contents, Refused> decode_contents(const Envelope& envelope,
                                                 const Certificate& certificate) {
  auto& payload = *pb::Arena::CreateMessage<v1::Payload>(envelope.memory.get());
  if (!payload.ParseFromString(envelope.record.payload())) {
    return refuse(RefusalCode::kMalformed, "the payload does not decode");
  }
  // Before unknown fields: a later version has every right to them.
  if (payload.header().format_version() != kFormatVersion) {
    return refuse(RefusalCode::kUnsupportedVersion,
                  "format version " + std::to_string(payload.header().format_version()));
  }
  if (model::has_unknown_fields(payload)) {
    return refuse(RefusalCode::kMalformed, "the payload carries unknown fields");
  }
  if (model::serialise(payload) != envelope.record.payload()) {
    return refuse(RefusalCode::kMalformed, "the payload is not in its one valid encoding");
  }
  if (auto fits = check_header(payload.header(), envelope, certificate); !fits) {
    return std::unexpected(std::move(fits.error()));
  }
  auto& body = *pb::Arena::CreateMessage<v1::Body>(envelope.memory.get());
  if (auto parsed = model::parse_strict(payload.body(), body, "body"); !parsed) {
    return refuse(RefusalCode::kMalformed, parsed.error().message);
  }
  if (static_cast<int>(body.kind_case()) != static_cast<int>(envelope.kind)) {
    return refuse(RefusalCode::kMalformed, "the body is not of the kind its payload type names");
  }
  return Contents{payload.header(), body, statement_of(payload.body())};
}

// All but its bytes.
OpenedRecord assemble(const Envelope& envelope, const Contents& contents,
                      std::shared_ptr<const Certificate> certificate) {
  return OpenedRecord{.bytes = {},
                      .id = envelope.id,
                      .statement = contents.statement,
                      .kind = envelope.kind,
                      .header = {envelope.memory, &contents.header},
                      .body = {envelope.memory, &contents.body},
                      .certificate = std::move(certificate)};
}

enum class Signature { kVerify, kVerifiedBefore };

// A record without its bytes.
Opened open(std::string_view bytes, const CertificateSource& certificates, Signature signature) {
  auto envelope = decode_envelope(bytes);
  if (!envelope) return std::move(envelope.error());
  const auto verdict = certificates.find(envelope->key);
  if (verdict == nullptr) return MissingCertificate{envelope->key};
  auto certificate = usable(*verdict);
  if (!certificate) return std::move(certificate.error());
  // Who else signs something so long is refused before it is decoded.
  if (bytes.size() > kRecordBytesMax && (*certificate)->subject.role != Role::kNationalCommission) {
    return Refused{RefusalCode::kTooLarge,
                   std::to_string(bytes.size()) + " bytes, at most " +
                       std::to_string(kRecordBytesMax) + " of a " +
                       std::string(role_name((*certificate)->subject.role))};
  }
  if (signature == Signature::kVerify &&
      !(*certificate)->key->verify_digest(envelope->id.bytes, envelope->record.signature())) {
    return Refused{RefusalCode::kBadSignature, "the signature does not hold"};
  }
  auto contents = decode_contents(*envelope, **certificate);
  if (!contents) return std::move(contents.error());
  return assemble(*envelope, *contents, *std::move(certificate));
}

}  // namespace

std::string_view kind_name(Kind kind) { return payload_type(kind).substr(kTypePrefix.size()); }

std::string_view payload_type(Kind kind) {
  switch (kind) {
    case Kind::kManifest: return "application/vnd.urna.v1.manifest";
    case Kind::kRevocation: return "application/vnd.urna.v1.revocation";
    case Kind::kProtocol: return "application/vnd.urna.v1.protocol";
    case Kind::kConfirmation: return "application/vnd.urna.v1.confirmation";
    case Kind::kReturn: return "application/vnd.urna.v1.return";
    case Kind::kApproval: return "application/vnd.urna.v1.approval";
    case Kind::kSettlement: return "application/vnd.urna.v1.settlement";
    case Kind::kAnnulment: return "application/vnd.urna.v1.annulment";
    case Kind::kLot: return "application/vnd.urna.v1.lot";
    case Kind::kTurnout: return "application/vnd.urna.v1.turnout";
    case Kind::kTerritorial: return "application/vnd.urna.v1.territorial";
  }
  URNA_CHECK(false);
}

std::string_view refusal_code_name(RefusalCode code) {
  switch (code) {
    case RefusalCode::kMalformed: return "malformed";
    case RefusalCode::kTooLarge: return "too_large";
    case RefusalCode::kUnknownType: return "unknown_type";
    case RefusalCode::kUnsupportedVersion: return "unsupported_version";
    case RefusalCode::kBadSignature: return "bad_signature";
    case RefusalCode::kKeyMismatch: return "key_mismatch";
    case RefusalCode::kCertificateUntrusted: return "certificate_untrusted";
    case RefusalCode::kCertificateNotValid: return "certificate_not_valid";
    case RefusalCode::kWrongElection: return "wrong_election";
    case RefusalCode::kWrongUnit: return "wrong_unit";
    case RefusalCode::kNotAuthorised: return "not_authorised";
    case RefusalCode::kUnknownContest: return "unknown_contest";
    case RefusalCode::kUnknownPlace: return "unknown_place";
    case RefusalCode::kWrongSlice: return "wrong_slice";
    case RefusalCode::kChecksFailed: return "checks_failed";
    case RefusalCode::kUnexplainedWarning: return "unexplained_warning";
    case RefusalCode::kBadReference: return "bad_reference";
    case RefusalCode::kBadControlCode: return "bad_control_code";
  }
  URNA_CHECK(false);
}

std::string pae_prefix(std::string_view type, std::string_view payload) {
  std::string prefix = "DSSEv1 ";
  prefix.reserve(prefix.size() + type.size() + 24);
  prefix.append(std::to_string(type.size())).append(" ").append(type).append(" ");
  prefix.append(std::to_string(payload.size())).append(" ");
  return prefix;
}

RecordId record_id_of(std::string_view type, std::string_view payload) {
  return hash_as<RecordId>({pae_prefix(type, payload), payload});
}

Opened open_record(std::string_view bytes, const CertificateSource& certificates) {
  Opened opened = open(bytes, certificates, Signature::kVerify);
  if (auto* record = std::get_if<OpenedRecord>(&opened)) record->bytes = Bytes(bytes);
  return opened;
}

Opened open_record_into(Bytes& bytes, const CertificateSource& certificates) {
  Opened opened = open(bytes, certificates, Signature::kVerify);
  if (auto* record = std::get_if<OpenedRecord>(&opened)) record->bytes = std::move(bytes);
  return opened;
}

std::optional<EnvelopeIds> envelope_ids(std::string_view bytes) {
  v1::SignedRecord record;
  if (bytes.size() > limit_of(bytes) || !decode_exactly(bytes, record)) return std::nullopt;
  const auto key = KeyId::from_bytes(record.key_id());
  if (!key) return std::nullopt;
  return EnvelopeIds{record_id_of(record.payload_type(), record.payload()), *key};
}

Result<OpenedRecord> reopen_record(std::string_view bytes, const CertificateSource& certificates) {
  Opened opened = open(bytes, certificates, Signature::kVerifiedBefore);
  if (auto* record = std::get_if<OpenedRecord>(&opened)) {
    record->bytes = Bytes(bytes);
    return std::move(*record);
  }
  if (const auto* missing = std::get_if<MissingCertificate>(&opened)) {
    return fail(ErrorCode::kNotFound,
                "stored record: its certificate " + missing->key_id.hex() + " is not here");
  }
  const Refused& refused = std::get<Refused>(opened);
  return fail(
      ErrorCode::kCorrupt,
      "stored record: " + std::string(refusal_code_name(refused.code)) + ": " + refused.detail);
}

Bytes sign_record(const Signer& signer, const v1::Body& body, std::string_view manifest,
                  std::uint64_t signed_at_ms) {
  URNA_CHECK(body.kind_case() != v1::Body::KIND_NOT_SET);
  const auto kind = static_cast<Kind>(body.kind_case());
  return sign_frozen(signer, kind, model::serialise(body), manifest, signed_at_ms);
}

Bytes sign_frozen(const Signer& signer, Kind kind, std::string_view body_bytes,
                  std::string_view manifest, std::uint64_t signed_at_ms) {
  v1::Payload payload;
  v1::Header& header = *payload.mutable_header();
  header.set_format_version(kFormatVersion);
  header.set_election(signer.certificate.subject.election.str());
  header.set_unit(signer.certificate.subject.unit.str());
  header.set_key_id(signer.certificate.id.str());
  header.set_manifest(std::string(manifest));
  header.set_signed_at_ms(signed_at_ms);
  header.set_software(signer.software);
  payload.set_body(std::string(body_bytes));
  v1::SignedRecord record;
  record.set_payload_type(std::string(payload_type(kind)));
  record.set_payload(model::serialise(payload));
  record.set_key_id(signer.certificate.id.str());
  record.set_signature(
      signer.key.sign({pae_prefix(record.payload_type(), record.payload()), record.payload()}));
  return model::serialise(record);
}

}  // namespace urna::trust
