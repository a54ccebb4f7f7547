// What a definition may do to what was counted before it.
#include "common/node/projection.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/node/judging.h"

namespace urna::tests {
namespace {

// A manifest is the national commission's word, and it may name any slice for any contest. Here two
// contests have each other's: nothing counts in either, and nothing is lost when it is put right.
TEST(Projection, AContestDefinedByAnothersSliceIsOpenToNoProtocol) {
  SmallElection election;
  Judge judge(election);
  judge.takes(election.first());
  judge.knows(election.chair("140101-1"));
  judge.knows(election.commission("140101"));
  node::Projection projection(judge.book());
  const auto apply = [&](const Bytes& record) {
    const node::Verdict verdict = judge.judge(record);
    const auto* admissible = std::get_if<node::Admissible>(&verdict);
    ASSERT_NE(admissible, nullptr);
    if (admissible->definition) {
      judge.book().add(admissible->definition, node::signer_of(admissible->record));
    }
    projection.apply(*admissible);
  };
  const auto define = [&](std::uint64_t version, bool swapped) {
    v1::Body body;
    v1::Manifest& manifest = *body.mutable_manifest();
    manifest = election.first().manifest;
    manifest.set_version(version);
    auto& slices = *manifest.mutable_slices();
    // council-140101 and mayor-140101.
    if (swapped) std::swap(*slices[2].mutable_slice(), *slices[4].mutable_slice());
    const Holder& national = election.national();
    apply(trust::sign_record({national.key, *national.certificate, "test"}, body, "",
                             kElectionDayMs));
  };
  const model::ContestRound council{*model::ContestId::parse("council-140101"), 1};
  const model::ContestRound mayor{*model::ContestId::parse("mayor-140101"), 1};
  const auto confirmed = [&](const model::ContestRound& contest) {
    return projection.tally()->totals(results::Which::kConfirmed, contest, 0)->protocols;
  };

  apply(election.first().record);
  for (const char* contest : {"council-140101", "mayor-140101"}) {
    const v1::Body body = election.protocol("140101-1", contest);
    apply(election.sign_by_chair(body));
    apply(election.sign(election.commission("140101"), SmallElection::confirmation(body)));
  }
  EXPECT_EQ(confirmed(council), 1U);
  define(2, true);
  EXPECT_FALSE(projection.tally()->has(council));
  EXPECT_FALSE(projection.tally()->has(mayor));
  EXPECT_EQ(projection.tally()->contests().size(), 4U);
  define(3, false);
  EXPECT_EQ(confirmed(council), 1U);
  EXPECT_EQ(confirmed(mayor), 1U);
}

}  // namespace
}  // namespace urna::tests
