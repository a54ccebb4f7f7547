// Nodes that exchange their logs: what travels, what does not, and what a restart remembers.
#include "common/node/engine.h"

#include <gtest/gtest.h>

#include "common/trust/sha256.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

constexpr const char* kPrecinct = "140101-1";
constexpr const char* kContest = "council-140101";

// A precinct below a gmina below the centre, and a second gmina beside it.
struct Country {
  SmallElection election;
  TestNode centre{election, "PL"};
  TestNode gmina{election, "140101"};
  TestNode other{election, "140102"};
  TestNode precinct{election, kPrecinct};
  Wires wires;

  void define(const Version& version) {
    std::vector<Bytes> blobs = version.parts;
    blobs.push_back(election.national().certificate->der);
    wires.enter(centre, version.record, blobs);
    wires.run();
  }
  void connect_all() {
    wires.connect(gmina, centre);
    wires.connect(other, centre);
    wires.connect(precinct, gmina);
    wires.run();
  }
  Bytes enter(TestNode& node, const std::string& unit, const std::string& contest,
              std::uint32_t votes = 100) {
    const Bytes record = election.sign_by_chair(election.protocol(unit, contest, votes));
    const v1::Outcome outcome = wires.enter(node, record, {election.chair(unit).certificate->der});
    EXPECT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
    wires.run();
    return record;
  }
};

std::uint64_t received(const TestNode& node, const std::string& contest) {
  const results::Tally* tally = node.core().projection().tally();
  if (tally == nullptr) return 0;
  const auto* totals =
      tally->totals(results::Which::kReceived, {*model::ContestId::parse(contest), 1}, 0);
  return totals == nullptr ? 0 : totals->protocols;
}

TEST(Engine, ASubmitStreamBeginsWithAnEmptyGreeting) {
  SmallElection election;
  TestNode gmina(election, "140101");
  const auto output = gmina.engine().open_submit(1, "PL", kElectionDayMs);
  ASSERT_EQ(output.batches.size(), 1u);
  v1::Batch batch;
  ASSERT_TRUE(batch.ParseFromString(output.batches[0].second.payload()));
  EXPECT_EQ(batch.sequence(), 1u);
  EXPECT_EQ(batch.sender(), "140101");
  EXPECT_EQ(batch.entries_size(), 0);
  EXPECT_EQ(batch.log().size(), 0u);
}

TEST(Engine, AnEmptyLogCanBeGreetedAndKept) {
  Country country;
  country.wires.connect(country.gmina, country.centre);
  country.wires.run();
  EXPECT_TRUE(country.wires.failures.empty());
  EXPECT_TRUE(country.wires.closed_because.empty());
  country.gmina.restart();
  country.centre.restart();
}

TEST(Engine, ADefinitionReachesThePrecinctWithThePartsOfItsArea) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  for (TestNode* node : {&country.centre, &country.gmina, &country.other, &country.precinct}) {
    EXPECT_TRUE(node->core().has_definition()) << node->unit();
  }
  const auto has_slice = [&](TestNode& node, const std::string& contest) {
    return node.core().book().part(trust::digest_of(country.election.slice(contest))) != nullptr;
  };
  EXPECT_TRUE(has_slice(country.precinct, kContest));
  EXPECT_TRUE(has_slice(country.precinct, "assembly-14"));
  EXPECT_FALSE(has_slice(country.precinct, "council-140102"));
  EXPECT_FALSE(has_slice(country.gmina, "city-146200"));
}

// A node in the middle can have a manifest before its parts, and its follower with it.
struct PartsComeLater {
  Country country;

  PartsComeLater() {
    const Version& version = country.election.first();
    country.wires.enter(country.gmina, version.record,
                        {version.parts.front(), country.election.national().certificate->der});
    country.wires.connect(country.precinct, country.gmina);
    country.wires.run();
    EXPECT_TRUE(country.precinct.core().has_definition());
    EXPECT_FALSE(has_slice());
  }
  void parts_come() {
    country.wires.enter(country.gmina, country.election.first().record,
                        country.election.first().parts);
    country.wires.run();
  }
  bool has_slice() {
    const Digest slice = trust::digest_of(country.election.slice(kContest));
    return country.precinct.core().book().part(slice) != nullptr;
  }
};

TEST(Engine, PartsThatComeAfterTheirManifestGoOnToFollowers) {
  PartsComeLater later;
  later.parts_come();
  EXPECT_TRUE(later.has_slice());
}

TEST(Engine, AFollowerThatWasAwayWhenPartsCameGetsThemWhenItComesBack) {
  PartsComeLater later;
  later.country.wires.disconnect(later.country.precinct);
  later.parts_come();
  EXPECT_FALSE(later.has_slice());
  later.country.wires.connect(later.country.precinct, later.country.gmina);
  later.country.wires.run();
  EXPECT_TRUE(later.has_slice());
}

TEST(Engine, AProtocolTravelsToTheCentreAndANoticeComesBack) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  const Bytes record = country.enter(country.precinct, kPrecinct, kContest);
  EXPECT_TRUE(country.gmina.has(record));
  EXPECT_TRUE(country.centre.has(record));
  for (TestNode* node : {&country.precinct, &country.gmina}) {
    const auto notice = node->core().centre_notice(record_id(record));
    ASSERT_TRUE(notice.has_value()) << node->unit();
    EXPECT_EQ(notice->position, *country.centre.core().position_of(record_id(record)));
    EXPECT_EQ(notice->centre_log_id, country.centre.core().log_id().view());
  }
  for (TestNode* node : {&country.precinct, &country.gmina, &country.centre}) {
    EXPECT_EQ(received(*node, kContest), 1u) << node->unit();
  }
}

TEST(Engine, FollowBringsOnlyWhatLiesUnderTheFollower) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  const Bytes here = country.enter(country.centre, "140101-2", kContest);
  const Bytes there = country.enter(country.centre, "140102-1", "council-140102");
  EXPECT_TRUE(country.gmina.has(here));
  EXPECT_FALSE(country.gmina.has(there));
  EXPECT_TRUE(country.other.has(there));
  EXPECT_FALSE(country.other.has(here));
  EXPECT_FALSE(country.precinct.has(here)) << "of another precinct";
}

// The gmina sends past its powiat, which must have what the gmina's final protocol rests on.
TEST(Engine, ALotDrawnBelowThatWentUpAnotherWayIsFollowed) {
  Country country;
  TestNode powiat{country.election, "140100"};
  country.wires.connect(powiat, country.centre);
  country.connect_all();
  country.define(country.election.first());
  v1::Body body;
  body.mutable_lot()->set_contest(kContest);
  body.mutable_lot()->set_round(1);
  body.mutable_lot()->set_context(std::string(32, 'c'));
  body.mutable_lot()->add_winners()->set_option("1");
  const Holder& commission = country.election.commission("140101");
  const Bytes lot = country.election.sign(commission, body);
  const v1::Outcome outcome =
      country.wires.enter(country.gmina, lot, {commission.certificate->der});
  ASSERT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
  country.wires.run();
  EXPECT_TRUE(country.centre.has(lot));
  EXPECT_TRUE(powiat.has(lot));
  EXPECT_FALSE(country.other.has(lot));
}

TEST(Engine, NothingGoesBackToThePeerItCameFrom) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  const Bytes record = country.enter(country.precinct, kPrecinct, kContest);
  for (const Wires::Delivered& one : country.wires.delivered) {
    if (one.is_receipt || !one.follow) continue;
    for (const v1::BatchEntry& entry : one.batch.entries()) {
      EXPECT_NE(entry.record(), record) << one.from << " to " << one.to;
    }
  }
}

TEST(Engine, AManifestThatCameDownDoesNotGoBackUp) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  for (const Wires::Delivered& one : country.wires.delivered) {
    if (one.is_receipt || one.follow) continue;
    EXPECT_EQ(one.batch.entries_size(), 0) << one.from;
  }
}

TEST(Engine, CursorsSurviveARestart) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  country.enter(country.precinct, kPrecinct, kContest);
  const std::uint64_t settled = country.precinct.core().settled_at("140101");
  EXPECT_EQ(settled, country.precinct.core().size());
  country.wires.disconnect(country.precinct);
  country.precinct.restart();
  EXPECT_EQ(country.precinct.core().settled_at("140101"), settled);
  country.wires.delivered.clear();
  country.wires.connect(country.precinct, country.gmina);
  country.wires.run();
  for (const Wires::Delivered& one : country.wires.delivered) {
    if (one.is_receipt) continue;
    EXPECT_EQ(one.batch.entries_size(), 0) << one.from << " to " << one.to;
  }
}

TEST(Engine, RecordsWaitUntilTheirDefinitionHasComeUpToo) {
  // The centre lost everything; only the gmina still has the definition.
  Country country;
  country.connect_all();
  country.define(country.election.first());
  country.wires.disconnect(country.centre);
  const Bytes record = country.enter(country.precinct, kPrecinct, kContest);
  TestNode fresh(country.election, "PL", 2);
  country.gmina.restart();
  country.wires.disconnect(country.gmina);
  // The manifest came from "PL" and never goes back there, so it is entered at the gmina's own
  // unit.
  TestNode holder(country.election, "140100");
  std::vector<Bytes> blobs = country.election.first().parts;
  blobs.push_back(country.election.national().certificate->der);
  country.wires.enter(holder, country.election.first().record, blobs);
  country.wires.enter(holder, record, {country.election.chair(kPrecinct).certificate->der});
  country.wires.submit(holder, fresh);
  country.wires.run();
  EXPECT_TRUE(fresh.has(country.election.first().record));
  EXPECT_TRUE(fresh.has(record));
  EXPECT_EQ(received(fresh, kContest), 1u);
  fresh.restart();
  EXPECT_EQ(received(fresh, kContest), 1u);
}

TEST(Engine, ADeferredRecordIsTriedAgainUntilItsManifestIsHere) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  country.wires.disconnect(country.other);
  TestNode& other = country.other;
  // Version 2 is known below and not yet above.
  const Version& second = country.election.change_slice("council-140102");
  TestNode above(country.election, "140100");
  std::vector<Bytes> first = country.election.first().parts;
  first.push_back(country.election.national().certificate->der);
  country.wires.enter(above, country.election.first().record, first);
  country.wires.connect(other, above);
  country.wires.run();
  country.wires.connect(other, country.centre);
  country.define(second);
  const Bytes record = country.enter(other, "140102-1", "council-140102");
  EXPECT_TRUE(above.has(record));
}

TEST(Engine, ARevokedLicenceReachesEveryTier) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  country.enter(country.precinct, kPrecinct, kContest);
  const Bytes revocation = country.election.sign(
      country.election.national(), SmallElection::revocation(country.election.chair(kPrecinct)));
  country.wires.enter(country.centre, revocation);
  country.wires.run();
  for (TestNode* node : {&country.precinct, &country.gmina, &country.centre}) {
    EXPECT_EQ(received(*node, kContest), 0u) << node->unit();
    EXPECT_EQ(node->core().projection().bodies_in(node::State::kReturned), 1u) << node->unit();
  }
}

// ---- rebuilding ----

void expect_same_meaning(const node::Core& a, const node::Core& b) {
  const node::Projection& mine = a.projection();
  const node::Projection& theirs = b.projection();
  ASSERT_NE(mine.tally(), nullptr);
  ASSERT_NE(theirs.tally(), nullptr);
  EXPECT_TRUE(*mine.tally() == *theirs.tally());
  ASSERT_EQ(mine.places(), theirs.places());
  for (const model::PlaceId& place : mine.places()) {
    const auto here = mine.place(place);
    const auto there = theirs.place(place);
    ASSERT_EQ(here.size(), there.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      EXPECT_EQ(here[i].statement, there[i].statement);
      EXPECT_EQ(here[i].effect, there[i].effect);
    }
  }
}

TEST(Engine, ProjectionsRebuiltFromTheLogAreTheSame) {
  Country country;
  country.connect_all();
  country.define(country.election.first());
  for (const auto& [contest, precinct] : country.election.places()) {
    if (precinct.starts_with("140101")) country.enter(country.gmina, precinct, contest);
  }
  const v1::Body body = country.election.protocol(kPrecinct, kContest);
  country.wires.enter(country.gmina,
                      country.election.sign(country.election.commission("140101"),
                                            SmallElection::confirmation(body)),
                      {country.election.commission("140101").certificate->der});
  country.enter(country.gmina, "140101-2", kContest, 150);
  country.define(country.election.change_slice(kContest));
  country.enter(country.gmina, "140101-3", kContest, 77);
  country.wires.run();
  for (TestNode* node : {&country.gmina, &country.centre}) {
    TestNode copy(country.election, node->unit(), 5);
    copy.restore(node->store().backup());
    expect_same_meaning(node->core(), copy.core());
  }
  // Tiers agree about what both hold.
  for (const model::PlaceId& place : country.gmina.core().projection().places()) {
    const auto below = country.gmina.core().projection().place(place);
    const auto above = country.centre.core().projection().place(place);
    ASSERT_EQ(below.size(), above.size());
    for (std::size_t i = 0; i < below.size(); ++i) EXPECT_EQ(below[i].effect, above[i].effect);
  }
}

}  // namespace
}  // namespace urna::tests
