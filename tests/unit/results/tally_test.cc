#include "common/results/tally.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "common/model/strict.h"

namespace urna::results {
namespace {

using model::Cell;
using model::ContestRound;
using model::UnitIndex;

// PL ─ 14 ─┬─ 1465 ─┬─ 146502
//          │        └─ 146503
//          └─ 1401 ─── 140101
// PL ─ 16
constexpr std::pair<const char*, const char*> kUnits[] = {
    {"PL", ""},         {"14", "PL"},   {"1465", "14"},     {"146502", "1465"},
    {"146503", "1465"}, {"1401", "14"}, {"140101", "1401"}, {"16", "PL"}};

std::shared_ptr<const model::Units> make_units() {
  v1::UnitTable table;
  for (const auto& [id, parent] : kUnits) {
    v1::Unit& unit = *table.add_units();
    unit.set_id(id);
    unit.set_parent(parent);
    unit.set_kind(*parent == '\0' ? v1::UNIT_KIND_NATIONAL : v1::UNIT_KIND_GMINA);
  }
  return model::Units::parse(model::serialise(table)).value();
}

ContestRound contest_round(const char* contest, std::uint32_t round = 1) {
  return {*model::ContestId::parse(contest), round};
}

// A contest with two points, an option with one candidate and an option without; precincts in the
// units given.
std::shared_ptr<const model::Slice> make_slice(const char* contest,
                                               const std::vector<const char*>& parents,
                                               unsigned char digest = 0) {
  v1::Form form;
  form.add_points()->set_code("p1");
  form.add_points()->set_code("p2");
  v1::Slice slice;
  slice.set_contest(contest);
  slice.set_round(1);
  slice.set_kind(v1::CONTEST_KIND_MAYOR);
  slice.set_area("14");
  slice.add_options()->set_code("1");
  slice.mutable_options(0)->add_candidates()->set_position(1);
  slice.add_options()->set_code("2");
  int number = 100;
  for (const char* parent : parents) {
    v1::Precinct& precinct = *slice.add_precincts();
    precinct.set_unit("precinct-" + std::to_string(number++));
    precinct.set_parent(parent);
  }
  Digest id;
  id.bytes[0] = digest;
  return model::Slice::parse(id, model::serialise(slice), model::serialise(form), "").value();
}

class TallyTest : public testing::Test {
 protected:
  UnitIndex unit(const char* id) const { return units_->find(*model::UnitId::parse(id)); }

  const Totals& received(const char* id) const {
    return *tally_.totals(Which::kReceived, mayor_, unit(id));
  }

  std::shared_ptr<const model::Units> units_ = make_units();
  ContestRound mayor_ = contest_round("mayor");
  Tally tally_{units_};
  // Cells hold the figure plus one; 0 is an empty field.
  std::vector<Cell> points_ = {8, 0};
  std::vector<Cell> votes_ = {6, 1, 3};
};
using TallyDeathTest = TallyTest;

TEST_F(TallyDeathTest, BrokenInvariantsStopTheProgram) {
  tally_.open_contest(make_slice("mayor", {"146502", "140101"}));
  const auto add = [&](const ContestRound& contest, UnitIndex parent, std::vector<Cell> points,
                       std::vector<Cell> votes) {
    tally_.add(Which::kReceived, contest, parent, points, votes);
  };
  EXPECT_DEATH(add(contest_round("other"), unit("146502"), points_, votes_), "invariant");
  EXPECT_DEATH(add(contest_round("mayor", 2), unit("146502"), points_, votes_), "invariant");
  EXPECT_DEATH(add(mayor_, unit("146503"), points_, votes_), "invariant");
  EXPECT_DEATH(add(mayor_, model::kNoUnit, points_, votes_), "invariant");
  EXPECT_DEATH(add(mayor_, unit("146502"), {1}, votes_), "invariant");
  EXPECT_DEATH(add(mayor_, unit("146502"), points_, {1, 1}), "invariant");
  EXPECT_DEATH(static_cast<void>(tally_.slice(contest_round("other"))), "invariant");
}

TEST_F(TallyDeathTest, ATotalNeverFallsBelowNothing) {
  tally_.open_contest(make_slice("mayor", {"146502", "146502", "140101"}));
  const auto subtract = [&](Which which, const char* parent, std::vector<Cell> points) {
    tally_.subtract(which, mayor_, unit(parent), points, votes_);
  };
  EXPECT_DEATH(subtract(Which::kReceived, "146502", points_), "invariant");
  tally_.add(Which::kReceived, mayor_, unit("146502"), points_, votes_);
  EXPECT_DEATH(subtract(Which::kConfirmed, "146502", points_), "invariant");
  EXPECT_DEATH(subtract(Which::kReceived, "140101", points_), "invariant");
  EXPECT_DEATH(subtract(Which::kReceived, "146502", {9, 0}), "invariant");
}

TEST_F(TallyTest, AContestNotOpenAndAUnitNotReachedHaveNoTotals) {
  EXPECT_FALSE(tally_.has(mayor_));
  EXPECT_EQ(tally_.totals(Which::kReceived, mayor_, unit("PL")), nullptr);
  EXPECT_EQ(tally_.expected(mayor_, unit("PL")), 0u);
  tally_.open_contest(make_slice("mayor", {"146502"}));
  EXPECT_TRUE(tally_.has(mayor_));
  EXPECT_FALSE(tally_.has(contest_round("mayor", 2)));
  EXPECT_EQ(tally_.totals(Which::kReceived, mayor_, unit("146503")), nullptr);
  EXPECT_EQ(tally_.totals(Which::kReceived, mayor_, unit("16")), nullptr);
  EXPECT_EQ(tally_.totals(Which::kReceived, mayor_, model::kNoUnit), nullptr);
  tally_.close_contest(mayor_);
  tally_.close_contest(mayor_);
  EXPECT_FALSE(tally_.has(mayor_));
}

TEST_F(TallyTest, ExpectedPlacesAreCountedInEveryUnitAbove) {
  tally_.open_contest(make_slice("mayor", {"146502", "146502", "146503", "140101", "1465"}));
  EXPECT_EQ(tally_.expected(mayor_, unit("146502")), 2u);
  EXPECT_EQ(tally_.expected(mayor_, unit("146503")), 1u);
  EXPECT_EQ(tally_.expected(mayor_, unit("1465")), 4u);
  EXPECT_EQ(tally_.expected(mayor_, unit("1401")), 1u);
  EXPECT_EQ(tally_.expected(mayor_, unit("14")), 5u);
  EXPECT_EQ(tally_.expected(mayor_, unit("PL")), 5u);
  EXPECT_EQ(tally_.expected(mayor_, unit("16")), 0u);
}

TEST_F(TallyTest, APrecinctWhoseParentIsUnknownIsExpectedNowhere) {
  tally_.open_contest(make_slice("mayor", {"146502", "999999"}));
  EXPECT_EQ(tally_.expected(mayor_, unit("PL")), 1u);
}

TEST_F(TallyTest, AProtocolCountsInItsUnitAndAllAboveAndInNoOther) {
  tally_.open_contest(make_slice("mayor", {"146502", "146503", "140101"}));
  tally_.add(Which::kReceived, mayor_, unit("146502"), points_, votes_);
  const Totals once{1, {7, 0}, {5, 0, 2}};
  for (const char* id : {"146502", "1465", "14", "PL"}) EXPECT_EQ(received(id), once) << id;
  const Totals nothing{0, {0, 0}, {0, 0, 0}};
  for (const char* id : {"146503", "1401", "140101"}) EXPECT_EQ(received(id), nothing) << id;
  EXPECT_EQ(*tally_.totals(Which::kConfirmed, mayor_, unit("PL")), nothing);

  tally_.add(Which::kReceived, mayor_, unit("140101"), std::vector<Cell>{1, 4}, votes_);
  EXPECT_EQ(received("14"), (Totals{2, {7, 3}, {10, 0, 4}}));
  EXPECT_EQ(received("1465"), once);
}

TEST_F(TallyTest, LargeFiguresAddUpIn64Bits) {
  tally_.open_contest(make_slice("mayor", {"146502"}));
  const std::vector<Cell> points(2, model::cell_of(model::kFigureMax));
  for (int i = 0; i < 10; ++i) {
    tally_.add(Which::kReceived, mayor_, unit("146502"), points, votes_);
  }
  EXPECT_EQ(received("PL").points[0], 9'999'999'990u);
}

TEST_F(TallyTest, OpeningAgainBeginsFromNothing) {
  tally_.open_contest(make_slice("mayor", {"146502"}));
  tally_.add(Which::kReceived, mayor_, unit("146502"), points_, votes_);
  tally_.open_contest(make_slice("mayor", {"146503"}, 7));
  EXPECT_EQ(received("PL").protocols, 0u);
  EXPECT_EQ(tally_.expected(mayor_, unit("146503")), 1u);
  EXPECT_EQ(tally_.totals(Which::kReceived, mayor_, unit("146502")), nullptr);
  EXPECT_EQ(tally_.slice(mayor_).digest().bytes[0], 7);
}

TEST_F(TallyTest, ContestsAreListedInOrder) {
  tally_.open_contest(make_slice("mayor", {"146502"}));
  tally_.open_contest(make_slice("assembly-2", {"146502"}));
  tally_.open_contest(make_slice("assembly-1", {"146502"}));
  EXPECT_EQ(tally_.contests(),
            (std::vector<ContestRound>{contest_round("assembly-1"), contest_round("assembly-2"),
                                       contest_round("mayor")}));
}

TEST_F(TallyTest, TalliesDifferBySliceByTotalsAndByContests) {
  Tally other(make_units());
  EXPECT_EQ(tally_, other);
  tally_.open_contest(make_slice("mayor", {"146502"}));
  EXPECT_FALSE(tally_ == other);
  other.open_contest(make_slice("mayor", {"146502"}, 1));
  EXPECT_FALSE(tally_ == other) << "another slice";
  other.open_contest(make_slice("mayor", {"146502"}));
  EXPECT_EQ(tally_, other);
  tally_.add(Which::kReceived, mayor_, unit("146502"), points_, votes_);
  EXPECT_FALSE(tally_ == other);
  other.add(Which::kConfirmed, mayor_, unit("146502"), points_, votes_);
  EXPECT_FALSE(tally_ == other) << "received is not confirmed";
  other.subtract(Which::kConfirmed, mayor_, unit("146502"), points_, votes_);
  other.add(Which::kReceived, mayor_, unit("146502"), points_, votes_);
  EXPECT_EQ(tally_, other);
}

// One protocol of a random election over two contests.
struct Entry {
  Which which;
  std::size_t contest;
  std::size_t parent;
  std::vector<Cell> points;
  std::vector<Cell> votes;
};

constexpr const char* kContests[] = {"mayor", "assembly"};
// Leaves and, for precincts that lie right under it, the city.
constexpr const char* kParents[] = {"146502", "146503", "140101", "1465"};

std::vector<Entry> random_entries() {
  const auto cells = [](std::size_t count) {
    return *rc::gen::container<std::vector<Cell>>(
        count, rc::gen::inRange<Cell>(0, model::cell_of(model::kFigureMax) + 1));
  };
  std::vector<Entry> entries;
  for (int left = *rc::gen::inRange(0, 25); left > 0; --left) {
    entries.push_back({*rc::gen::element(Which::kReceived, Which::kConfirmed),
                       *rc::gen::inRange<std::size_t>(0, 2), *rc::gen::inRange<std::size_t>(0, 4),
                       cells(2), cells(3)});
  }
  return entries;
}

Tally open_tally(const std::shared_ptr<const model::Units>& units) {
  Tally tally(units);
  for (const char* contest : kContests) {
    tally.open_contest(make_slice(contest, {"146502", "146503", "140101", "1465"}));
  }
  return tally;
}

void add(Tally& tally, const model::Units& units, const Entry& entry) {
  tally.add(entry.which, contest_round(kContests[entry.contest]),
            units.find(*model::UnitId::parse(kParents[entry.parent])), entry.points, entry.votes);
}

void subtract(Tally& tally, const model::Units& units, const Entry& entry) {
  tally.subtract(entry.which, contest_round(kContests[entry.contest]),
                 units.find(*model::UnitId::parse(kParents[entry.parent])), entry.points,
                 entry.votes);
}

RC_GTEST_PROP(Tally, TheOrderOfProtocolsDoesNotMatter, ()) {
  const auto units = make_units();
  const auto entries = random_entries();
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto keys = *rc::gen::container<std::vector<std::uint64_t>>(
      entries.size(), rc::gen::arbitrary<std::uint64_t>());
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return keys[i]; });
  Tally straight = open_tally(units);
  Tally shuffled = open_tally(units);
  for (const Entry& entry : entries) add(straight, *units, entry);
  for (std::size_t i : order) add(shuffled, *units, entries[i]);
  RC_ASSERT(straight == shuffled);
}

RC_GTEST_PROP(Tally, SubtractingUndoesAdding, ()) {
  const auto units = make_units();
  const auto kept = random_entries();
  const auto taken = random_entries();
  Tally expected = open_tally(units);
  for (const Entry& entry : kept) add(expected, *units, entry);
  Tally tally = open_tally(units);
  for (const Entry& entry : taken) add(tally, *units, entry);
  for (const Entry& entry : kept) add(tally, *units, entry);
  for (const Entry& entry : taken) subtract(tally, *units, entry);
  RC_ASSERT(tally == expected);
}

// Sums made straight from the entries: those whose parent lies under the unit, for every unit.
RC_GTEST_PROP(Tally, AUnitsTotalIsTheSumOfWhatLiesUnderIt, ()) {
  const auto units = make_units();
  const auto entries = random_entries();
  Tally tally = open_tally(units);
  for (const Entry& entry : entries) add(tally, *units, entry);
  for (Which which : {Which::kReceived, Which::kConfirmed}) {
    for (std::size_t contest = 0; contest < 2; ++contest) {
      for (UnitIndex unit = 0; unit < units->size(); ++unit) {
        Totals sum{0, {0, 0}, {0, 0, 0}};
        for (const Entry& entry : entries) {
          const UnitIndex parent = units->find(*model::UnitId::parse(kParents[entry.parent]));
          if (entry.which != which || entry.contest != contest) continue;
          if (!units->lies_under(parent, unit)) continue;
          ++sum.protocols;
          for (std::size_t i = 0; i < 2; ++i) {
            sum.points[i] += entry.points[i] == 0 ? 0 : entry.points[i] - 1;
          }
          for (std::size_t i = 0; i < 3; ++i) {
            sum.votes[i] += entry.votes[i] == 0 ? 0 : entry.votes[i] - 1;
          }
        }
        const Totals* totals = tally.totals(which, contest_round(kContests[contest]), unit);
        if (totals == nullptr) {
          RC_ASSERT(sum.protocols == 0u);
        } else {
          RC_ASSERT(*totals == sum);
        }
      }
    }
  }
}

}  // namespace
}  // namespace urna::results
