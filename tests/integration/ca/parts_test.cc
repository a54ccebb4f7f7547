// Periods and the index, without the program around them.

#include <gtest/gtest.h>

#include "central/ca/index.h"

namespace urna::ca {
namespace {

Day day(const char* text) { return parse_day(text).value(); }

TEST(Calendar, AYearAfterALeapDayIsTheLastOfFebruary) {
  EXPECT_EQ(years_after(day("2024-02-29"), 1), day("2025-02-28"));
  EXPECT_EQ(years_after(day("2024-02-29"), 4), day("2028-02-29"));
}

Issued issued(unsigned char number) {
  KeyId id;
  id.bytes.fill(number);
  return {id, "chair", *model::UnitId::parse("140101-1"), {day("2026-11-01"), day("2026-11-30")}};
}

TEST(Index, EveryDamagedLineIsNamed) {
  Index good;
  good.add(issued(1), {});
  const std::string line = good.text();
  const std::string revoked = R"({"event":"revoked","at":"","key_id":")" + std::string(64, '2') +
                              R"(","reason":"x"})"
                              "\n";
  for (const std::string& bad :
       {std::string("\n"), std::string("{}\n"), std::string("[]\n"), std::string("{\n"), line,
        revoked, line.substr(0, 30), std::string("{\"event\":\"issued\",\"key_id\":7}\n")}) {
    const auto parsed = Index::parse(line + bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
    EXPECT_TRUE(parsed.error().message.starts_with("line 2: ")) << parsed.error().message;
  }
}

TEST(Index, TheStateFollowsTheDayAndARevocationStays) {
  Index index;
  index.add(issued(1), {});
  const auto state_on = [&](const char* on) {
    return index.find(issued(1).key_id)->state(day(on));
  };
  EXPECT_EQ(state_on("2026-10-31"), State::kNotYetValid);
  EXPECT_EQ(state_on("2026-11-01"), State::kValid);
  EXPECT_EQ(state_on("2026-11-30"), State::kValid);
  EXPECT_EQ(state_on("2026-12-01"), State::kExpired);
  index.add(Revoked{issued(1).key_id, "lost", {}, {}}, {});
  for (const char* on : {"2026-10-31", "2026-11-15", "2026-12-01"}) {
    EXPECT_EQ(state_on(on), State::kRevoked);
  }
}

TEST(Index, IsReadAsItWasWritten) {
  Index index;
  for (unsigned char i = 1; i < 20; ++i) index.add(issued(i), {});
  index.add(Revoked{issued(7).key_id, "zgubiona \"karta\"\\ ż", {}, {}}, {});
  const auto again = Index::parse(index.text());
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->text(), index.text());
  ASSERT_EQ(again->entries().size(), 19u);
  EXPECT_EQ(again->find(issued(7).key_id)->revoked_because, "zgubiona \"karta\"\\ ż");
  EXPECT_FALSE(again->find(issued(8).key_id)->revoked_because.has_value());
}

}  // namespace
}  // namespace urna::ca
