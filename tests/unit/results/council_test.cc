#include "common/results/council.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/results/sample.h"

namespace urna::results {
namespace {

using testing::HasSubstr;

// ---- input that contradicts itself ----

TEST(Council, InputThatContradictsItselfIsRefusedByName) {
  const auto refused = [](auto spoil) {
    Sample sample("2014", 2, {{1, {10, 5}}, {2, {7}}});
    spoil(sample);
    return sample.letters();
  };
  EXPECT_THAT(refused([](Sample& s) { s.lists[0].votes = 14; }),
              HasSubstr("list 1 has fewer votes than its candidates"));
  EXPECT_THAT(refused([](Sample& s) { s.lists[1].unit_votes = 6; }),
              HasSubstr("list 2 has fewer votes in the unit than in the district"));
  EXPECT_THAT(refused([](Sample& s) { s.unit_valid_votes = 21; }),
              HasSubstr("more votes than there are valid votes in the unit"));
  EXPECT_THAT(refused([](Sample& s) { s.unit_valid_votes = kVotesMax; }),
              HasSubstr("valid votes out of range"));
  EXPECT_THAT(refused([](Sample& s) { s.lists[1].number = 1; }), HasSubstr("list 1 stands twice"));
  EXPECT_THAT(refused([](Sample& s) { s.candidates[1].name.place = 1; }),
              HasSubstr("list 1 place 1 stands twice"));
  EXPECT_THAT(refused([](Sample& s) { s.candidates[1].name.place = 0; }),
              HasSubstr("no place on the ballot"));
  EXPECT_THAT(refused([](Sample& s) { s.candidates[2].name.list = 3; }),
              HasSubstr("list 3 place 1 is not grouped with its list"));
  EXPECT_THAT(refused([](Sample& s) { s.candidates[0].votes = 1'000'000'000; }),
              HasSubstr("votes out of range"));
  EXPECT_THAT(refused([](Sample& s) { s.voted = false; }), HasSubstr("more candidates than seats"));
  EXPECT_THAT(Sample("2014", 0, {{1, {1}}}).letters(), HasSubstr("seats must be 1 to 10000"));
  Sample uncontested("2014", 3, {{1, {1}}});
  uncontested.voted = false;
  EXPECT_THAT(uncontested.letters(), HasSubstr("votes in a district without a vote"));
}

TEST(Council, FiguresOfPrecinctsMustAddUpToTheTotals) {
  Sample sample("2014", 1, {{1, {6}}, {2, {6}}});
  sample.precincts = 2;
  sample.list_table = {4, 2, 2, 4};
  sample.candidate_table = {4, 2, 2, 3};
  EXPECT_THAT(sample.letters(), HasSubstr("column 2 do not add up"));
  sample.candidate_table = {4, 2, 2};
  EXPECT_THAT(sample.letters(), HasSubstr("another number of columns"));
}

// ---- lists ----

// City council 086101 (Gorzów), 2010: made small. 60 % against a threshold of 5 % of the whole
// unit.
TEST(Council, AListBelowTheThresholdWinsNothingThoughItsQuotientWould) {
  Sample sample("2014", 2, {{1, {10}}, {2, {9}}});
  sample.lists[0].unit_votes = 50;
  sample.lists[1].unit_votes = 49;
  sample.unit_valid_votes = 1000;
  EXPECT_EQ(sample.letters(), "EN");  // one candidate, one seat vacant
  EXPECT_EQ(sample.determine()->vacant, 1u);
  EXPECT_EQ(sample.determine()->takes_part, (std::vector<bool>{true, false}));
}

TEST(Council, WhereNobodyTakesPartAllSeatsStayVacant) {
  Sample sample("2014", 2, {{1, {10}}, {2, {9}}});
  sample.unit_valid_votes = 1000;
  const auto result = sample.determine();
  EXPECT_EQ(sample.letters(), "NN");
  EXPECT_EQ(result->vacant, 2u);
  EXPECT_TRUE(result->final());
}

TEST(Council, AMinorityIsExemptAndACoalitionNeedsMoreInParliament) {
  const std::vector<SampleList> lists = {{1, {900}, CommitteeKind::kParty},
                                         {2, {60}, CommitteeKind::kCoalition},
                                         {3, {40}, CommitteeKind::kMinority}};
  EXPECT_EQ(Sample("2019", 3, lists).letters(), "ENE");
  EXPECT_EQ(Sample("2014", 3, lists).letters(), "EEN");
}

TEST(Council, ASurplusGoesOnOrStaysVacantAsTheRulesSay) {
  Sample sample("2014", 4, {{1, {90}}, {2, {20, 10}}});
  EXPECT_EQ(sample.letters(), "EEE");
  EXPECT_EQ(sample.determine()->vacant, 1u);
  EXPECT_EQ(sample.determine()->list_seats, (std::vector<std::uint32_t>{1, 2}));
  sample.rules().surplus = Surplus::kStaysVacant;
  // 90, 45, 30 = 30: list 1 wins three, list 2 one (90/3 = 30/1), and two of list 1 are nobody's.
  EXPECT_EQ(sample.letters(), "EEN");
  EXPECT_EQ(sample.determine()->vacant, 2u);
  EXPECT_EQ(sample.determine()->list_seats, (std::vector<std::uint32_t>{3, 1}));
}

TEST(Council, AStruckOffCandidateWinsNothingAndLeavesItsListShorter) {
  EXPECT_EQ(Sample("2014", 3, {{1, {-1, 30, -1}}, {2, {10, 5}}}).letters(), "NENEE");
}

TEST(Council, AListWithoutVotesWinsNothing) {
  EXPECT_EQ(Sample("2014", 2, {{1, {0, 0}}, {2, {0}}}).letters(), "NNN");
  EXPECT_EQ(Sample("2014", 2, {{1, {0, 0}}, {2, {3}}}).determine()->vacant, 1u);
}

// A candidate without votes still takes a seat that the list has won.
TEST(Council, InsideAListTheSeatsGoByOrderEvenToNoVotes) {
  EXPECT_EQ(Sample("2014", 2, {{1, {8, 0}}}).letters(), "EE");
}

// ---- ties ----

// Powiat council 081000 district 2, 2010: 3 seats; 1316/2 = 658/1 for the third.
TEST(Council, EqualLastQuotientsGoToTheListWithMoreVotes) {
  Sample sample("2010", 3, {{12, {1000, 316}}, {4, {733}}, {2, {658}}});
  EXPECT_EQ(sample.letters(), "EEEN");
  const auto result = sample.determine();
  ASSERT_EQ(result->ties.size(), 1u);
  EXPECT_EQ(result->ties[0].steps.at(0).by, TieBreak::kMoreVotes);
  EXPECT_EQ(result->ties[0].steps[0].ahead, (std::vector<BallotName>{{12, 0}}));
}

TEST(Council, ListsEqualInVotesAreOrderedByPrecinctsThenByLot) {
  Sample sample("2014", 1, {{1, {10}}, {2, {10}}});
  EXPECT_EQ(sample.letters(), "LL");
  sample.precincts = 3;
  sample.list_table = sample.candidate_table = {4, 3, 4, 3, 2, 4};  // list 1 ahead in two of three
  EXPECT_EQ(sample.letters(), "EN");
  sample.list_table = sample.candidate_table = {5, 3, 3, 5, 2, 2};  // one each
  EXPECT_EQ(sample.letters(), "LL");
  const auto pending = sample.determine()->pending;
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].among[0].precincts_won, 1u);
}

TEST(Council, InsideAListTheHigherPlaceWinsIn2010AndPrecinctsThenALotLater) {
  const std::vector<SampleList> lists = {{1, {5, 5}}};
  EXPECT_EQ(Sample("2010", 1, lists).letters(), "EN");
  EXPECT_EQ(Sample("2014", 1, lists).letters(), "LL");
  Sample told("2014", 1, lists);
  told.precincts = 2;
  told.list_table = {5, 5};
  told.candidate_table = {3, 2, 2, 3};
  EXPECT_EQ(told.letters(), "LL");
  told.candidate_table = {1, 4, 4, 1};
  EXPECT_EQ(told.letters(), "LL");
  told.precincts = 3;
  told.list_table = {3, 3, 4};
  told.candidate_table = {1, 2, 1, 2, 3, 1};
  EXPECT_EQ(told.letters(), "NE");
}

TEST(Council, TopNDrawsAtTheCutIn2010AndCountsPrecinctsLater) {
  Sample sample("2010", 2, {{1, {9}}, {2, {5}}, {3, {5}}, {4, {4}}}, Method::kTopN);
  sample.precincts = 2;
  sample.candidate_table = {9, 2, 3, 4, 0, 3, 2, 0};
  EXPECT_EQ(sample.letters(), "ELLN");
  Sample later("2014", 2, {{1, {9}}, {2, {5}}, {3, {5}}, {4, {4}}}, Method::kTopN);
  later.precincts = 2;
  later.candidate_table = {9, 3, 2, 4, 0, 2, 3, 0};
  EXPECT_EQ(later.letters(), "ELLN");
  later.precincts = 3;
  later.candidate_table = {9, 1, 0, 4, 0, 1, 0, 0, 0, 3, 5, 0};
  EXPECT_EQ(later.letters(), "EENN");
}

// Three equal for two places, ahead of both others in 2, 1 and 1 precincts: the first is in, the
// others draw.
TEST(Council, OfThreeInATieOneMayBeInAndTheOthersDraw) {
  Sample sample("2014", 2, {{1, {9}}, {2, {9}}, {3, {9}}}, Method::kTopN);
  sample.precincts = 4;
  sample.candidate_table = {3, 2, 2, 3, 2, 2, 1, 4, 1, 2, 1, 4};
  EXPECT_EQ(sample.letters(), "ELL");
  const auto pending = sample.determine()->pending;
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].places, 1u);
  EXPECT_EQ(pending[0].among.size(), 2u);
}

TEST(Council, AnUncontestedDistrictElectsAllAndLeavesTheRestVacant) {
  for (const Method method : {Method::kDHondt, Method::kTopN}) {
    Sample sample("2010", 3, {{1, {-1}}, {2, {-1}}}, method);
    sample.voted = false;
    EXPECT_EQ(sample.letters(), "EE");
    EXPECT_EQ(sample.determine()->vacant, 1u);
  }
}

// ---- lots in sequence ----

// 10 votes each, one seat; on list 1 two candidates have 5 each. First the lists draw, then, if
// list 1 wins, its candidates.
TEST(Council, ALotAmongListsMayBringOnOneInsideTheList) {
  Sample sample("2014", 1, {{1, {5, 5}}, {2, {6, 4}}});
  EXPECT_EQ(sample.letters(), "LLLN");
  ASSERT_EQ(sample.determine()->pending.size(), 1u);
  EXPECT_EQ(sample.determine()->pending[0].kind, LotKind::kSeatsAmongLists);
  Sample other = sample;
  other.draw({{2, 0}});
  EXPECT_EQ(other.letters(), "NNEN");

  sample.draw({{1, 0}});
  EXPECT_EQ(sample.letters(), "LLNN");
  EXPECT_EQ(sample.determine()->pending.at(0).kind, LotKind::kPlacesInsideList);
  sample.draw({{1, 2}});
  EXPECT_EQ(sample.letters(), "NENN");
  EXPECT_TRUE(sample.determine()->final());
}

TEST(Council, ALotBindsToEveryFigureItDependsOn) {
  Sample sample("2014", 1, {{1, {5, 5}}, {2, {6, 4}}});
  sample.draw({{1, 0}});
  ASSERT_EQ(sample.letters(), "LLNN");
  const auto refused = [&](auto change) {
    Sample changed = sample;
    change(changed);
    return changed.letters();
  };
  const auto other = HasSubstr("other_context: ");
  EXPECT_THAT(refused([](Sample& s) { ++s.unit_valid_votes; }), other);
  EXPECT_THAT(refused([](Sample& s) {
                ++s.lists[1].unit_votes;
                ++s.unit_valid_votes;
              }),
              other);
  EXPECT_THAT(refused([](Sample& s) {
                ++s.lists[0].votes;
                ++s.lists[0].unit_votes;
                ++s.lists[1].votes;
                ++s.lists[1].unit_votes;
                s.unit_valid_votes += 2;
              }),
              other);
  EXPECT_THAT(refused([](Sample& s) { s.rules().surplus = Surplus::kStaysVacant; }), other);
  EXPECT_THAT(refused([](Sample& s) { s.lots[0].context += "\n"; }), other);
  EXPECT_THAT(refused([](Sample& s) { s.lots.push_back(s.lots[0]); }), HasSubstr("recorded twice"));
}

}  // namespace
}  // namespace urna::results
