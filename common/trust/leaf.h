// A leaf certificate taken apart: what the authorities of an election issue to people and nodes.
// OpenSSL's own reader makes a key object of every public key it meets, which takes twice as long
// as verifying the signature (docs/decisions/0012). For the .cc files of this module only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/trust/openssl.h"

namespace urna::trust {

struct LeafCertificate {
  std::string signed_part;  // TBSCertificate in DER: what the authority signed
  std::string signature;    // Ecdsa-Sig-Value in DER
  std::string issuer;       // Name in DER
  std::string public_key;   // SubjectPublicKeyInfo in DER
  std::int64_t not_before_ms = 0;
  std::int64_t not_after_ms = 0;
  bool is_authority = false;          // its basic constraints say so
  std::optional<unsigned> key_usage;  // bits, KU_… of OpenSSL; nullopt: it has none
  std::vector<std::string> purposes;  // of its extended key usage: "1.3.6.1.5.5.7.3.36"
  ossl::GeneralNamesPtr names;        // alternative names of the subject; null: none
};

// Decodes all of `der`: a certificate of version 3 (RFC 5280, 4.1), signed with ECDSA and SHA-256,
// which it says twice alike. nullopt when it is anything else or in a looser encoding, when an
// extension stands twice or does not decode, or when a critical one is not among those above.
std::optional<LeafCertificate> decode_leaf(std::string_view der);

}  // namespace urna::trust
