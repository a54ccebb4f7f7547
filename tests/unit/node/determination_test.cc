// Districts without a vote, beside districts with one: LAW.md, allocation 7.
#include "common/node/determination.h"

#include <gtest/gtest.h>

#include <map>

#include "common/trust/sha256.h"

namespace urna::tests {
namespace {

using node::ContestFigures;

struct ListRow {
  std::string code;
  std::vector<std::uint64_t> candidates;
  bool struck_off_last = false;
};

// One district; a candidate's votes are those of the list's row.
ContestFigures district(const std::string& contest, v1::ContestKind kind, std::uint32_t seats,
                        const std::vector<ListRow>& lists, const std::string& rules = "2014") {
  v1::Form form;
  form.set_id("test");
  form.add_points()->set_code("p1");
  form.set_candidate_votes(true);
  v1::Slice slice;
  slice.set_contest(contest);
  slice.set_round(1);
  slice.set_group("council");
  slice.set_kind(kind);
  slice.set_rule_set(rules);
  slice.set_seats(seats);
  slice.set_area("140101");
  slice.set_form(std::string(32, 'f'));
  slice.set_reference(std::string(32, 'r'));
  ContestFigures figures;
  for (const ListRow& list : lists) {
    v1::Option& option = *slice.add_options();
    option.set_code(list.code);
    std::uint64_t total = 0;
    for (const std::uint64_t votes : list.candidates) total += votes;
    figures.votes.push_back(total);
    for (std::size_t i = 0; i < list.candidates.size(); ++i) {
      v1::Candidate& candidate = *option.add_candidates();
      candidate.set_position(static_cast<std::uint32_t>(i + 1));
      candidate.set_struck_off(list.struck_off_last && i + 1 == list.candidates.size());
      figures.votes.push_back(list.candidates[i]);
    }
  }
  const std::string bytes = slice.SerializeAsString();
  figures.slice = model::Slice::parse(trust::digest_of(bytes), bytes, form.SerializeAsString(),
                                      v1::ReferenceFigures().SerializeAsString())
                      .value();
  return figures;
}

std::map<std::string, std::string> outcomes(const node::Determination& determination) {
  std::map<std::string, std::string> all;
  for (const auto& outcome : determination.outcomes) {
    all[outcome.contest() + " " + outcome.option() + "/" + std::to_string(outcome.candidate())] =
        outcome.outcome();
  }
  return all;
}

TEST(Determination, ADistrictWithoutAVoteElectsItsCandidatesAndTheOthersAreCountedAlone) {
  // District 1: list 9 alone, two candidates for two seats. District 2: 1 seat, 60 against 40.
  const ContestFigures group[] = {
      district("d-1", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, 2, {{"9", {0, 0}}}),
      district("d-2", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, 1, {{"1", {60}}, {"9", {40}}})};
  const auto determined = node::determine(group, {});
  ASSERT_TRUE(determined.has_value()) << determined.error().message;
  EXPECT_EQ(outcomes(*determined),
            (std::map<std::string, std::string>{{"d-1 9/1", "elected"},
                                                {"d-1 9/2", "elected"},
                                                {"d-2 1/1", "elected"},
                                                {"d-2 9/1", "not_elected"}}));
}

TEST(Determination, AListThatStandsOnlyWhereNoVoteIsHeldIsNoTrouble) {
  const ContestFigures group[] = {
      district("d-1", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, 2, {{"7", {0}}}),
      district("d-2", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, 1, {{"1", {60}}, {"9", {40}}})};
  ASSERT_TRUE(node::determine(group, {}).has_value());
  const ContestFigures alone[] = {
      district("d-1", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, 2, {{"7", {0}}})};
  const auto determined = node::determine(alone, {});
  ASSERT_TRUE(determined.has_value()) << determined.error().message;
  EXPECT_EQ(outcomes(*determined)["d-1 7/1"], "elected");
}

TEST(Determination, ASmallGminasDistrictWithoutAVoteElectsAllButThoseStruckOff) {
  const ContestFigures group[] = {
      district("d-1", v1::CONTEST_KIND_COUNCIL_SMALL_GMINA, 2, {{"1", {0}}, {"2", {0, 0}, true}})};
  const auto determined = node::determine(group, {});
  ASSERT_TRUE(determined.has_value()) << determined.error().message;
  EXPECT_EQ(outcomes(*determined),
            (std::map<std::string, std::string>{{"d-1 1/1", "elected"}, {"d-1 2/1", "elected"}}));
}

TEST(Determination, RulesThatAskForACommitteeAreRefusedSinceTheDefinitionDoesNotTellIt) {
  const ContestFigures group[] = {
      district("d-1", v1::CONTEST_KIND_PARLIAMENT, 1, {{"1", {60}}, {"2", {40}}}, "2019")};
  EXPECT_EQ(node::determine(group, {}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace urna::tests
