// Base64 with padding (RFC 4648, section 4), of which each byte string has exactly one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace urna {

std::string to_base64(std::string_view bytes);
// nullopt for any other alphabet, missing padding, line breaks, or unused bits that are set.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace urna
