// Three tiers in one process, over real gRPC: what goes up, what comes down, and what happens when
// a tier between is away.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/chaos/fault_proxy.h"
#include "tests/integration/uplink/live_node.h"
#include "tests/support/temporary_folder.h"

namespace urna::tests {
namespace {

// Different statements about one place: all are admitted, whatever they amount to together.
Bytes record_number(SmallElection& election, std::uint32_t number) {
  return election.sign_by_chair(election.protocol("140101-1", "council-140101", number));
}

std::uint64_t version_held(const LiveNode& node) {
  std::uint64_t version = 0;
  const_cast<LiveNode&>(node).node().inspect([&](const node::Core& core) {
    if (const auto in_force = core.book().in_force()) version = in_force->version();
  });
  return version;
}

class Tiers : public testing::TestWithParam<bool> {
 protected:
  std::string address(const std::string& name) const {
    return GetParam() ? "unix:" + (folder_.path() / name).string() : "127.0.0.1:0";
  }
  // Centre, voivodeship and gmina, in a line.
  void SetUp() override {
    top_.listen(address("top"));
    middle_.listen(address("middle"));
    middle_.connect({top_.as_upstream()});
    low_.connect({middle_.as_upstream()});
  }

  test::TemporaryFolder folder_;
  SmallElection election_{kElection, until_next_year()};
  LiveNode top_{election_, "PL"};
  LiveNode middle_{election_, "140000"};
  LiveNode low_{election_, "140101"};
};

INSTANTIATE_TEST_SUITE_P(Addresses, Tiers, testing::Bool(), [](const auto& tested) {
  return tested.param ? "UnixSocket" : "Loopback";
});

TEST_P(Tiers, WhatIsSubmittedBelowArrivesAtTheTopAndIsToldSoBelow) {
  top_.take_definition();
  ASSERT_TRUE(eventually([&] { return version_held(low_) == 1; }));
  const Bytes record = record_number(election_, 100);
  const v1::Outcome outcome = low_.enter(record, {election_.chair("140101-1").certificate->der});
  ASSERT_TRUE(outcome.has_admitted_at()) << outcome.DebugString();
  ASSERT_TRUE(eventually([&] { return top_.has(record); }));
  EXPECT_TRUE(middle_.has(record));
  const RecordId id = trust::envelope_ids(record)->record;
  ASSERT_TRUE(eventually([&] {
    bool known = false;
    low_.node().inspect(
        [&](const node::Core& core) { known = core.centre_notice(id).has_value(); });
    return known;
  }));
  low_.node().inspect([&](const node::Core& core) {
    EXPECT_EQ(core.centre_notice(id)->position, 1U);  // after the manifest
  });
}

TEST_P(Tiers, FollowBringsDefinitionsAndRevocationsDown) {
  top_.take_definition();
  ASSERT_TRUE(eventually([&] { return version_held(low_) == 1; }));
  const Bytes revocation =
      election_.sign(election_.national(), SmallElection::revocation(election_.chair("140101-2")));
  top_.enter(revocation, {election_.national().certificate->der});
  election_.change_slice("council-140101");
  top_.take_definition();
  EXPECT_TRUE(eventually([&] { return low_.has(revocation) && version_held(low_) == 2; }));
  EXPECT_TRUE(low_.node().is_revoked(election_.chair("140101-2").id(), "140101-2"));
  // The changed slice came too, or nothing could be admitted under it.
  EXPECT_TRUE(eventually([&] {
    return low_.enter(election_.chair("140101-1"), election_.protocol("140101-1", "council-140101"))
        .has_admitted_at();
  }));
}

TEST_P(Tiers, AServerStoppedAndStartedAgainLosesNothing) {
  top_.take_definition();
  ASSERT_TRUE(eventually([&] { return version_held(low_) == 1; }));
  const Bytes chair = election_.chair("140101-1").certificate->der;
  std::vector<Bytes> records;
  for (std::uint32_t round = 0; round < 4; ++round) {
    for (std::uint32_t i = 1; i <= 10; ++i) {
      records.push_back(record_number(election_, round * 10 + i));
      ASSERT_TRUE(low_.enter(records.back(), {chair}).has_admitted_at());
      if (i == 5) middle_.stop_listening();
    }
    EXPECT_TRUE(eventually([&] { return !low_.client().status().connected; }));
    middle_.listen(middle_.address());
  }
  ASSERT_TRUE(eventually([&] { return top_.has_all(records); }));
  EXPECT_EQ(top_.size(), 1 + records.size());
  EXPECT_EQ(middle_.size(), 1 + records.size());
}

// What was sent, but whose receipt never came back, is sent once more and found to be there.
TEST(BrokenLines, DuplicatesAreHarmless) {
  SmallElection election(kElection, until_next_year());
  LiveNode top(election, "PL");
  LiveNode low(election, "140101");
  top.listen();
  top.take_definition();
  low.take_definition();
  const Bytes record = record_number(election, 7);
  low.enter(record, {election.chair("140101-1").certificate->der});
  low.connect({top.as_upstream()});
  ASSERT_TRUE(eventually([&] { return top.has(record); }));
  low.disconnect();
  // Another installation of the same unit, with the same record and no memory of any receipt.
  LiveNode twin(election, "140101", 2);
  twin.take_definition();
  twin.enter(record, {election.chair("140101-1").certificate->der});
  twin.connect({top.as_upstream()});
  ASSERT_TRUE(eventually([&] {
    bool settled = false;
    twin.node().inspect(
        [&](const node::Core& core) { settled = core.settled_at("PL") == core.size(); });
    return settled;
  }));
  EXPECT_EQ(top.size(), 2U);
  EXPECT_GE(top.counters().duplicates, 1U);
}

// A connection that breaks after any number of bytes: nothing is lost, nothing comes twice.
TEST(BrokenLines, CutAnywhereTheRestFollowsLater) {
  SmallElection election(kElection, until_next_year());
  LiveNode top(election, "PL");
  LiveNode low(election, "140101");
  top.listen();
  top.take_definition();
  low.take_definition();
  const auto proxy = *chaos::FaultProxy::start(1);
  const std::string address = *proxy->add("up", top.address());
  std::vector<Bytes> records;
  low.connect({{*model::UnitId::parse("PL"), address}});
  std::uint32_t number = 0;
  for (const std::uint64_t cut : {0, 1, 300, 1'000, 2'500, 3'000, 4'000, 6'000, 9'000, 30'000}) {
    chaos::LinkFaults faults;
    faults.cut_after_bytes = cut;
    proxy->set_all(faults);
    const std::uint64_t before = proxy->counts().connections;
    low.connect({{*model::UnitId::parse("PL"), address}});
    for (int i = 0; i < 5; ++i) {
      records.push_back(record_number(election, ++number));
      low.enter(records.back(), {election.chair("140101-1").certificate->der});
    }
    ASSERT_TRUE(eventually(
        [&] { return proxy->counts().connections > before + 1 || top.has_all(records); }));
  }
  proxy->set_all({});
  ASSERT_TRUE(eventually([&] { return top.has_all(records); }));
  EXPECT_EQ(top.size(), 1 + records.size());
}

class OrderedUpstreams : public testing::Test {
 protected:
  void SetUp() override {
    voivodeship_.listen();
    powiat_.listen();
    voivodeship_.take_definition();
    powiat_.connect({voivodeship_.as_upstream()});
    ASSERT_TRUE(eventually([&] { return version_held(powiat_) == 1; }));
    gmina_.connect({powiat_.as_upstream(), voivodeship_.as_upstream()});
    ASSERT_TRUE(eventually([&] { return version_held(gmina_) == 1; }));
  }
  Bytes enter(std::uint32_t number) {
    const Bytes record = record_number(election_, number);
    gmina_.enter(record, {election_.chair("140101-1").certificate->der});
    return record;
  }

  SmallElection election_{kElection, until_next_year()};
  LiveNode voivodeship_{election_, "140000"};
  LiveNode powiat_{election_, "140100"};
  LiveNode gmina_{election_, "140101"};
};

TEST_F(OrderedUpstreams, TheFirstIsUsedWhileItIsThere) {
  const Bytes record = enter(1);
  ASSERT_TRUE(eventually([&] { return powiat_.has(record); }));
  EXPECT_EQ(gmina_.client().status().unit, "140100");
  EXPECT_TRUE(eventually([&] { return voivodeship_.has(record); }));
}

TEST_F(OrderedUpstreams, TheOneThatWasDownReceivesWhatItMissedThroughFollow) {
  const Bytes first = enter(1);
  ASSERT_TRUE(eventually([&] { return voivodeship_.has(first); }));
  powiat_.disconnect();
  powiat_.stop_listening();
  const Bytes missed = enter(2);
  ASSERT_TRUE(eventually([&] { return voivodeship_.has(missed); }));
  EXPECT_EQ(gmina_.client().status().unit, "140000");
  EXPECT_FALSE(powiat_.has(missed));

  // It is back, and follows its parent, before anybody sends to it.
  powiat_.connect({voivodeship_.as_upstream()});
  ASSERT_TRUE(eventually([&] { return powiat_.has(missed); }));
  powiat_.listen(powiat_.address());
  ASSERT_TRUE(eventually([&] {
    return gmina_.client().status().unit == "140100" && gmina_.client().status().connected;
  }));
  const Bytes last = enter(3);
  ASSERT_TRUE(eventually([&] { return voivodeship_.has(last); }));
  EXPECT_TRUE(powiat_.has(last));
  EXPECT_EQ(powiat_.size(), 4U);
  EXPECT_EQ(voivodeship_.size(), 4U);
}

TEST_F(OrderedUpstreams, WhileTheFirstStaysAwayTheSecondIsLeftOnlyForAMoment) {
  powiat_.disconnect();
  powiat_.stop_listening();
  ASSERT_TRUE(eventually([&] {
    return gmina_.client().status().unit == "140000" && gmina_.client().status().connected;
  }));
  // Several times the time after which the first is looked for again.
  for (std::uint32_t i = 10; i < 40; ++i) {
    const Bytes record = enter(i);
    EXPECT_TRUE(eventually([&] { return voivodeship_.has(record); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(gmina_.told("cannot reach 140100"));
}

}  // namespace
}  // namespace urna::tests
