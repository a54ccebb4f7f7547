// The tally's lines are made from the law of addition by hand here, not by the code that checks
// them.
#include "tests/bench/check.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "common/base/clock.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {
namespace {

class TallyLines : public testing::Test {
 protected:
  void SetUp() override {
    auto office = Office::open(country_, wall_clock_ms());
    ASSERT_TRUE(office.has_value());
    auto load = Load::make(country_, *office, folder_.path(), {1, {256}}, [](std::size_t) {});
    ASSERT_TRUE(load.has_value());
    load_.emplace(std::move(*load));
  }
  // One precinct, one contest: its own figures are the totals.
  std::string lines() const {
    const drill::DatasetProtocol protocol = country_.protocol(0, 0);
    const drill::DatasetContest& contest = country_.data().contests.front();
    std::ostringstream out;
    out << "contest,round,unit,protocols,kind,code,figure\n";
    const auto line = [&](const std::string& kind, const std::string& code, std::uint64_t figure) {
      for (const char* unit : {"PL", "020000"}) {
        out << contest.id << ",1," << unit << ",1," << kind << "," << code << "," << figure << "\n";
      }
    };
    for (const auto& [point, figure] : protocol.points) line("point", point, figure);
    std::size_t candidate = 0;
    for (std::size_t i = 0; i < contest.options.size(); ++i) {
      line("option", contest.options[i].code, protocol.votes[i] - 1);  // a cell is the figure + 1
      for (std::uint32_t j = 1; j <= contest.options[i].candidates; ++j) {
        line("candidate", contest.options[i].code + "/" + std::to_string(j),
             protocol.candidate_votes[candidate++]);
      }
    }
    return out.str();
  }
  Result<void> check(const std::string& text) const {
    return check_tally_lines(country_, *load_, {1}, text);
  }
  std::string changed(const std::string& from, const std::string& to) const {
    std::string text = lines();
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, from.size(), to);
  }

  const test::TemporaryFolder folder_;
  const Country country_{{Shape::kParliament, 1, 1, 1}};
  std::optional<Load> load_;
};

TEST_F(TallyLines, ThatAreTheSumsAreAccepted) {
  const auto good = check(lines());
  EXPECT_TRUE(good.has_value()) << good.error().message;
}

TEST_F(TallyLines, WithOneWrongFigureOfACandidateAreNoticed) {
  const auto wrong = check(changed(",candidate,1/1,", ",candidate,1/1,1"));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_NE(wrong.error().message.find("candidate,1/1"), std::string::npos);
}

TEST_F(TallyLines, WithAMissingPointAreNoticed) {
  const auto missing = check(changed("PL,1,point,p1,", "XX,1,point,p1,"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("point,p1 is 0"), std::string::npos);
}

TEST_F(TallyLines, WithFiguresNobodySentAreNoticed) {
  const auto strange = check(lines() + "mayor-1,1,PL,1,option,1,5\n");
  ASSERT_FALSE(strange.has_value());
  EXPECT_NE(strange.error().message.find("mayor-1"), std::string::npos);
}

TEST_F(TallyLines, OfAnotherFormAreMalformed) {
  const auto odd = check(lines() + "and so on\n");
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace urna::bench
