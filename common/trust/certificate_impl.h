// What certificate.cc and issue.cc share; for the .cc files of this module only.
#pragma once

#include <optional>
#include <string_view>

#include "common/trust/certificate.h"
#include "common/trust/openssl.h"

namespace urna::trust {

// Decodes one certificate: all of `der`, in DER and no looser encoding. Null otherwise.
ossl::X509Ptr decode_certificate(std::string_view der);

// The subject in the certificate's only URI, and whether its DNS names are what the role calls for:
// exactly dns_name_of for a node, none for everyone else. nullopt when not so.
std::optional<Subject> subject_of(const X509* certificate);

}  // namespace urna::trust
