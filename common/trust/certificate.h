// Certificates and the chain they hang on.
//
//   root (offline, long-lived)
//    ├── node authority     of one election   ── certificates of nodes (TLS client and server)
//    └── licence authority  of one election   ── licences of persons (sign records, never TLS)
//
// Role, unit and election stand in one URI of the subject alternative name,
// "urna:<election>:<unit>:<role>", and are taken from nowhere else. Node certificates also carry
// the DNS name dns_name_of(election, unit), so that TLS itself checks which node answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/model/ids.h"
#include "common/trust/key.h"
#include "common/trust/role.h"

namespace urna::trust {

struct Subject {
  model::ElectionId election;
  model::UnitId unit;
  Role role;
  bool operator==(const Subject&) const = default;
};

// "urna:pl-2014:146502:territorial-node" and back; nullopt for any other shape.
std::string subject_uri(const Subject& subject);
std::optional<Subject> parse_subject_uri(std::string_view uri);

// Lower case, dots and underscores made hyphens: "n-146502.pl-2014.urna.internal".
std::string dns_name_of(const model::ElectionId& election, const model::UnitId& unit);

// A leaf certificate whose chain has been verified. Immutable; safe to share between threads.
struct Certificate {
  KeyId id;
  Subject subject;
  // Validity in milliseconds since 1970, both ends included.
  std::int64_t not_before_ms = 0;
  std::int64_t not_after_ms = 0;
  Bytes der;
  std::shared_ptr<const PublicKey> key;

  bool valid_at(std::int64_t ms) const { return not_before_ms <= ms && ms <= not_after_ms; }
};

// The root and the two authorities of one election. Immutable; safe to share between threads.
class Anchors {
 public:
  struct Impl;
  explicit Anchors(std::shared_ptr<const Impl> impl);

  // Three PEM certificates in any order: a self-signed root and the two authorities it signed, both
  // of one election and each restricted to its purpose. kMalformed, kUntrusted or kWrongElection
  // otherwise.
  static Result<Anchors> from_pem(std::string_view pem);

  const model::ElectionId& election() const;
  // The root's and node authority's certificates in PEM: what TLS trusts. The licence authority is
  // not among them: a licence never opens a connection.
  const std::string& tls_roots_pem() const;

  // Verifies a leaf in DER: decodes wholly (no trailing bytes), P-256 key, exactly one urna URI,
  // signed by the authority its role calls for, same election, not a CA, key usage
  // digitalSignature, extended key usage as its role's: TLS for nodes, signing documents for
  // licences. Times are not looked at: the caller compares them with the time of signing.
  // kMalformed, kUntrusted, kWrongElection or kNotAuthorised.
  Result<std::shared_ptr<const Certificate>> verify(std::string_view der) const;
  // The same for one that was verified before: everything but the authority's signature.
  Result<std::shared_ptr<const Certificate>> verify_again(std::string_view der) const;

 private:
  enum class Signature { kVerify, kVerifiedBefore };
  Result<std::shared_ptr<const Certificate>> judge(std::string_view der, Signature signature) const;

  std::shared_ptr<const Impl> impl_;
};

// One certificate from PEM to DER; kMalformed otherwise.
Result<Bytes> pem_to_der(std::string_view pem);
std::string der_to_pem(std::string_view der);

// Issuing. Used by urna-ca, the drill and tests.
struct Validity {
  std::int64_t not_before_ms = 0;
  std::int64_t not_after_ms = 0;
};

// A key with its certificate.
struct Identity {
  PrivateKey key;
  Bytes certificate_der;
};

Result<Identity> make_root(std::string_view common_name, Validity validity);
// `role` is one of the two authorities; `unit` the national unit.
Result<Identity> make_authority(const Identity& root, const Subject& subject, Validity validity);
// Issues a leaf for `public_key_der` (SubjectPublicKeyInfo).
// kNotAuthorised when the authority is not the one the role calls for, or of another election.
Result<Bytes> issue(const Identity& authority, const Subject& subject,
                    std::string_view public_key_der, Validity validity);
// A new key and its certificate in one step.
Result<Identity> issue_identity(const Identity& authority, const Subject& subject,
                                Validity validity);

}  // namespace urna::trust
