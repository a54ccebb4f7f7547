// Signed records: making them, and opening them in the order "verified first, parsed second".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/trust/certificate.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/record.pb.h"

namespace urna::trust {

// Limits on one record, bytes.
inline constexpr std::size_t kRecordBytesMax = 256 * 1024;
// A manifest names every contest of the election, 70 bytes each: local elections of a country have
// tens of thousands. With the parts that travel beside it, it fits into a batch. Only a national
// commission's licence signs one longer than kRecordBytesMax.
inline constexpr std::size_t kManifestBytesMax = 6 << 20;

// Kinds of statement, numbered as in Body.
enum class Kind : std::uint8_t {
  kManifest = 1,
  kRevocation = 2,
  kProtocol = 3,
  kConfirmation = 4,
  kReturn = 5,
  kApproval = 6,
  kSettlement = 7,
  kAnnulment = 8,
  kLot = 9,
  kTurnout = 10,
  kTerritorial = 11,
};
inline constexpr Kind kAllKinds[] = {Kind::kManifest,     Kind::kRevocation, Kind::kProtocol,
                                     Kind::kConfirmation, Kind::kReturn,     Kind::kApproval,
                                     Kind::kSettlement,   Kind::kAnnulment,  Kind::kLot,
                                     Kind::kTurnout,      Kind::kTerritorial};
std::string_view kind_name(Kind kind);     // "protocol"
std::string_view payload_type(Kind kind);  // "application/vnd.urna.v1.protocol"

// Payload types that are not records.
inline constexpr std::string_view kBatchType = "application/vnd.urna.v1.batch";
inline constexpr std::string_view kReceiptType = "application/vnd.urna.v1.receipt";

// The DSSE pre-authentication encoding up to the payload itself: "DSSEv1 <len> <type> <len> ".
// The signed message is this prefix followed by the payload.
std::string pae_prefix(std::string_view type, std::string_view payload);
RecordId record_id_of(std::string_view type, std::string_view payload);

// Why a record is not admitted. One closed list: each code is in docs/formats.md and has a test.
enum class RefusalCode {
  kMalformed,             // "malformed": does not decode, unknown fields, or a bad value
  kTooLarge,              // "too_large"
  kUnknownType,           // "unknown_type"
  kUnsupportedVersion,    // "unsupported_version"
  kBadSignature,          // "bad_signature"
  kKeyMismatch,           // "key_mismatch": header and envelope name different keys
  kCertificateUntrusted,  // "certificate_untrusted": chain or use
  kCertificateNotValid,   // "certificate_not_valid": expired or not yet valid at signing
  kWrongElection,         // "wrong_election"
  kWrongUnit,             // "wrong_unit": the header's unit is not the certificate's
  kNotAuthorised,         // "not_authorised": the authority table says no
  kUnknownContest,        // "unknown_contest": not in the manifest it names
  kUnknownPlace,          // "unknown_place": the unit is no place of the contest
  kWrongSlice,            // "wrong_slice": not the one its manifest names
  kChecksFailed,          // "checks_failed": errors of the form, listed
  kUnexplainedWarning,    // "unexplained_warning": warnings without the commission's word on them
  kBadReference,          // "bad_reference": predecessor, statement or revision cannot be right
  kBadControlCode,        // "bad_control_code": not the code of the statement confirmed
};
inline constexpr RefusalCode kAllRefusalCodes[] = {RefusalCode::kMalformed,
                                                   RefusalCode::kTooLarge,
                                                   RefusalCode::kUnknownType,
                                                   RefusalCode::kUnsupportedVersion,
                                                   RefusalCode::kBadSignature,
                                                   RefusalCode::kKeyMismatch,
                                                   RefusalCode::kCertificateUntrusted,
                                                   RefusalCode::kCertificateNotValid,
                                                   RefusalCode::kWrongElection,
                                                   RefusalCode::kWrongUnit,
                                                   RefusalCode::kNotAuthorised,
                                                   RefusalCode::kUnknownContest,
                                                   RefusalCode::kUnknownPlace,
                                                   RefusalCode::kWrongSlice,
                                                   RefusalCode::kChecksFailed,
                                                   RefusalCode::kUnexplainedWarning,
                                                   RefusalCode::kBadReference,
                                                   RefusalCode::kBadControlCode};
std::string_view refusal_code_name(RefusalCode code);

// A record whose signature holds and whose bytes decode strictly.
struct OpenedRecord {
  Bytes bytes;  // the serialised SignedRecord, as received
  RecordId id;
  StatementId statement;
  Kind kind;
  // Both live in memory of their own, which copies of this record share.
  std::shared_ptr<const v1::Header> header;
  std::shared_ptr<const v1::Body> body;
  std::shared_ptr<const Certificate> certificate;
};

struct Refused {
  RefusalCode code;
  std::string detail;
};
// The certificate is not here yet.
struct MissingCertificate {
  KeyId key_id;
};

// Where opening finds certificates: verified ones, or the verdict on a bad one.
class CertificateSource {
 public:
  virtual ~CertificateSource() = default;
  // nullptr: not here. An error: here, but it does not verify. Called from several threads.
  virtual std::shared_ptr<const Result<std::shared_ptr<const Certificate>>> find(
      const KeyId& key_id) const = 0;
};

using Opened = std::variant<OpenedRecord, Refused, MissingCertificate>;

// Opens a serialised SignedRecord. Everything that can be said from its bytes and its certificate
// alone is said here: kMalformed, kTooLarge, kUnknownType, kUnsupportedVersion, kBadSignature,
// kKeyMismatch, kCertificateUntrusted (also: a node's certificate), kCertificateNotValid,
// kWrongElection, kWrongUnit. The signature is verified before the payload is parsed. Pure; safe to
// call from several threads.
Opened open_record(std::string_view bytes, const CertificateSource& certificates);
// The same; a record that opens takes `bytes` with it, one that does not leaves them.
Opened open_record_into(Bytes& bytes, const CertificateSource& certificates);

// The envelope's ids without verifying anything, for duplicates and answers; nullopt if it does not
// decode.
struct EnvelopeIds {
  RecordId record;
  KeyId key;
};
std::optional<EnvelopeIds> envelope_ids(std::string_view bytes);

// Reopens a record the node itself stored, without verifying its signature again.
Result<OpenedRecord> reopen_record(std::string_view bytes, const CertificateSource& certificates);

// What a signer brings.
struct Signer {
  const PrivateKey& key;
  const Certificate& certificate;
  std::string software;
};

// Signs a body under a manifest and returns the serialised SignedRecord. `manifest` is empty for a
// manifest's own record.
Bytes sign_record(const Signer& signer, const v1::Body& body, std::string_view manifest,
                  std::uint64_t signed_at_ms);
// The same for a body already frozen.
Bytes sign_frozen(const Signer& signer, Kind kind, std::string_view body_bytes,
                  std::string_view manifest, std::uint64_t signed_at_ms);

}  // namespace urna::trust
