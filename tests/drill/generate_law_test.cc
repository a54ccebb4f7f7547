#include "tests/drill/generate_law.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/drill/generate_ballot.h"
#include "tests/drill/generate_draw.h"
#include "tests/drill/split.h"

namespace urna::drill {
namespace {

// The steps of the acts on self-government, at both sides of each border.
TEST(CouncilSeats, OfAGminaFollowItsInhabitants) {
  const std::pair<std::uint64_t, std::uint32_t> cases[] = {
      {1, 15},       {20'000, 15},  {20'001, 21},  {50'000, 21},    {50'001, 23},  {100'000, 23},
      {100'001, 25}, {200'000, 25}, {200'001, 28}, {300'000, 28},   {300'001, 31}, {800'000, 43},
      {800'001, 45}, {900'000, 45}, {900'001, 45}, {5'000'000, 45},
  };
  for (const auto& [inhabitants, seats] : cases) {
    EXPECT_EQ(gmina_council_seats(inhabitants), seats) << inhabitants;
  }
}

TEST(CouncilSeats, OfAPowiatFollowItsInhabitants) {
  const std::pair<std::uint64_t, std::uint32_t> cases[] = {
      {1, 15},       {40'000, 15},  {40'001, 17},  {60'000, 17},    {60'001, 19},
      {160'000, 27}, {160'001, 29}, {180'000, 29}, {5'000'000, 29},
  };
  for (const auto& [inhabitants, seats] : cases) {
    EXPECT_EQ(powiat_council_seats(inhabitants), seats) << inhabitants;
  }
}

TEST(CouncilSeats, OfAnAssemblyFollowItsInhabitants) {
  const std::pair<std::uint64_t, std::uint32_t> cases[] = {
      {1, 30}, {2'000'000, 30}, {2'000'001, 33}, {2'500'000, 33}, {2'500'001, 36}, {5'250'000, 51}};
  for (const auto& [inhabitants, seats] : cases) {
    EXPECT_EQ(assembly_seats(inhabitants), seats) << inhabitants;
  }
}

TEST(Apportioning, GivesTheRestByLargestRemainders) {
  // 10 among 1, 2, 4: exact shares 1.43, 2.86, 5.71; the rest of 2 to the larger fractions.
  const std::vector<std::uint64_t> weights = {1, 2, 4};
  EXPECT_EQ(apportion(10, weights, 0), (std::vector<std::uint32_t>{1, 3, 6}));
  // One each first, then 7 among them exactly as the weights.
  EXPECT_EQ(apportion(10, weights, 1), (std::vector<std::uint32_t>{2, 3, 5}));
}

RC_GTEST_PROP(Apportioning, AddsUpAndStaysWithinOneOfTheExactShare, ()) {
  const auto weights =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange(0, 500)));
  const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  RC_PRE(sum > 0);
  const auto least = *rc::gen::inRange<std::uint32_t>(0, 3);
  const auto free = *rc::gen::inRange<std::uint32_t>(0, 10'000);
  const auto total = static_cast<std::uint32_t>(least * weights.size() + free);
  const auto parts = apportion(total, weights, least);
  RC_ASSERT(std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}) == total);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::uint64_t exact_down = free * weights[i] / sum + least;
    RC_ASSERT(parts[i] == exact_down || parts[i] == exact_down + 1);
  }
}

RC_GTEST_PROP(Dealing, AddsUp, ()) {
  SplitMix64 random(*rc::gen::arbitrary<std::uint64_t>());
  const auto total = *rc::gen::inRange<std::uint32_t>(0, 5'000);
  const auto weights = *rc::gen::nonEmpty(rc::gen::container<Weights>(rc::gen::inRange(1, 1'000)));
  const auto parts = deal(total, weights, random);
  RC_ASSERT(parts.size() == weights.size());
  RC_ASSERT(std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}) == total);
}

// Two voters among three equal candidates: what division leaves over is not always the first's.
TEST(Dealing, SingleVotesFallOnEverybody) {
  SplitMix64 random(1);
  std::vector<std::uint32_t> all(3, 0);
  for (int i = 0; i < 900; ++i) {
    const auto parts = deal(1, {100, 100, 100}, random);
    for (std::size_t j = 0; j < 3; ++j) all[j] += parts[j];
  }
  for (const std::uint32_t one : all) {
    EXPECT_GT(one, 230u);  // 300 expected, 14 the standard deviation
    EXPECT_LT(one, 370u);
  }
}

TEST(Drawing, ATenthFallsBetweenEachTwoDeciles) {
  constexpr Deciles kDeciles = {0, 9, 19, 29, 39, 49, 59, 69, 79, 89, 99};
  SplitMix64 random(2);
  std::uint32_t below_median = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t drawn = draw(kDeciles, random);
    EXPECT_LE(drawn, 99u);
    if (drawn < 49) ++below_median;
  }
  EXPECT_GT(below_median, 4'700u);  // 50 the standard deviation
  EXPECT_LT(below_median, 5'200u);
}

RC_GTEST_PROP(Drawing, ChosenNumbersAreDifferentAndInRange, ()) {
  SplitMix64 random(*rc::gen::arbitrary<std::uint64_t>());
  const auto bound = *rc::gen::inRange<std::size_t>(0, 200);
  const auto count = *rc::gen::inRange<std::size_t>(0, bound + 1);
  const auto chosen = choose(count, bound, random);
  RC_ASSERT(chosen.size() == count);
  const bool ascending = std::ranges::adjacent_find(chosen, std::greater_equal{}) == chosen.end();
  RC_ASSERT(ascending);
  if (count > 0) RC_ASSERT(chosen.back() < bound);
}

// Eight gminas of 10,000 inhabitants: a powiat of 80,000 elects 19, in 4 districts of two gminas
// (19 / 4.68 = 4.06), five seats each but one.
TEST(Dividing, EqualGminasMakeEqualDistricts) {
  const std::vector<Block> gminas(8, Block{5, 10'000});
  const auto districts = divide(powiat_council_seats(80'000), kPowiatDistrict, gminas);
  ASSERT_EQ(districts.size(), 4u);
  std::vector<std::uint32_t> seats;
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(districts[i].first_precinct, 10 * i);
    seats.push_back(districts[i].seats);
  }
  std::ranges::sort(seats);
  EXPECT_EQ(seats, (std::vector<std::uint32_t>{4, 5, 5, 5}));
}

TEST(Dividing, APlaceWithFewerPrecinctsThanDistrictsHasOneForEach) {
  const std::vector<Block> one = {{1, 1'500}};
  const auto districts = divide(30, kAssemblyDistrict, one);
  ASSERT_EQ(districts.size(), 1u);
  EXPECT_EQ(districts[0].seats, 30u);
}

RC_GTEST_PROP(Dividing, SeatsAddUpLieInTheRangeAndBordersFollowBlocks, ()) {
  const SeatRange range = *rc::gen::elementOf(
      std::vector<SeatRange>{kGminaDistrict, kCityDistrict, kPowiatDistrict, kAssemblyDistrict});
  const auto seats = *rc::gen::inRange<std::uint32_t>(15, 61);
  const auto blocks = *rc::gen::nonEmpty(rc::gen::container<std::vector<Block>>(
      rc::gen::map(rc::gen::pair(rc::gen::inRange<std::uint32_t>(1, 40),
                                 rc::gen::inRange<std::uint64_t>(200, 60'000)),
                   [](const auto& both) { return Block{both.first, both.second}; })));
  const auto districts = divide(seats, range, blocks);
  std::uint32_t precincts = 0;
  std::vector<std::uint32_t> borders;
  for (const Block& block : blocks) {
    borders.push_back(precincts);
    precincts += block.precincts;
  }
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < districts.size(); ++i) {
    all += districts[i].seats;
    if (i == 0) RC_ASSERT(districts[i].first_precinct == 0u);
    if (i > 0) RC_ASSERT(districts[i].first_precinct > districts[i - 1].first_precinct);
    RC_ASSERT(districts[i].first_precinct < precincts);
    if (blocks.size() * range.min >= seats) {
      RC_ASSERT(std::ranges::binary_search(borders, districts[i].first_precinct));
    }
    RC_ASSERT(districts[i].seats >= range.min);
    if (precincts * range.min >= seats) RC_ASSERT(districts[i].seats <= range.max);
  }
  RC_ASSERT(all == seats);
}

RC_GTEST_PROP(SmallCouncils, EveryPrecinctVotesAndEveryDistrictIsVotedIn, ()) {
  SplitMix64 random(*rc::gen::arbitrary<std::uint64_t>());
  const auto precincts = *rc::gen::inRange<std::uint32_t>(1, 60);
  const Council council = make_small_council("010101", precincts, random);
  std::vector<std::uint32_t> places(kSmallGminaDistricts, 0);
  for (std::uint32_t precinct = 0; precinct < precincts; ++precinct) {
    const auto districts = council.of_precinct(precinct);
    RC_ASSERT(!districts.empty());
    for (const Ballot& ballot : districts) {
      ++places[std::stoul(ballot.contest.district) - 1];
    }
  }
  // 15 districts share the precincts, or the precincts share 15 districts: none is left out, and
  // none is cut where it need not be.
  RC_ASSERT(std::ranges::count(places, 0U) == 0);
  RC_ASSERT(std::accumulate(places.begin(), places.end(), 0U) ==
            std::max(precincts, kSmallGminaDistricts));
}

}  // namespace
}  // namespace urna::drill
