#include "common/journal/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "common/journal/merkle.h"

namespace urna::journal {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < here ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text.push_back(j <= here ? kAlphabet[group >> (18 - 6 * j) & 63] : '=');
    }
  }
  return text;
}

// 43 digits and one '=': the Base64 of 32 bytes.
std::optional<LeafHash> hash_from_base64(std::string_view text) {
  if (text.size() != 44 || text.back() != '=') return std::nullopt;
  LeafHash hash{};
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t at = 0;
  for (const char c : text.substr(0, 43)) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      hash[at++] = static_cast<unsigned char>(bits >> held);
    }
  }
  // The two bits left over must be zero, or another text would mean the same hash.
  if ((bits & 3) != 0) return std::nullopt;
  return hash;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_origin(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, is_control);
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return size;
}

}  // namespace

Result<std::string> format_checkpoint(const Checkpoint& checkpoint) {
  if (!is_origin(checkpoint.origin)) {
    return fail(ErrorCode::kInvalidArgument,
                "a checkpoint's origin must be one line of text without control characters");
  }
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         base64(hash_view(checkpoint.root)) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto malformed = [](std::string_view what) {
    return fail(ErrorCode::kMalformed, "checkpoint: " + std::string(what));
  };
  const auto origin = take_line(text);
  const auto size_line = take_line(text);
  const auto root_line = take_line(text);
  if (!origin || !size_line || !root_line || !text.empty()) {
    return malformed("not exactly three lines");
  }
  if (!is_origin(*origin)) return malformed("the origin is empty or holds a control character");
  const auto size = parse_size(*size_line);
  if (!size) return malformed("the size is not a plain decimal number");
  const auto root = hash_from_base64(*root_line);
  if (!root) return malformed("the root is not the Base64 of 32 bytes");
  return Checkpoint{std::string(*origin), *size, *root};
}

}  // namespace urna::journal
