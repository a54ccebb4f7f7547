// What certificate.cc and issue.cc share; for the .cc files of this module only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/trust/certificate.h"
#include "common/trust/openssl.h"
#include "common/trust/role.h"

namespace urna::trust {

// Decodes one certificate: all of `der`, in DER and no looser encoding. Null otherwise.
ossl::X509Ptr decode_certificate(std::string_view der);

// The subject in the certificate's only URI, and whether its DNS names are what the role calls for:
// exactly dns_name_of for a node, none for everyone else. nullopt when not so.
std::optional<Subject> subject_of(const X509* certificate);
// The same from the names themselves; null: there are none.
std::optional<Subject> subject_in(const GENERAL_NAMES* names);

// Milliseconds since 1970; nullopt for a time that is none.
std::optional<std::int64_t> milliseconds_of(const ASN1_TIME* time);
// "1.3.6.1.5.5.7.3.36", or empty.
std::string dotted(const ASN1_OBJECT* object);

// What a key may be used for beside its key usage, as OpenSSL's configuration writes it: nodes and
// their authority for TLS, both ways; licences and theirs for signing documents (RFC 9336), so that
// TLS itself turns a licence away.
std::string_view purposes_of(Role role);

}  // namespace urna::trust
