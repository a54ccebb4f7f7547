// The second reading of a log that `fsck` compares the projection with: the same as the projection
// for any set of records, and another one as soon as the projection is wrong. Linked with the
// engine that knows its broken twins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include "common/daemon/recount_compare.h"
#include "tests/sim/twins.h"
#include "tests/unit/node/judged_records.h"

namespace urna::tests {
namespace {

using daemon::Comparison;
using node::Twin;

using Order = std::vector<std::size_t>;

daemon::Recount recount_of(const Order& order) {
  daemon::Recount recount;
  for (const Version& version : judged().versions) {
    for (const auto& part : version.blobs()) recount.add_part(part.digest, part.bytes);
  }
  // Definitions stand in a log before what is signed under them.
  for (const bool manifests : {true, false}) {
    for (const std::size_t i : order) {
      const bool manifest = judged().records[i].record.kind == trust::Kind::kManifest;
      if (manifest != manifests) continue;
      const auto added = recount.add_record(judged().bytes[i]);
      EXPECT_TRUE(added) << added.error().message;
    }
  }
  return recount;
}

// `projected` and `read`: the records the projection took in, and those read again.
Comparison compared(const Order& projected, const Order& read) {
  node::Projection projection(judged().judge.book());
  for (const std::size_t i : projected) projection.apply(judged().records[i]);
  const daemon::Recount recount = recount_of(read);
  return daemon::compare(daemon::Recounted(recount), projection);
}

Order everything() {
  Order all;
  for (std::size_t i = 0; i < judged().records.size(); ++i) all.push_back(i);
  return all;
}

// Records of definitions always: what is signed under one is only there with it.
Order any_set() {
  Order order =
      *rc::gen::container<Order>(rc::gen::inRange<std::size_t>(0, judged().records.size()));
  for (std::size_t i = 0; i < judged().records.size(); ++i) {
    if (judged().records[i].record.kind == trust::Kind::kManifest) order.push_back(i);
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
  for (std::size_t i = 0; i < judged().records.size(); ++i) {
    const node::Admissible& one = judged().records[i];
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
  for (std::size_t i = 0; i < judged().records.size(); ++i) {
    if (judged().records[i].record.kind != trust::Kind::kAnnulment) continue;
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
    for (std::size_t i = 1; i < judged().records.size(); ++i) {
      const bool manifest = judged().records[i].record.kind == trust::Kind::kManifest;
      if (!manifest && (random() & 3) == 0) order.push_back(i);
    }
    // Only under the first definition: records under a later one come with it.
    std::erase_if(order, [](std::size_t i) {
      const node::Admissible& one = judged().records[i];
      return one.record.kind != trust::Kind::kManifest &&
             one.record.header->manifest() != judged().election.first().statement.str();
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
