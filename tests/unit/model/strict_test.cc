// What the strict decoder refuses though protobuf itself would take it.
#include "common/model/strict.h"

#include <gtest/gtest.h>

#include <string>

#include "urna/v1/body.pb.h"

namespace urna::model {
namespace {

std::string return_body() {
  v1::Body body;
  body.mutable_return_()->set_reason("a");
  return serialise(body);
}

std::string annulment_body() {
  v1::Body body;
  body.mutable_annulment()->set_reason("b");
  return serialise(body);
}

TEST(Strict, TakesWhatItWrote) {
  v1::Body body;
  EXPECT_TRUE(parse_strict(return_body(), body, "body"));
  EXPECT_TRUE(body.has_return_());
}

TEST(Strict, ABodyOfTwoKindsIsRefused) {
  v1::Body body;
  const auto parsed = parse_strict(return_body() + annulment_body(), body, "body");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::kMalformed);
}

TEST(Strict, AFieldThatComesTwiceIsRefused) {
  v1::Body body;
  EXPECT_FALSE(parse_strict(return_body() + return_body(), body, "body"));
}

TEST(Strict, ALengthWrittenLongerThanNeededIsRefused) {
  // Tag 5 (return), length 3 in two bytes, then reason "a".
  const std::string plain("\x2a\x03\x1a\x01\x61", 5);
  const std::string padded("\x2a\x83\x00\x1a\x01\x61", 6);
  v1::Body body;
  EXPECT_TRUE(parse_strict(plain, body, "body"));
  EXPECT_FALSE(parse_strict(padded, body, "body"));
}

TEST(Strict, AnUnknownFieldIsRefusedAtAnyDepth) {
  v1::Body body;
  // Field 15 inside the return.
  EXPECT_FALSE(parse_strict(std::string("\x2a\x02\x78\x01", 4), body, "body"));
}

}  // namespace
}  // namespace urna::model
