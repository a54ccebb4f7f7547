#include "common/model/control_code.h"

namespace urna::model {

namespace {

constexpr std::size_t kDigits = 16;
constexpr std::string_view kHex = "0123456789abcdef";

// Product with α in GF(16).
constexpr unsigned times_alpha(unsigned element) {
  const unsigned shifted = element << 1;
  return (shifted & 0x10) != 0 ? shifted ^ 0x13 : shifted;
}

// Σ α^i · digit_i, by Horner's rule from the last digit.
unsigned weighted_sum(std::string_view digits) {
  unsigned sum = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    sum = times_alpha(sum) ^ static_cast<unsigned>(kHex.find(digits[i]));
  }
  return sum;
}

}  // namespace

ControlCode ControlCode::of(const StatementId& statement) {
  std::string digits = statement.hex().substr(0, kDigits - 1);
  // The last weight is α^15 = 1, so the digit that makes the sum 0 is the sum of the others.
  digits.push_back(kHex[weighted_sum(digits)]);
  return ControlCode(std::move(digits));
}

std::optional<ControlCode> ControlCode::parse(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (kHex.find(lower) == std::string_view::npos || digits.size() == kDigits) return std::nullopt;
    digits.push_back(lower);
  }
  if (digits.size() != kDigits || weighted_sum(digits) != 0) return std::nullopt;
  return ControlCode(std::move(digits));
}

std::string ControlCode::printed() const {
  std::string text;
  for (std::size_t i = 0; i < digits_.size(); ++i) {
    if (i > 0 && i % 4 == 0) text.push_back('-');
    const char c = digits_[i];
    text.push_back(c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return text;
}

}  // namespace urna::model
