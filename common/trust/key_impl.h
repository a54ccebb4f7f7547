// What key.h hides; for the .cc files of this module only.
#pragma once

#include "common/trust/key.h"
#include "common/trust/openssl.h"

namespace urna::trust {

struct PrivateKey::Impl {
  ossl::PkeyPtr key;
};

// The key in a SubjectPublicKeyInfo, null unless it is the one DER encoding of an uncompressed
// point of P-256.
ossl::PkeyPtr p256_from_spki(std::string_view der);

// True when s of a DER-encoded ECDSA P-256 signature lies in the lower half of the group order.
bool der_signature_has_low_s(std::string_view der);

}  // namespace urna::trust
