// Points under another form's numbers, and the messages of every form that name them.
#include "common/validation/numbering.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "common/validation/forms.h"

namespace urna::validation {
namespace {

constexpr RemarkWords kEnglish = {"in point ", "in the remarks"};

// sejm-2019: certificates are p6, so 2014's p6 is p7 and its p12 is p13 (columns of the data).
TEST(Numbering, PointsFromTheSixthOnStandOneHigherIn2019) {
  EXPECT_EQ(renumber("p1", Numbering::k2019), "p1");
  EXPECT_EQ(renumber("p4 + p6 <= p1", Numbering::k2019), "p4 + p7 <= p1");
  EXPECT_EQ(renumber("p8a <= p7e; p9 != 0", Numbering::k2019), "p9a <= p8e; p10 != 0");
  EXPECT_EQ(renumber("p8a <= p7e", Numbering::k2014), "p8a <= p7e");
}

TEST(Numbering, WhatIsNoPointStaysAsItIs) {
  for (const char* text :
       {"", "votes", "10 ref:planned_print - 12 ref:eligible", "option:YES <= 9", "p"}) {
    EXPECT_EQ(renumber(text, Numbering::k2019), text);
  }
}

TEST(Numbering, MessagesNameThePointAndWhereToWriteARemark) {
  const char* text = "Ballots ({8}, without {8a}) 10%: explain {remark 15}.";
  EXPECT_EQ(fill_in(text, Numbering::k2014, kEnglish),
            "Ballots (8, without 8a) 10%: explain in point 15.");
  EXPECT_EQ(fill_in(text, Numbering::k2019, kEnglish),
            "Ballots (9, without 9a) 10%: explain in the remarks.");
  EXPECT_EQ(fill_in("nothing", Numbering::k2019, kEnglish), "nothing");
}

// Every number in brackets is a point of the form itself, or that of the votes, which follow the
// last point.
TEST(Numbering, MessagesNameOnlyPointsOfTheirForm) {
  const std::regex in_brackets(R"(\((?:pkt )?(\d+)([a-e]?)[),])");
  for (const std::string_view id : kBuiltinForms) {
    const auto form = builtin_form(id);
    ASSERT_TRUE(form.has_value());
    std::set<std::string> known;
    for (const v1::FormPoint& point : form->points()) known.insert(point.code());
    known.insert(id == "sejm-2019" ? "p14" : "p13");
    std::size_t named = 0;
    for (const v1::FormRule& rule : form->rules()) {
      for (const std::string& message : {rule.message_pl(), rule.message_en()}) {
        EXPECT_EQ(message.find_first_of("{}"), message.npos) << message;
        for (auto at = std::sregex_iterator(message.begin(), message.end(), in_brackets);
             at != std::sregex_iterator(); ++at) {
          EXPECT_TRUE(known.contains("p" + (*at)[1].str() + (*at)[2].str())) << id << message;
          ++named;
        }
      }
    }
    EXPECT_GT(named, 0U) << id;
  }
}

}  // namespace
}  // namespace urna::validation
