// The control code on the paper: what ties a printed protocol to its frozen figures. REQUIREMENTS
// R14.
//
// The first 15 hexadecimal digits of the statement id and one check digit, in fours:
// "3F09-A1C4-77DE-0B52". Digit i (from 0) is an element of GF(16), reduction polynomial
// x^4 + x + 1, and is weighted with α^i, α = x; the weighted sum of all 16 is 0. A weight is never
// zero and differs from its neighbours', so one wrong digit is always noticed, and so are two
// neighbours exchanged.
//
// It is a check against mistakes and against figures changed after printing: 60 bits, so finding
// other figures with the same code takes some 2^60 tries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace urna::model {

class ControlCode {
 public:
  static ControlCode of(const StatementId& statement);

  // As typed or scanned: 16 hexadecimal digits in either case, with spaces or hyphens between them
  // or not. nullopt for another number of digits, other characters, or a wrong check digit.
  static std::optional<ControlCode> parse(std::string_view typed);

  // "3F09-A1C4-77DE-0B52", as printed.
  std::string printed() const;
  // "3f09a1c477de0b52", as in a confirmation.
  const std::string& digits() const { return digits_; }

  bool operator==(const ControlCode&) const = default;

 private:
  explicit ControlCode(std::string digits) : digits_(std::move(digits)) {}

  std::string digits_;  // 16, lower case
};

}  // namespace urna::model
