#include "tests/chaos/stretches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

namespace urna::chaos {
namespace {

using testing::ElementsAre;
using Order = std::vector<std::size_t>;

TEST(Stretches, WithoutWishesTheOrderStays) {
  Order order{3, 0, 4, 1, 2};
  Stretches stretches(5, 2);
  stretches.arrange(order, [](auto, auto) { return Wish::kTakes; });
  EXPECT_THAT(order, ElementsAre(3, 0, 4, 1, 2));
  EXPECT_EQ(stretches.scenario_of(0), 0u);
  EXPECT_EQ(stretches.scenario_of(4), 1u);
}

// Three stretches of two; the second wants 0 and 5, the third 5 and 1.
TEST(Stretches, WhatIsWantedComesWhereItIsWantedEarlierScenariosFirst) {
  Order order{0, 1, 2, 3, 4, 5};
  Stretches stretches(6, 3);
  stretches.arrange(order, [](std::size_t scenario, std::size_t precinct) {
    const bool wants = (scenario == 1 && (precinct == 0 || precinct == 5)) ||
                       (scenario == 2 && (precinct == 5 || precinct == 1));
    return wants ? Wish::kWants : Wish::kTakes;
  });
  EXPECT_THAT(order, ElementsAre(2, 3, 0, 5, 1, 4));
}

// Everything is wanted by the second of two, which has room for half.
TEST(Stretches, NoMoreIsTakenThanThereIsRoomFor) {
  Order order{3, 2, 1, 0};
  Stretches stretches(4, 2);
  stretches.arrange(order, [](std::size_t scenario, auto) {
    return scenario == 1 ? Wish::kWants : Wish::kTakes;
  });
  EXPECT_THAT(order, ElementsAre(1, 0, 3, 2));
}

TEST(Stretches, WhatIsAvoidedComesElsewhereWhileThereIsAnythingElse) {
  Order order{0, 1, 2, 3};
  Stretches stretches(4, 2);
  stretches.arrange(order, [](std::size_t scenario, std::size_t precinct) {
    return scenario == 0 && precinct < 2 ? Wish::kAvoids : Wish::kTakes;
  });
  EXPECT_THAT(order, ElementsAre(2, 3, 0, 1));
  stretches.arrange(order, [](std::size_t scenario, auto) {
    return scenario == 0 ? Wish::kAvoids : Wish::kTakes;
  });
  EXPECT_THAT(order, ElementsAre(2, 3, 0, 1));
}

TEST(Stretches, APartOfAStretchBeginsAndThenAllOfIt) {
  const Stretches stretches(120, 9);
  EXPECT_EQ(stretches.reached(0, 0), 0u);
  EXPECT_EQ(stretches.reached(0, 0.01), 1u);
  EXPECT_EQ(stretches.reached(2, 1), stretches.begin(3));
  EXPECT_EQ(stretches.reached(8, 1), 120u);
  EXPECT_EQ(stretches.reached(3, 0.5), 40u + 7u);  // 40 to 53: 13 precincts
}

RC_GTEST_PROP(Stretches, EveryPrecinctBeginsOnceInTheStretchItIsSaidToBeIn, ()) {
  const auto precincts = *rc::gen::inRange<std::size_t>(1, 60);
  const auto scenarios = *rc::gen::inRange<std::size_t>(1, 10);
  const auto wishes =
      *rc::gen::container<std::vector<int>>(precincts * scenarios, rc::gen::inRange(0, 3));
  Order order(precincts);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Stretches stretches(precincts, scenarios);
  stretches.arrange(order, [&](std::size_t scenario, std::size_t precinct) {
    return static_cast<Wish>(wishes[scenario * precincts + precinct]);
  });
  for (std::size_t scenario = 0; scenario < scenarios; ++scenario) {
    for (std::size_t at = stretches.begin(scenario); at < stretches.end(scenario); ++at) {
      RC_ASSERT(stretches.scenario_of(order[at]) == scenario);
    }
  }
  std::ranges::sort(order);
  for (std::size_t i = 0; i < precincts; ++i) RC_ASSERT(order[i] == i);
}

}  // namespace
}  // namespace urna::chaos
