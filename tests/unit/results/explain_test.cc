#include "common/results/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/results/sample.h"

namespace urna::results {
namespace {

using testing::HasSubstr;

std::string explained(const Sample& sample, Language language = Language::kEnglish) {
  return explain(sample.district(), *sample.determine(), language);
}

// 100 and 50 and 7 votes, 3 seats: 100, 50 = 50, then 33 1/3.
TEST(Explain, ADistrictOfListsIsWorkedOutLineByLine) {
  Sample sample("2014", 3, {{1, {60, 40}}, {2, {30, 20}}, {5, {7}}});
  EXPECT_EQ(explained(sample),
            "081000-2, seats: 3, rules 2014\n"
            "Threshold: share of 157 valid votes of the whole unit, equality included "
            "[Electoral Code, threshold of councils]\n"
            "  list 1: 100 × 100 ≥ 157 × 5, takes part\n"
            "  list 2: 50 × 100 ≥ 157 × 5, takes part\n"
            "  list 5: 7 × 100 < 157 × 5, takes no part\n"
            "Quotients by d'Hondt, largest first [Electoral Code art. 444 § 1]\n"
            "  1. list 1: 100 / 1 = 100\n"
            "  2. list 1: 100 / 2 = 50\n"
            "  3. list 2: 50 / 1 = 50\n"
            "  list 1 has no further candidate: its next quotients are passed over "
            "[Electoral Code art. 444 (unverified)]\n"
            "  none: list 2: 50 / 2 = 25\n"
            "Seats of list 1: 2\n"
            "  place 1: 60 votes, elected\n"
            "  place 2: 40 votes, elected\n"
            "Seats of list 2: 1\n"
            "  place 1: 30 votes, elected\n"
            "  place 2: 20 votes, not elected\n");
}

TEST(Explain, QuotientsAreExactFractions) {
  EXPECT_THAT(explained(Sample("2014", 2, {{1, {60, 40, 0}}, {2, {3}}})),
              HasSubstr("  none: list 1: 100 / 3 = 33 1/3\n"));
}

TEST(Explain, ATieNamesItsRuleItsStepsAndTheLotThatWaits) {
  Sample sample("2014", 1, {{1, {10}}, {2, {10}}});
  EXPECT_THAT(explained(sample),
              HasSubstr("Tie, last seats among lists: 1 for 2 [Electoral Code art. 444 § 2]: "
                        "list 1 with 10 votes, list 2 with 10 votes\n"
                        "  more votes in the district: list 1, list 2 still equal\n"
                        "  more precincts with more votes: not known here\n"
                        "  a lot decides between list 1, list 2\n"));
  EXPECT_THAT(explained(sample), HasSubstr("To be drawn, last seats among lists: 1 of 2: "));
  sample.draw({{2, 0}});
  EXPECT_THAT(explained(sample), HasSubstr("  by lot: list 2\n"));
}

TEST(Explain, PolishSaysTheSame) {
  Sample sample("2010", 2, {{1, {5}}, {2, {5}}, {3, {5}}}, Method::kTopN);
  const std::string text = explained(sample, Language::kPolish);
  EXPECT_THAT(text, HasSubstr("081000-2, mandatów: 2, zasady 2010\n"));
  EXPECT_THAT(text, HasSubstr("rozstrzyga losowanie"));
  EXPECT_EQ(text.find("{}"), std::string::npos);
  EXPECT_EQ(std::ranges::count(text, '\n'), std::ranges::count(explained(sample), '\n'));
}

TEST(Explain, AnUncontestedDistrictSaysWhy) {
  Sample sample("2014", 3, {{1, {-1}}});
  sample.voted = false;
  EXPECT_EQ(explained(sample),
            "081000-2, seats: 3, rules 2014\n"
            "No vote held, candidates: 1, seats: 3; all are elected [Electoral Code art. 380]\n"
            "Seats that stay vacant: 2\n");
}

TEST(Explain, AMayorsRoundShowsTheHalf) {
  const std::vector<Candidate> candidates = {{{0, 1}, 50}, {{0, 2}, 30}, {{0, 3}, 20}};
  MayorContest contest;
  contest.contest = contest_named("020101");
  contest.rules = rule_set("2010");
  contest.candidates = candidates;
  EXPECT_EQ(explain(contest, *determine_first_round(contest), true),
            "020101, round 1, rules 2010: 100 valid votes\n"
            "candidate 1: 2 × 50 ≤ 100, not more than half [Dz.U. 2010 nr 176 poz. 1191]\n"
            "  candidate 1: 50 votes, goes to the runoff\n"
            "  candidate 2: 30 votes, goes to the runoff\n"
            "  candidate 3: 20 votes, not elected\n");
}

TEST(Explain, ASingleCandidateShowsYesAndNo) {
  const std::vector<Candidate> candidates = {{{0, 1}, 40}};
  MayorContest contest;
  contest.contest = contest_named("020101");
  contest.rules = rule_set("2014");
  contest.candidates = candidates;
  contest.no_votes = 60;
  const std::string text = explain(contest, *determine_first_round(contest), true);
  EXPECT_THAT(text, HasSubstr("A single candidate: 40 votes YES, 60 votes NO\n"));
  EXPECT_THAT(text, HasSubstr("candidate 1: 2 × 40 ≤ 100, not more than half"));
  EXPECT_THAT(text, HasSubstr("The council elects the mayor\n"));
}

}  // namespace
}  // namespace urna::results
