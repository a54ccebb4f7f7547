#include <gtest/gtest.h>

#include "common/model/ids.h"
#include "common/model/place.h"
#include "common/model/strict.h"
#include "urna/v1/protocol.pb.h"

namespace urna::model {
namespace {

TEST(Names, WhatCouldNotStandInAUriOrAFileNameIsRefused) {
  for (const char* text : {"", "-a", ".a", "_a", "a b", "a/b", "a:b", "ą", "a\n", "..", "%41"}) {
    EXPECT_FALSE(is_name(text)) << text;
  }
  EXPECT_FALSE(is_name(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_name(std::string(41, 'a')));
  EXPECT_TRUE(is_name(std::string(40, 'a')));
  for (const char* text : {"PL", "146502-711", "city_council-9", "a.b", "0"}) {
    EXPECT_TRUE(is_name(text)) << text;
  }
}

TEST(Places, ABadNameOrRoundIsRefused) {
  const auto place = [](const char* unit, const char* contest, std::uint32_t round) {
    v1::Place message;
    message.set_unit(unit);
    message.set_contest(contest);
    message.set_round(round);
    return parse_place(message);
  };
  EXPECT_FALSE(place("", "mayor", 1).has_value());
  EXPECT_FALSE(place("146502-711", "", 1).has_value());
  EXPECT_FALSE(place("146502/711", "mayor", 1).has_value());
  EXPECT_FALSE(place("146502-711", "mayor", 0).has_value());
  EXPECT_FALSE(place("146502-711", "mayor", 3).has_value());
  ASSERT_TRUE(place("146502-711", "mayor", 2).has_value());
  EXPECT_EQ(place("146502-711", "mayor", 2)->str(), "146502-711 mayor/2");
}

TEST(Strict, BytesThatDoNotDecodeAreRefusedByName) {
  v1::Protocol protocol;
  const auto result = parse_strict("\xff\xff\xff", protocol, "body");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
  EXPECT_TRUE(result.error().message.starts_with("body:"));
}

TEST(Strict, AnUnknownFieldIsRefusedAtAnyDepth) {
  v1::Protocol protocol;
  // Field 2000 as a varint: tag 0x80 0x7d.
  EXPECT_FALSE(parse_strict("\x80\x7d\x01", protocol, "body").has_value());
  v1::Place place;
  place.GetReflection()->MutableUnknownFields(&place)->AddVarint(2000, 1);
  *protocol.mutable_place() = place;
  EXPECT_FALSE(parse_strict(protocol.SerializeAsString(), protocol, "body").has_value());
  protocol.Clear();
  v1::Remark& remark = *protocol.add_remarks();
  remark.GetReflection()->MutableUnknownFields(&remark)->AddVarint(2000, 1);
  EXPECT_FALSE(parse_strict(protocol.SerializeAsString(), protocol, "body").has_value());
}

TEST(Strict, AnUnknownEnumerationValueIsRefused) {
  v1::Protocol protocol;
  protocol.set_origin(static_cast<v1::EntryOrigin>(99));
  EXPECT_FALSE(parse_strict(protocol.SerializeAsString(), protocol, "body").has_value());
  protocol.Clear();
  protocol.add_members()->set_function(static_cast<v1::MemberFunction>(99));
  EXPECT_FALSE(parse_strict(protocol.SerializeAsString(), protocol, "body").has_value());
}

TEST(Strict, WhatIsSerialisedParsesToTheSame) {
  v1::Protocol protocol;
  protocol.mutable_place()->set_unit("146502-711");
  protocol.add_points(0);
  protocol.add_points(1'000'000'000);
  const std::string bytes = serialise(protocol);
  v1::Protocol again;
  ASSERT_TRUE(parse_strict(bytes, again, "body").has_value());
  EXPECT_EQ(serialise(again), bytes);
}

}  // namespace
}  // namespace urna::model
