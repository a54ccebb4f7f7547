#include "common/base/base64.h"

#include <cstdint>

namespace urna {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t group_of(std::string_view bytes) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
  }
  return group;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view chunk = bytes.substr(at, 3);
    const std::uint32_t group = group_of(chunk);
    for (std::size_t i = 0; i < 4; ++i) {
      text.push_back(i <= chunk.size() ? kAlphabet[group >> (18 - 6 * i) & 63] : '=');
    }
  }
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t group = 0;
    for (const char c : text.substr(at, 4)) {
      const std::size_t digit = c == '=' ? 0 : kAlphabet.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      group = group << 6 | static_cast<std::uint32_t>(digit);
    }
    bytes.push_back(static_cast<char>(group >> 16));
    bytes.push_back(static_cast<char>(group >> 8));
    bytes.push_back(static_cast<char>(group));
  }
  if (text.ends_with('=')) bytes.pop_back();
  if (text.ends_with("==")) bytes.pop_back();
  // Writing it again settles length, padding and unused bits in one comparison.
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace urna
