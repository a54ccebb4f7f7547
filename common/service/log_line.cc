#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "common/service/logging.h"

namespace urna::service {
namespace {

constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kPeselDigits = 11;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The national identification number: weights 1 3 7 9 over ten digits, then a check digit.
bool is_pesel(std::string_view digits) {
  static constexpr int kWeights[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3};
  int sum = 0;
  for (std::size_t i = 0; i < kPeselDigits - 1; ++i) sum += kWeights[i] * (digits[i] - '0');
  const int month = (digits[2] - '0') * 10 + (digits[3] - '0');
  const int day = (digits[4] - '0') * 10 + (digits[5] - '0');
  // The century is added to the month in twenties.
  const bool is_date = month % 20 >= 1 && month % 20 <= 12 && day >= 1 && day <= 31;
  return is_date && (10 - sum % 10) % 10 == digits[10] - '0';
}

// Length of a PESEL standing alone at `at`, else 0.
std::size_t pesel_at(std::string_view text, std::size_t at) {
  if (at > 0 && is_word(text[at - 1])) return 0;
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  if (end - at != kPeselDigits || (end < text.size() && is_word(text[end]))) return 0;
  return is_pesel(text.substr(at, kPeselDigits)) ? kPeselDigits : 0;
}

// Length of the UTF-8 sequence at `at`, 0 when there is none (overlong and surrogates included).
std::size_t utf8_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    const bool outside = (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F);
    return outside ? 0 : 4;
  }
  return 0;
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
    out += c;
    return;
  }
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned char>(c));
  out += escape;
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  const std::size_t end = std::min(text.size(), kTextBytesMax);
  for (std::size_t at = 0; at < end;) {
    if (const std::size_t length = is_digit(text[at]) ? pesel_at(text, at) : 0) {
      out += "[pesel]";
      at += length;
      continue;
    }
    const std::size_t length = utf8_at(text, at);
    if (length == 1) append_ascii(out, text[at]);
    if (length > 1) out += text.substr(at, length);
    if (length == 0) out += "\xEF\xBF\xBD";
    at += std::max<std::size_t>(length, 1);
  }
  if (end < text.size()) out += "…";
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), done.ptr);
}

void append_value(std::string& out, std::string_view text) { append_text(out, text); }
void append_value(std::string& out, std::int64_t number) { append_number(out, number); }
void append_value(std::string& out, std::uint64_t number) { append_number(out, number); }
void append_value(std::string& out, bool truth) { out += truth ? "true" : "false"; }
void append_value(std::string& out, double number) {
  // JSON has no infinity and no NaN.
  if (std::isfinite(number)) {
    append_number(out, number);
  } else {
    out += "null";
  }
}

std::string timestamp(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
  const std::int64_t fraction = ((ms % 1000) + 1000) % 1000;
  const std::time_t seconds = static_cast<std::time_t>((ms - fraction) / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(fraction));
  return text;
}

bool is_fixed_key(std::string_view key) {
  return key == "ts" || key == "level" || key == "event" || key == "message";
}

}  // namespace

std::string format_log_line(std::chrono::system_clock::time_point at, LogLevel level,
                            std::string_view event, std::string_view message, LogFields fields) {
  std::string line = R"({"ts":")" + timestamp(at) + R"(","level":")";
  line += log_level_name(level);
  line += R"(","event":)";
  append_text(line, event);
  line += R"(,"message":)";
  append_text(line, message);
  for (const LogField& field : fields) {
    line += ',';
    append_text(line,
                is_fixed_key(field.key) ? std::string(field.key) + "_" : std::string(field.key));
    line += ':';
    std::visit([&line](auto value) { append_value(line, value); }, field.value);
  }
  line += '}';
  return line;
}

}  // namespace urna::service
