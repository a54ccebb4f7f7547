#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "common/base/base64.h"
#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/base/error.h"

namespace urna {
namespace {

// RFC 4648, section 10.
TEST(Base64, VectorsOfTheStandardHold) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zm 8", "=", "=g=="}) {
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
  }
}

RC_GTEST_PROP(Base64, GoesThereAndBack, (std::string bytes)) {
  RC_ASSERT(from_base64(to_base64(bytes)) == bytes);
}

TEST(Hex, WhatIsNotHexadecimalIsRefused) {
  for (const char* text : {"0", "abc", "0g", "g0", " 0", "0x", "ą"}) {
    EXPECT_FALSE(from_hex(text).has_value()) << text;
  }
}

TEST(Hex, BothCasesAreReadAndLowerCaseIsWritten) {
  EXPECT_EQ(from_hex("00fFAb"), std::string("\0\xff\xab", 3));
  EXPECT_EQ(to_hex(std::string_view("\0\xff\xab", 3)), "00ffab");
  EXPECT_EQ(from_hex(""), "");
}

RC_GTEST_PROP(Hex, WhatIsWrittenReadsBack, (const std::string& bytes)) {
  const std::string hex = to_hex(bytes);
  RC_ASSERT(hex.size() == 2 * bytes.size());
  RC_ASSERT(from_hex(hex) == bytes);
}

TEST(Hash32, NeedsExactly32Bytes) {
  for (std::size_t size : {0u, 1u, 31u, 33u, 64u}) {
    EXPECT_FALSE(Digest::from_bytes(std::string(size, 'x')).has_value()) << size;
  }
  const auto digest = Digest::from_bytes(std::string(32, 'x'));
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ(digest->str(), std::string(32, 'x'));
  EXPECT_EQ(digest->hex().substr(0, 4), "7878");
}

TEST(LogId, NeedsExactly16Bytes) {
  for (std::size_t size : {0u, 15u, 17u, 32u}) {
    EXPECT_FALSE(LogId::from_bytes(std::string(size, 'x')).has_value()) << size;
  }
  EXPECT_EQ(LogId::from_bytes(std::string(16, 'x'))->str(), std::string(16, 'x'));
}

TEST(Error, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    EXPECT_TRUE(names.insert(error_code_name(static_cast<ErrorCode>(code))).second) << code;
  }
}

TEST(Error, ContextStandsBeforeTheMessage) {
  const Error error = Error{ErrorCode::kCorrupt, "bad digest"}.within("slice 3").within("reading");
  EXPECT_EQ(error.message, "reading: slice 3: bad digest");
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
}

TEST(CheckDeathTest, ABrokenInvariantStopsTheProgramAndNamesItself) {
  EXPECT_DEATH(URNA_CHECK(1 + 1 == 3), "1 \\+ 1 == 3.*base_test.cc");
  URNA_CHECK(1 + 1 == 2);
}

}  // namespace
}  // namespace urna
