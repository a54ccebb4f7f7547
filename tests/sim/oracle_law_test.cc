// The oracle's reading of the law on cases worked out by hand.

#include "tests/sim/oracle_law.h"

#include <gtest/gtest.h>

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"

namespace urna::sim {

namespace {

// Lists 1, 2, … of two candidates each.
std::shared_ptr<const model::Slice> district(std::uint32_t seats, int lists) {
  const auto form = validation::builtin_form("council-2014");
  const Bytes form_bytes = model::serialise(*form);
  const Bytes reference = model::serialise(v1::ReferenceFigures());
  v1::Slice slice;
  slice.set_contest("council-1");
  slice.set_round(1);
  slice.set_group("council-1");
  slice.set_kind(v1::CONTEST_KIND_COUNCIL_POWIAT);
  slice.set_rule_set("2014");
  slice.set_seats(seats);
  slice.set_form(trust::digest_of(form_bytes).str());
  slice.set_reference(trust::digest_of(reference).str());
  slice.set_area("1401");
  for (int i = 1; i <= lists; ++i) {
    v1::Option& option = *slice.add_options();
    option.set_code(std::to_string(i));
    option.add_candidates()->set_position(1);
    option.add_candidates()->set_position(2);
  }
  v1::Precinct& precinct = *slice.add_precincts();
  precinct.set_unit("140101-1");
  precinct.set_parent("140101");
  precinct.set_type(v1::PRECINCT_TYPE_PERMANENT);
  const Bytes bytes = model::serialise(slice);
  return *model::Slice::parse(trust::digest_of(bytes), bytes, form_bytes, reference);
}

std::string outcome(const Seats& seats, const std::string& list, std::uint32_t position) {
  return seats.outcomes.at({list, position});
}

}  // namespace

// Powiat council 081000, district 2, 2010 (docs/results.md, section 3): 1316, 733, then twice 658
// for one seat; the list with more votes has it. Lists 12, 4, 2 and 13 stand here as 1 to 4.
TEST(OracleLaw, EqualLastQuotientsGoToTheListWithMoreVotes) {
  const auto slice = district(3, 4);
  const auto seats =
      seats_of(*slice, {1316, 1000, 316, 733, 700, 33, 658, 600, 58, 578, 500, 78}, {}, {});
  ASSERT_TRUE(seats);
  EXPECT_EQ(outcome(*seats, "1", 1), "elected");
  EXPECT_EQ(outcome(*seats, "1", 2), "elected");
  EXPECT_EQ(outcome(*seats, "2", 1), "elected");
  EXPECT_EQ(outcome(*seats, "2", 2), "not_elected");
  EXPECT_EQ(outcome(*seats, "3", 1), "not_elected");
  EXPECT_FALSE(seats->waits_for_lot);
}

// 20 × 4 < 100: below a twentieth of all votes; 20 × 5 = 100 takes part.
TEST(OracleLaw, AListBelowTheThresholdHasNoSeatAndEqualityQualifies) {
  const auto slice = district(5, 3);
  const auto out = seats_of(*slice, {91, 50, 41, 5, 3, 2, 4, 3, 1}, {}, {});
  ASSERT_TRUE(out);
  EXPECT_EQ(outcome(*out, "2", 1), "elected");
  EXPECT_EQ(outcome(*out, "3", 1), "not_elected");
}

TEST(OracleLaw, EqualVotesInsideAListGoByPrecincts) {
  const auto slice = district(1, 2);
  const auto seats = seats_of(*slice, {20, 10, 10, 3, 2, 1},
                              {{12, 4, 8, 1, 1, 0}, {4, 3, 1, 1, 1, 0}, {4, 3, 1, 1, 0, 1}}, {});
  ASSERT_TRUE(seats);
  EXPECT_EQ(outcome(*seats, "1", 1), "elected");
  EXPECT_EQ(outcome(*seats, "1", 2), "not_elected");
}

TEST(OracleLaw, ALotDecidesForExactlyItsContext) {
  const auto slice = district(1, 2);
  const std::vector<std::uint64_t> votes{20, 10, 10, 3, 2, 1};
  const std::vector<std::vector<std::uint64_t>> precincts{{20, 10, 10, 3, 2, 1}};
  auto seats = seats_of(*slice, votes, precincts, {});
  ASSERT_TRUE(seats);
  EXPECT_TRUE(seats->waits_for_lot);
  EXPECT_EQ(outcome(*seats, "1", 1), "lot");
  v1::Lot lot;
  lot.set_context(trust::digest_of("urna-lot 1\n"
                                   "kind places-inside-list\n"
                                   "contest council-1\n"
                                   "round 1\n"
                                   "rules 2014\n"
                                   "list-seats 1\n"
                                   "candidate 1 1 10\n"
                                   "candidate 1 2 10\n"
                                   "draw 1\n"
                                   "among 1 1 10 0\n"
                                   "among 1 2 10 0\n")
                      .str());
  lot.add_winners()->set_option("1");
  lot.mutable_winners(0)->set_candidate(2);
  seats = seats_of(*slice, votes, precincts, {lot});
  EXPECT_EQ(outcome(*seats, "1", 2), "elected");
  EXPECT_FALSE(seats->waits_for_lot);
  // Two that disagree are as none, and so is one of another context.
  v1::Lot other = lot;
  other.mutable_winners(0)->set_candidate(1);
  EXPECT_TRUE(seats_of(*slice, votes, precincts, {lot, other})->waits_for_lot);
  EXPECT_TRUE(seats_of(*slice, {20, 10, 10, 4, 3, 1}, precincts, {})->waits_for_lot);
  lot.set_context(Bytes(32, 'x'));
  EXPECT_TRUE(seats_of(*slice, votes, precincts, {lot})->waits_for_lot);
}

TEST(OracleLaw, ATieBetweenListsPastTheirVotesIsNotRead) {
  EXPECT_FALSE(seats_of(*district(1, 2), {10, 6, 4, 10, 6, 4}, {}, {}));
}

}  // namespace urna::sim
