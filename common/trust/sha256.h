// SHA-256 over one or several pieces, without exposing OpenSSL.
#pragma once

#include <initializer_list>
#include <string_view>

#include "common/base/bytes.h"

namespace urna::trust {

// SHA-256 of the pieces laid end to end.
std::array<unsigned char, 32> sha256(std::initializer_list<std::string_view> pieces);

template <class Id>
Id hash_as(std::initializer_list<std::string_view> pieces) {
  return Id{sha256(pieces)};
}

inline Digest digest_of(std::string_view bytes) { return hash_as<Digest>({bytes}); }
inline StatementId statement_of(std::string_view body) { return hash_as<StatementId>({body}); }
inline KeyId key_id_of(std::string_view certificate_der) {
  return hash_as<KeyId>({certificate_der});
}

}  // namespace urna::trust
