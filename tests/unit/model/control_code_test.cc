#include "common/model/control_code.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace urna::model {
namespace {

StatementId statement(std::string_view hex) { return *StatementId::from_bytes(*from_hex(hex)); }

// By hand, in GF(16) with x^4 = x + 1 and α = x = 2: only digits 0 and 1 are set, to 1 and 2.
//   1·α^0 + 2·α^1 = 1 + 2·2 = 1 + 4 = 5, and the check digit is 5.
TEST(ControlCode, IsWhatTheArithmeticByHandGives) {
  const auto code = ControlCode::of(
      statement("1200000000000000000000000000000000000000000000000000000000000000"));
  EXPECT_EQ(code.printed(), "1200-0000-0000-0005");
  EXPECT_EQ(code.digits(), "1200000000000005");
}

// α^4 = 3 (x + 1), so a lone 1 at position 4 needs the check digit 3; α^14 = 9.
TEST(ControlCode, TheWeightsAreThePowersOfAlpha) {
  EXPECT_EQ(
      ControlCode::of(statement("0000100000000000000000000000000000000000000000000000000000000000"))
          .digits(),
      "0000100000000003");
  EXPECT_EQ(
      ControlCode::of(statement("0000000000000010000000000000000000000000000000000000000000000000"))
          .digits(),
      "0000000000000019");
}

TEST(ControlCode, OtherTextIsNoCode) {
  for (const char* text :
       {"", "1200", "1200-0000-0000-000", "1200-0000-0000-00055", "1200-0000-0000-000G",
        "1200_0000_0000_0005", "1200-0000-0000-0004", "1200\n0000-0000-0005"}) {
    EXPECT_FALSE(ControlCode::parse(text)) << text;
  }
}

TEST(ControlCode, IsReadHoweverItIsTyped) {
  for (const char* text : {"1200-0000-0000-0005", "1200000000000005", "1200 0000 0000 0005",
                           " 12 00-0000 0000-00 05 "}) {
    ASSERT_TRUE(ControlCode::parse(text)) << text;
    EXPECT_EQ(ControlCode::parse(text)->printed(), "1200-0000-0000-0005");
  }
}

StatementId any_statement() {
  StatementId id;
  for (auto& byte : id.bytes) byte = *rc::gen::arbitrary<unsigned char>();
  return id;
}

RC_GTEST_PROP(ControlCode, ReadsBackInEitherCase, ()) {
  const auto code = ControlCode::of(any_statement());
  RC_ASSERT(ControlCode::parse(code.printed()) == code);
  RC_ASSERT(ControlCode::parse(code.digits()) == code);
}

// All of them: 16 places, 15 other digits each.
RC_GTEST_PROP(ControlCode, EveryWrongDigitIsNoticed, ()) {
  const std::string digits = ControlCode::of(any_statement()).digits();
  for (std::size_t i = 0; i < digits.size(); ++i) {
    for (const char c : std::string_view("0123456789abcdef")) {
      if (c == digits[i]) continue;
      std::string wrong = digits;
      wrong[i] = c;
      RC_ASSERT(!ControlCode::parse(wrong));
    }
  }
}

RC_GTEST_PROP(ControlCode, EveryExchangeOfNeighboursIsNoticed, ()) {
  const std::string digits = ControlCode::of(any_statement()).digits();
  for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
    if (digits[i] == digits[i + 1]) continue;
    std::string wrong = digits;
    std::swap(wrong[i], wrong[i + 1]);
    RC_ASSERT(!ControlCode::parse(wrong));
  }
}

// Not one of the 16 × 15 pairs of neighbouring digits, at any of the 15 places, the check digit's
// among them, may be exchanged unnoticed; the other digits do not matter, since the sum is linear.
TEST(ControlCode, NoPairOfNeighboursCanBeExchangedAnywhere) {
  for (std::size_t at = 0; at < 15; ++at) {
    std::set<std::pair<char, char>> exchanged;
    for (const char a : std::string_view("0123456789abcdef")) {
      for (const char b : std::string_view("0123456789abcdef")) {
        std::string hex(64, '0');
        hex[at] = a;
        hex[at < 14 ? at + 1 : 0] = b;  // beside the last one stands the check digit, which follows
        std::string digits = ControlCode::of(statement(hex)).digits();
        if (digits[at] == digits[at + 1]) continue;
        std::swap(digits[at], digits[at + 1]);
        exchanged.emplace(digits[at], digits[at + 1]);
        EXPECT_FALSE(ControlCode::parse(digits)) << at << " " << digits;
      }
    }
    EXPECT_EQ(exchanged.size(), 240u) << at;
  }
}

}  // namespace
}  // namespace urna::model
