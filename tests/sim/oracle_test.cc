// The oracle itself is tried on cases worked out by hand.

#include "tests/sim/oracle.h"

#include <gtest/gtest.h>

#include "tests/sim/papers.h"

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
    EXPECT_EQ(sum.at("protocols"), 1u);
    EXPECT_EQ(sum.at("p1"), eligible);
  }
}

}  // namespace urna::sim
