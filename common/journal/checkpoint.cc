#include "common/journal/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/base/base64.h"
#include "common/journal/merkle.h"

namespace urna::journal {
namespace {

// The Base64 of 32 bytes.
std::optional<LeafHash> hash_from_base64(std::string_view text) {
  const auto bytes = from_base64(text);
  LeafHash hash{};
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::ranges::copy(*bytes, hash.begin());
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
         to_base64(hash_view(checkpoint.root)) + "\n";
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
