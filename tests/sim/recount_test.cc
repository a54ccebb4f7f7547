// The second reading of a log that `fsck` compares the projection with: the same as the projection
// for any set of records, and another one as soon as the projection is wrong. Linked with the
// engine that knows its broken twins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "common/daemon/recount_compare.h"
#include "tests/sim/twins.h"
#include "tests/unit/node/judging.h"

namespace urna::tests {
namespace {

using daemon::Comparison;
using node::Twin;

constexpr const char* kCouncil = "council-140101";
constexpr const char* kMayor = "mayor-140101";

// Signed once, judged once; a test draws from it. The first record is the definition.
struct Pool {
  SmallElection election;
  Judge judge{election};
  std::vector<node::Admissible> records;
  std::vector<Bytes> bytes;
  std::vector<Version> versions{election.first()};

  Pool() {
    judge.takes(election.first());
    add(election.first().record);
    const Holder& gmina = election.commission("140101");
    const Holder& gmina2 = election.commission("140101", 2);
    const Holder& powiat = election.commission("140100");
    const Holder& commissioner = election.commissioner();
    for (const Holder* holder : {&gmina, &gmina2, &powiat, &commissioner}) judge.knows(*holder);
    for (const char* unit : {"140101-1", "140101-2"}) {
      for (int number : {1, 2}) judge.knows(election.chair(unit, number));
    }
    for (const char* contest : {kCouncil, kMayor}) {
      const std::string unit = "140101-1";
      const v1::Body a = election.protocol(unit, contest, 100);
      const v1::Body b = election.questionable(unit, contest, 110);
      const v1::Body a2 = SmallElection::revision(election.protocol(unit, contest, 120), a);
      for (const v1::Body& body : {a, b, a2}) {
        for (int number : {1, 2}) add(election.sign_by_chair(body, number));
        add(election.sign(gmina, SmallElection::confirmation(body)));
        add(election.sign(gmina2, SmallElection::taken_back(body)));
      }
      add(election.sign(gmina, SmallElection::approval(b, {"B1"})));
      add(election.sign(gmina, SmallElection::settlement(a, {b})));
      add(election.sign(gmina2, SmallElection::settlement(b, {a})));
      add(election.sign(powiat, SmallElection::settlement(b, {a, a2})));
      add(election.sign(commissioner, SmallElection::annulment(b)));
      add(election.sign_by_chair(election.protocol("140101-2", contest, 60)));
      add(election.sign(gmina,
                        SmallElection::confirmation(election.protocol("140101-2", contest, 60))));
    }
    for (const Holder* holder :
         {&election.chair("140101-1"), &election.chair("140101-1", 2), &gmina}) {
      add(election.sign(election.national(), SmallElection::revocation(*holder)));
    }
    for (int i = 0; i < 2; ++i) {
      const Version& version = election.change_slice(kCouncil);
      versions.push_back(version);
      judge.takes(version);
      add(version.record);
      add(election.sign_by_chair(election.protocol("140101-1", kCouncil, 90)));
    }
  }
  void add(const Bytes& record) {
    node::Verdict verdict = judge.judge(record);
    auto* admissible = std::get_if<node::Admissible>(&verdict);
    if (admissible == nullptr) std::abort();
    records.push_back(std::move(*admissible));
    bytes.push_back(record);
  }
};

Pool& pool() {
  static Pool made;
  return made;
}

using Order = std::vector<std::size_t>;

daemon::Recount recount_of(const Order& order) {
  daemon::Recount recount;
  for (const Version& version : pool().versions) {
    for (const auto& part : version.blobs()) recount.add_part(part.digest, part.bytes);
  }
  // Definitions stand in a log before what is signed under them.
  for (const bool manifests : {true, false}) {
    for (const std::size_t i : order) {
      const bool manifest = pool().records[i].record.kind == trust::Kind::kManifest;
      if (manifest != manifests) continue;
      const auto added = recount.add_record(pool().bytes[i]);
      EXPECT_TRUE(added) << added.error().message;
    }
  }
  return recount;
}

// `projected` and `read`: the records the projection took in, and those read again.
Comparison compared(const Order& projected, const Order& read) {
  node::Projection projection(pool().judge.book());
  for (const std::size_t i : projected) projection.apply(pool().records[i]);
  const daemon::Recount recount = recount_of(read);
  return daemon::compare(daemon::Recounted(recount), projection);
}

Order everything() {
  Order all;
  for (std::size_t i = 0; i < pool().records.size(); ++i) all.push_back(i);
  return all;
}

// Records of definitions always: what is signed under one is only there with it.
Order any_set() {
  Order order = *rc::gen::container<Order>(rc::gen::inRange<std::size_t>(0, pool().records.size()));
  for (std::size_t i = 0; i < pool().records.size(); ++i) {
    if (pool().records[i].record.kind == trust::Kind::kManifest) order.push_back(i);
  }
  return order;
}

RC_GTEST_PROP(Recount, ReadsAnySetAsTheProjectionDoes, ()) {
  const Order order = any_set();
  const Comparison comparison = compared(order, order);
  for (const auto& lines : {comparison.effects, comparison.tally}) {
    if (!lines.empty()) RC_FAIL(lines.front());
  }
}

TEST(Recount, ReadsAllRecordsTogetherAsTheProjectionDoes) {
  const Comparison comparison = compared(everything(), everything());
  EXPECT_THAT(comparison.effects, testing::IsEmpty());
  EXPECT_THAT(comparison.tally, testing::IsEmpty());
  // Four at each of two contests, and one more under each changed slice.
  EXPECT_EQ(comparison.bodies, 10U);
}

// A record the projection missed, or made up, is a difference: one that decides, and a figure.
TEST(Recount, TellsOfAProtocolThatIsInNoTally) {
  Order without = everything();
  std::size_t missed = 0;
  for (std::size_t i = 0; i < pool().records.size(); ++i) {
    const node::Admissible& one = pool().records[i];
    if (one.record.kind == trust::Kind::kProtocol && one.place->unit.str() == "140101-2" &&
        one.place->contest.contest.str() == kMayor) {
      missed = i;
    }
  }
  ASSERT_GT(missed, 0U);
  std::erase(without, missed);
  const Comparison comparison = compared(without, everything());
  ASSERT_EQ(comparison.effects.size(), 1U);
  EXPECT_THAT(comparison.effects[0], testing::HasSubstr("140101-2 mayor-140101/1, protocol "));
  EXPECT_THAT(comparison.effects[0], testing::HasSubstr("unknown here and E"));
  // The gmina and the three units above it, received only: the gmina's licence is revoked.
  EXPECT_EQ(comparison.tally.size(), 4U);
  EXPECT_THAT(comparison.tally,
              testing::Contains("contest mayor-140101/1, unit 140101: the received tally has 0 "
                                "protocols, 1 were added up again"));
}

TEST(Recount, TellsOfADecisionThatTheProjectionMissed) {
  std::size_t told = 0;
  for (std::size_t i = 0; i < pool().records.size(); ++i) {
    if (pool().records[i].record.kind != trust::Kind::kAnnulment) continue;
    Order without = everything();
    std::erase(without, i);
    const Comparison comparison = compared(without, everything());
    told += !comparison.effects.empty();
  }
  EXPECT_EQ(told, 2U);
}

// A twin of the engine each, over a set of records in which it errs.
class RecountTwin : public testing::TestWithParam<Twin> {
 protected:
  ~RecountTwin() override { sim::choose_twin(std::nullopt); }
};

TEST_P(RecountTwin, IsCaughtBecauseTheSecondReadingDiffers) {
  sim::choose_twin(GetParam());
  std::size_t caught = 0;
  std::mt19937_64 random(7);
  for (int round = 0; round < 400 && caught == 0; ++round) {
    Order order{0};
    for (std::size_t i = 1; i < pool().records.size(); ++i) {
      const bool manifest = pool().records[i].record.kind == trust::Kind::kManifest;
      if (!manifest && (random() & 3) == 0) order.push_back(i);
    }
    // Only under the first definition: records under a later one come with it.
    std::erase_if(order, [](std::size_t i) {
      const node::Admissible& one = pool().records[i];
      return one.record.kind != trust::Kind::kManifest &&
             one.record.header->manifest() != pool().election.first().statement.str();
    });
    const Comparison comparison = compared(order, order);
    caught += !comparison.effects.empty() || !comparison.tally.empty();
  }
  EXPECT_EQ(caught, 1U);
}

INSTANTIATE_TEST_SUITE_P(OfTheProjection, RecountTwin,
                         testing::Values(Twin::kTallyCountsSuperseded,
                                         Twin::kTallyConfirmsUnapproved,
                                         Twin::kFirstComeFirstCounted, Twin::kReturnRevived,
                                         Twin::kConfirmedPushedOut, Twin::kRevocationIgnored),
                         [](const auto& one) {
                           std::string name;
                           for (const sim::TwinInfo& twin : sim::all_twins()) {
                             if (twin.twin == one.param) name = twin.name;
                           }
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace urna::tests
