// The oracle itself is tried on cases worked out by hand.

#include "tests/sim/oracle.h"

#include <gtest/gtest.h>

#include "tests/sim/papers.h"
#include "tests/sim/reading.h"

namespace urna::sim {

namespace {

class OracleTest : public testing::Test {
 protected:
  OracleTest() : random_(7), nation_(random_, keys_), papers_(nation_, random_) {
    oracle_.add(nation_.versions[0].record);
    place_ = {nation_.precincts[0].unit, nation_.contests[0].key};
  }

  Paper paper(const Paper* before = nullptr) {
    return papers_.protocol(place_, nation_.versions[0], before, Flaw::kNone,
                            v1::ENTRY_ORIGIN_UNSPECIFIED);
  }
  void add(const v1::Body& body, const model::UnitId& unit, trust::Role role) {
    oracle_.add(keys_.licence(unit, role).sign(body, nation_.versions[0].id.view(), kEpochMs));
  }
  void chair_signs(const Paper& paper) { add(paper.body, place_.unit, trust::Role::kChair); }
  void middle_signs(const v1::Body& body) {
    add(body, nation_.middle, trust::Role::kPlenipotentiary);
  }
  node::State state(const Paper& paper) {
    return oracle_.effects().at(place_).at(paper.statement).state;
  }

  Keyring keys_;
  Random random_;
  Nation nation_;
  Papers papers_;
  Oracle oracle_{nation_, [this](const StatementId& id) { return papers_.blocking(id); }};
  model::PlaceId place_;
};

}  // namespace

TEST_F(OracleTest, TwoBodiesConflictUntilASettlementChoosesOne) {
  const Paper one = paper();
  const Paper two = paper();
  chair_signs(one);
  EXPECT_EQ(state(one), node::State::kEffective);
  chair_signs(two);
  EXPECT_EQ(state(one), node::State::kInConflict);
  EXPECT_EQ(state(two), node::State::kInConflict);
  EXPECT_TRUE(oracle_.sums().empty());
  middle_signs(Papers::settlement(two, {one.statement}));
  EXPECT_EQ(state(one), node::State::kSuperseded);
  EXPECT_EQ(state(two), node::State::kEffective);
}

TEST_F(OracleTest, ARevisionWaitsForTheReturnOfItsPredecessor) {
  const Paper one = paper();
  const Paper two = paper(&one);
  chair_signs(two);
  EXPECT_EQ(state(two), node::State::kWaiting);
  chair_signs(one);
  EXPECT_EQ(state(two), node::State::kWaiting);
  EXPECT_EQ(state(one), node::State::kEffective);
  middle_signs(Papers::return_of(one));
  EXPECT_EQ(state(one), node::State::kSuperseded);
  EXPECT_EQ(state(two), node::State::kEffective);
}

TEST_F(OracleTest, ANewSliceReturnsWhatNobodyConfirmed) {
  const Paper one = paper();
  chair_signs(one);
  oracle_.add(nation_.versions[1].record);
  const bool changed = nation_.versions[0].slices.at(place_.contest) !=
                       nation_.versions[1].slices.at(place_.contest);
  EXPECT_EQ(state(one), changed ? node::State::kReturned : node::State::kEffective);
  middle_signs(Papers::confirmation(one));
  EXPECT_EQ(state(one), node::State::kEffective);
}

TEST_F(OracleTest, SumsCountEachProtocolOnceAtEveryLevel) {
  const Paper one = paper();
  chair_signs(one);
  chair_signs(one);
  const auto sums = oracle_.sums();
  const auto eligible = model::figure_of(one.body.protocol().points(0));
  for (const model::UnitId& unit : {nation_.middle, nation_.voivodeship, nation_.centre}) {
    const Sums& sum = sums.at({false, place_.contest, unit});
    EXPECT_EQ(sum.at(nation_.column("protocols")), 1u);
    EXPECT_EQ(sum.at(nation_.column("p1")), eligible);
  }
}

TEST_F(OracleTest, ReadContestByContestALogMeansTheSame) {
  Reading reading(nation_, [this](const StatementId& id) { return papers_.blocking(id); });
  const auto add_to_both = [&](const Bytes& record) {
    oracle_.add(record);
    reading.add(tell(nation_, record));
    const Oracle::Meant whole = oracle_.meant();
    Oracle::Meant parts;
    for (const ContestPlan& contest : nation_.contests) {
      const Oracle::Meant& meant = reading.of(contest.key);
      parts.effects.insert(meant.effects.begin(), meant.effects.end());
      parts.sums.insert(meant.sums.begin(), meant.sums.end());
    }
    EXPECT_EQ(whole.effects, parts.effects);
    EXPECT_EQ(whole.sums, parts.sums);
  };
  const auto sign = [&](const v1::Body& body, const model::UnitId& unit, trust::Role role) {
    return keys_.licence(unit, role).sign(body, nation_.versions[0].id.view(), kEpochMs);
  };
  reading.add(tell(nation_, nation_.versions[0].record));
  for (const ContestPlan& contest : nation_.contests) {
    for (const PrecinctPlan* precinct : nation_.precincts_of(contest.key)) {
      const Paper one = papers_.protocol({precinct->unit, contest.key}, nation_.versions[0],
                                         nullptr, Flaw::kNone, v1::ENTRY_ORIGIN_UNSPECIFIED);
      add_to_both(sign(one.body, precinct->unit, trust::Role::kChair));
      if (!random_.chance(500)) continue;
      add_to_both(sign(Papers::confirmation(one), nation_.confirming(contest, *precinct),
                       trust::Role::kPlenipotentiary));
    }
  }
  const Licence& chair = keys_.licence(nation_.precincts[0].unit, trust::Role::kChair);
  add_to_both(sign(Papers::revocation(chair), nation_.centre, trust::Role::kNationalCommission));
  add_to_both(nation_.versions[1].record);
  EXPECT_EQ(reading.of(place_.contest).effects.size(), nation_.contests[0].precincts.size());
}

}  // namespace urna::sim
