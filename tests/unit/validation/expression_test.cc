#include "common/validation/expression.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace urna::validation {
namespace {

TEST(Expression, WhatIsNotAComparisonIsRefusedAndQuoted) {
  for (const char* text :
       {"", "p1", "p1 =", "= p1", "p1 = p2 = p3", "p1 == p2", "p1 + = p2", "p1 p2 = p3", "p1 =< p2",
        "p1 = 2 3", "p1 = p2 ;", "p1 = -", "p1 = 1234567890123456789", "p1 = *p2", "p1 ≤ p2"}) {
    const auto parsed = parse_comparison(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_NE(parsed.error().message.find(text), std::string::npos) << text;
  }
}

TEST(Expression, CoefficientsConstantsAndSignsAreRead) {
  const auto parsed = parse_comparison("-10p4 + ref:eligible <= 9 p1 - 3").value();
  EXPECT_EQ(parsed.op(), v1::Comparison::OP_LE);
  ASSERT_EQ(parsed.left_size(), 2);
  EXPECT_EQ(parsed.left(0).coefficient(), -10);
  EXPECT_EQ(parsed.left(0).variable(), "p4");
  EXPECT_EQ(parsed.left(1).coefficient(), 1);
  EXPECT_EQ(parsed.left(1).variable(), "ref:eligible");
  ASSERT_EQ(parsed.right_size(), 2);
  EXPECT_EQ(parsed.right(0).coefficient(), 9);
  EXPECT_EQ(parsed.right(0).variable(), "p1");
  EXPECT_EQ(parsed.right(1).coefficient(), -3);
  EXPECT_EQ(parsed.right(1).variable(), "1");
}

TEST(Expression, EachOperatorIsRead) {
  EXPECT_EQ(parse_comparison("p1=p2").value().op(), v1::Comparison::OP_EQ);
  EXPECT_EQ(parse_comparison("p1<=p2").value().op(), v1::Comparison::OP_LE);
  EXPECT_EQ(parse_comparison("p1>=p2").value().op(), v1::Comparison::OP_GE);
  EXPECT_EQ(parse_comparison("p1<p2").value().op(), v1::Comparison::OP_LT);
  EXPECT_EQ(parse_comparison("p1>p2").value().op(), v1::Comparison::OP_GT);
  EXPECT_EQ(parse_comparison("p1!=p2").value().op(), v1::Comparison::OP_NE);
}

void add_terms(google::protobuf::RepeatedPtrField<v1::Term>& terms) {
  const auto names =
      std::vector<std::string>{"p1", "p11a", "votes", "option:YES", "ref:eligible", "1"};
  for (int left = *rc::gen::inRange(1, 5); left > 0; --left) {
    v1::Term& term = *terms.Add();
    term.set_variable(*rc::gen::elementOf(names));
    term.set_coefficient(*rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000));
  }
}

RC_GTEST_PROP(Expression, WhatIsWrittenReadsBackTheSame, ()) {
  v1::Comparison comparison;
  comparison.set_op(static_cast<v1::Comparison::Op>(*rc::gen::inRange(1, 7)));
  add_terms(*comparison.mutable_left());
  add_terms(*comparison.mutable_right());
  const auto read = parse_comparison(to_text(comparison));
  RC_ASSERT(read.has_value());
  RC_ASSERT(google::protobuf::util::MessageDifferencer::Equals(*read, comparison));
}

}  // namespace
}  // namespace urna::validation
