#include <gtest/gtest.h>

#include "tests/sim/world.h"

namespace urna::sim {

namespace {

std::string told(const RunReport& report) {
  std::string all = "urna-sim --seeds 1 --first-seed " + std::to_string(report.seed);
  for (const std::string& violation : report.violations) all += "\n  " + violation;
  return all;
}

// Runs seeds and adds up what happened in them.
std::map<std::string, std::uint64_t> run_clean(std::uint64_t first, std::uint64_t seeds) {
  Keyring keys;
  std::map<std::string, std::uint64_t> happened;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const RunReport report = World(seed, keys).run();
    EXPECT_TRUE(report.violations.empty()) << told(report);
    EXPECT_GT(report.records, 0u);
    for (const auto& [what, times] : report.counts) happened[what] += times;
  }
  return happened;
}

}  // namespace

TEST(Simulation, SeedsThatOnceBrokeAnInvariantHold) {
  Keyring keys;
  // 5, 30, 86, 130: parts sent ahead of the manifest that names them were dropped and never sent
  // again, so a node had a definition without its slices.
  // 5341: a definition that came up from a medium was never followed by its slices from above.
  // 9, 15, 41: a machine restored twice, and two under one name, went on under a log id that peers
  // already knew with other entries.
  // 53, 74: what an upstream refused as a batch, for a clock years off or a certificate revoked,
  // was taken for settled and never sent again. 16: a receipt that refuses replaced the proof of
  // what a restored upstream's log had been.
  // 20075: the answer that would have told a machine restored twice was lost, and its greeting
  // under the older id had already replaced what its upstream remembered.
  // 1471, 14058: a batch of a life before came once more and replaced it, too.
  // 12981, 14265: a follower whose stream had ended before the parts of an older definition never
  // got them. 16742: a machine was restored while its last batch was on its way.
  // What these seeds draw has changed since they were found; the tests of the engine keep the
  // cases.
  for (const std::uint64_t seed : {5, 9, 15, 16, 30, 38, 41, 53, 74, 86, 130, 1'471, 5'341, 12'981,
                                   14'058, 14'265, 16'742, 20'075}) {
    const RunReport report = World(seed, keys).run();
    EXPECT_TRUE(report.violations.empty()) << told(report);
  }
}

TEST(Simulation, TheSameSeedGivesTheSameRunWhateverTheKeys) {
  for (const std::uint64_t seed : {2, 11, 17}) {
    Keyring keys;
    Keyring others;
    const RunReport once = World(seed, keys).run();
    const RunReport again = World(seed, others).run();
    EXPECT_EQ(once.digest, again.digest) << seed;
    EXPECT_EQ(once.steps, again.steps) << seed;
    EXPECT_EQ(once.counts, again.counts) << seed;
  }
}

TEST(Simulation, DifferentSeedsGiveDifferentRuns) {
  Keyring keys;
  EXPECT_NE(World(1, keys).run().digest, World(2, keys).run().digest);
}

// Five hundred seeds, in parts that run side by side.
class Simulation500 : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulation500, InvariantsHold) { run_clean(1'000 + 50 * GetParam(), 50); }

INSTANTIATE_TEST_SUITE_P(Part, Simulation500, testing::Range<std::uint64_t>(0, 9));

// A simulation in which nothing ever goes wrong proves nothing.
TEST(Simulation, InvariantsHoldInTheLastPartAndEveryFaultOccurs) {
  auto happened = run_clean(1'450, 50);
  for (const journal::CrashPoint point : journal::kAllCrashPoints) {
    EXPECT_GT(happened["crashes at point " + std::to_string(static_cast<int>(point))], 0u);
  }
  const char* const kFaults[] = {"crashes after a commit",
                                 "failed commits",
                                 "full disks",
                                 "partitions",
                                 "broken streams",
                                 "repeated batches",
                                 "failovers",
                                 "nations without detours",
                                 "deferrals",
                                 "crashes after a deferral",
                                 "restores",
                                 "copied nodes",
                                 "copies scrapped",
                                 "nodes that began empty",
                                 "handed in again",
                                 "clock jumps",
                                 "clocks years off",
                                 "node certificates revoked",
                                 "refused connections",
                                 "streams ended by a revocation",
                                 "batches refused: revoked",
                                 "batches refused: certificate_untrusted",
                                 "closed: the log continues under a new "};
  for (const char* what : kFaults) EXPECT_GT(happened[what], 0u) << what;
  const char* const kAttacks[] = {
      "a broken signature",          "a changed payload", "a batch signed with a licence",
      "a certificate nobody trusts", "garbage",           "another election",
      "somebody else's name",        "forged records",    "forged records among true ones",
      "a follower of nowhere"};
  for (const char* what : kAttacks) {
    EXPECT_GT(happened[std::string("attack: ") + what], 0u) << what;
  }
}

// The evening as people live it, up to who is elected.
TEST(Simulation, EveryKindOfRecordAndStateOccurs) {
  auto happened = run_clean(1'500, 40);
  // Lots travel with what follows from them, so a final protocol waits for one in about one seed of
  // seventy: from here on until it is seen.
  for (std::uint64_t seed = 2'029; seed < 2'429 && happened["seen waiting"] == 0; ++seed) {
    for (const auto& [what, times] : run_clean(seed, 1)) happened[what] += times;
  }
  const char* const kPeople[] = {"deferred",
                                 "refused",
                                 "conflicts",
                                 "settlement",
                                 "return",
                                 "revisions",
                                 "confirmation",
                                 "approval",
                                 "annulment",
                                 "revocation",
                                 "revocations of a commission's licence",
                                 "licences expired",
                                 "licences about to expire",
                                 "second definitions",
                                 "media brought",
                                 "turnout at the centre",
                                 "tabulation",
                                 "final",
                                 "lot",
                                 "wrong sums signed",
                                 "territorial conflicts",
                                 "decision on a territorial protocol"};
  for (const char* what : kPeople) EXPECT_GT(happened[what], 0u) << what;
  for (const node::TerritorialState state : node::kAllTerritorialStates) {
    const std::string name(node::territorial_state_name(state));
    EXPECT_GT(happened["seen " + name], 0u) << name;
  }
}

}  // namespace urna::sim
