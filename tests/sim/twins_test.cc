// The simulation sees: each broken twin of the engine is caught, and named by the invariant it
// breaks.

#include "tests/sim/twins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <regex>

#include "tests/sim/world.h"

namespace urna::sim {

using node::Twin;

// How ctest names the case.
void PrintTo(const TwinInfo& twin, std::ostream* out) { *out << twin.name; }

namespace {

constexpr std::uint64_t kSeedsMax = 1'000;

// What the observer says of each, and of nothing that merely follows from it.
const std::map<Twin, std::string_view> kSeenAs = {
    {Twin::kReceiptBeforeSync, "1: .* acknowledged record .* and does not hold it there"},
    {Twin::kHalfABatch, "1: .* holds half of a commit: .*"},
    {Twin::kAnyReceiptIsTheCentres, "1: .* says of record .* that it is in the centre's log.*"},
    {Twin::kDuplicateAfterRestart, "2: .* holds record .* twice"},
    {Twin::kTallyCountsSuperseded, "3: at .* is [0-9]+ and should be [0-9]+"},
    {Twin::kTallyConfirmsUnapproved, "3: at .* is [0-9]+ and should be [0-9]+"},
    {Twin::kNoNewLogId, "4: .*under one log id.*|4: .* two logs under one id.*"},
    {Twin::kUnknownIdBelieved, "4: .*under one log id.*|4: .* two logs under one id.*"},
    {Twin::kRefusalAsProof, "4: .* two logs under one id.*"},
    {Twin::kFollowersShownWrongRoot, "4: .* signs a wrong root at size .*"},
    {Twin::kFirstComeFirstCounted, "5: at .*: .* should be in_conflict.*"},
    {Twin::kReturnRevived, "5: at .*: .* should be (returned|superseded), confirmed.*"},
    {Twin::kConfirmedPushedOut, "5: at .*: in_conflict, confirmed.* should be effective.*"},
    {Twin::kRevocationIgnored, "5: at .*: .* should be (returned|superseded).*"},
    {Twin::kSumsBelieved, "5: at .*: .* should be not_final.*"},
    {Twin::kCursorSkipsDeferred, "6: not everything arrived: .*"},
    {Twin::kCursorSkipsRefused, "6: not everything arrived: .*"},
    {Twin::kNothingGivenBack, "6: not everything arrived: .*"},
    {Twin::kFollowerBelieved, "6: not everything arrived: .*"},
    {Twin::kLatePartsKept, "6: not everything arrived: .*"},
};

// "at 1234 ms: " stands before each.
bool is_seen_as(const std::string& violation, std::string_view pattern) {
  const std::regex wanted("at [0-9]+ ms: (" + std::string(pattern) + ")");
  return std::regex_match(violation, wanted);
}

class BrokenTwin : public testing::TestWithParam<TwinInfo> {
 protected:
  ~BrokenTwin() override { choose_twin(std::nullopt); }
};

}  // namespace

TEST_P(BrokenTwin, IsCaughtAndNamedByTheInvariantItBreaks) {
  Keyring keys;
  choose_twin(GetParam().twin);
  for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    const RunReport report = World(seed, keys).run();
    if (report.violations.empty()) continue;
    // The first: what comes after it may be its consequence.
    const bool named = is_seen_as(report.violations.front(), kSeenAs.at(GetParam().twin));
    if (!named) continue;  // seen by what follows from it; another seed shows the thing itself
    RecordProperty("seed", std::to_string(seed));
    // It is the twin that is seen, not the nation: as it should be, the engine passes.
    choose_twin(std::nullopt);
    EXPECT_TRUE(World(seed, keys).run().violations.empty()) << seed;
    return;
  }
  FAIL() << GetParam().name << " went unseen through " << kSeedsMax << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Simulation, BrokenTwin, testing::ValuesIn(all_twins()),
                         [](const testing::TestParamInfo<TwinInfo>& twin) {
                           std::string name(twin.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Twins, EveryInvariantHasOne) {
  EXPECT_GE(all_twins().size(), 10u);
  for (char invariant = '1'; invariant <= '6'; ++invariant) {
    EXPECT_GT(std::ranges::count(all_twins(), invariant, &TwinInfo::invariant), 0) << invariant;
  }
}

TEST(Twins, EachIsNamedByItsOwnInvariant) {
  for (const TwinInfo& twin : all_twins()) {
    ASSERT_TRUE(kSeenAs.contains(twin.twin)) << twin.name;
    EXPECT_EQ(kSeenAs.at(twin.twin).front(), twin.invariant) << twin.name;
  }
}

TEST(Twins, AreFoundByTheirNamesOnly) {
  for (const TwinInfo& twin : all_twins()) EXPECT_EQ(find_twin(twin.name)->twin, twin.twin);
  EXPECT_EQ(find_twin("receipt"), nullptr);
}

}  // namespace urna::sim
