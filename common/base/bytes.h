// Bytes, hexadecimal and fixed-size digests.
//
// A byte string is std::string throughout: it is what Protocol Buffers hand out and take.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace urna {

using Bytes = std::string;

// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);

// nullopt for an odd length or a character that is not a hexadecimal digit.
std::optional<Bytes> from_hex(std::string_view hex);

// 32 bytes of SHA-256 that name one kind of thing; ids of different kinds do not mix.
template <class Tag>
struct Hash32 {
  std::array<unsigned char, 32> bytes{};

  // nullopt unless `raw` is exactly 32 bytes.
  static std::optional<Hash32> from_bytes(std::string_view raw) {
    if (raw.size() != 32) return std::nullopt;
    Hash32 id;
    std::memcpy(id.bytes.data(), raw.data(), 32);
    return id;
  }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string str() const { return std::string(view()); }
  std::string hex() const { return to_hex(view()); }

  auto operator<=>(const Hash32&) const = default;
};

struct DigestTag;
struct RecordTag;
struct StatementTag;
struct KeyTag;

// SHA-256 of a definition part, or of any other bytes.
using Digest = Hash32<DigestTag>;
// SHA-256 of a record's pre-authentication encoding.
using RecordId = Hash32<RecordTag>;
// SHA-256 of a record's body.
using StatementId = Hash32<StatementTag>;
// SHA-256 of a certificate in DER.
using KeyId = Hash32<KeyTag>;

// 16 random bytes that name one life of a log.
struct LogId {
  std::array<unsigned char, 16> bytes{};

  static std::optional<LogId> from_bytes(std::string_view raw) {
    if (raw.size() != 16) return std::nullopt;
    LogId id;
    std::memcpy(id.bytes.data(), raw.data(), 16);
    return id;
  }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string str() const { return std::string(view()); }
  std::string hex() const { return to_hex(view()); }
  auto operator<=>(const LogId&) const = default;
};

}  // namespace urna

template <class Tag>
struct std::hash<urna::Hash32<Tag>> {
  std::size_t operator()(const urna::Hash32<Tag>& id) const noexcept {
    std::size_t h;  // the bytes are uniform already
    std::memcpy(&h, id.bytes.data(), sizeof h);
    return h;
  }
};
