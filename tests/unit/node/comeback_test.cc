// What must not be forgotten between two streams: which records an upstream took, what it proved of
// its log, how long a wait is when the clock is set back, which ids a log has had.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "common/trust/sha256.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

constexpr const char* kPrecinct = "140101-1";
constexpr const char* kContest = "council-140101";

// The gmina below the centre, both with the definition; the centre's answers are written by hand.
struct Below {
  SmallElection election;
  TestNode centre{election, "PL"};
  TestNode gmina{election, "140101"};
  Wires wires;

  Below() {
    std::vector<Bytes> blobs = election.first().parts;
    blobs.push_back(election.national().certificate->der);
    wires.connect(gmina, centre);
    wires.enter(centre, election.first().record, blobs);
    wires.run();
  }
  Bytes enter(std::uint32_t votes = 100) {
    const Bytes record = election.sign_by_chair(election.protocol(kPrecinct, kContest, votes));
    const auto outcome = wires.enter(gmina, record, {election.chair(kPrecinct).certificate->der});
    EXPECT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
    return record;
  }
  void reconnect() {
    wires.disconnect(gmina);
    wires.connect(gmina, centre);
    wires.run();
  }
  node::Engine::Output answer(node::SessionId session, const v1::SignedBatch& sent,
                              const std::function<void(v1::Receipt&)>& fill, std::uint64_t at_ms) {
    v1::Batch batch;
    EXPECT_TRUE(batch.ParseFromString(sent.payload()));
    v1::Receipt receipt;
    receipt.set_batch(trust::digest_of(sent.payload()).str());
    receipt.set_election(election.id());
    receipt.set_receiver("PL");
    receipt.set_sender("140101");
    receipt.set_sequence(batch.sequence());
    *receipt.mutable_log() = centre.core().checkpoint();
    if (batch.entries_size() > 0) fill(receipt);
    return gmina.engine().receive_receipt(session, "PL",
                                          node::seal_receipt(centre.identity(), receipt), at_ms);
  }
};

v1::Batch opened(const v1::SignedBatch& sealed) {
  v1::Batch batch;
  EXPECT_TRUE(batch.ParseFromString(sealed.payload()));
  return batch;
}

// A node whose clock is years off, or whose certificate was just revoked, is refused batch by
// batch. Once that is put right, what was in those batches is sent again.
TEST(Comeback, RecordsOfARefusedBatchStayUnsettled) {
  Below below;
  below.wires.disconnect(below.gmina);
  const Bytes record = below.enter();
  const std::uint64_t position = *below.gmina.core().position_of(record_id(record));
  auto& engine = below.gmina.engine();
  auto output = engine.open_submit(700, "PL", kElectionDayMs);
  output = below.answer(700, output.batches.at(0).second, {}, kElectionDayMs);
  ASSERT_EQ(output.batches.size(), 1u);
  output = below.answer(
      700, output.batches[0].second,
      [](v1::Receipt& receipt) { receipt.set_refused("certificate_untrusted"); }, kElectionDayMs);
  EXPECT_EQ(output.closes.size(), 1u);
  EXPECT_TRUE(output.batches.empty()) << "nothing more goes out on a stream that is given up";
  // Before the driver has closed it, something else happens.
  engine.tick(kElectionDayMs + 1'000);
  EXPECT_LE(below.gmina.core().settled_at("PL"), position);
  engine.closed(700);
  below.wires.connect(below.gmina, below.centre);
  below.wires.run();
  EXPECT_TRUE(below.centre.has(record));
}

// Its manifest cannot be judged without the unit table that only it names.
TEST(Comeback, AFollowerThatWasAwayTakesADefinitionWithAnotherUnitTable) {
  Below below;
  below.wires.disconnect(below.gmina);
  const Version& next = below.election.rename_unit();
  std::vector<Bytes> parts = next.parts;
  parts.push_back(below.election.national().certificate->der);
  EXPECT_TRUE(below.wires.enter(below.centre, next.record, parts).has_admitted_at());
  below.wires.closed_because.clear();
  below.reconnect();
  EXPECT_TRUE(below.gmina.has(next.record));
  EXPECT_EQ(below.gmina.core().book().in_force()->id(), next.statement);
  EXPECT_EQ(below.wires.closed_because, std::vector<std::string>{});
}

TEST(Comeback, AReceiptThatRefusesDoesNotReplaceTheProofOfTheUpstreamsLog) {
  Below below;
  below.enter();
  below.wires.run();
  below.wires.disconnect(below.gmina);
  auto& engine = below.gmina.engine();
  auto output = engine.open_submit(700, "PL", kElectionDayMs);
  const Bytes proof = opened(output.batches.at(0).second).receiver_receipt();
  ASSERT_FALSE(proof.empty());
  v1::Receipt refusal;
  refusal.set_batch(trust::digest_of(output.batches[0].second.payload()).str());
  refusal.set_election(below.election.id());
  refusal.set_receiver("PL");
  refusal.set_sequence(1);
  refusal.set_refused("certificate_untrusted");
  *refusal.mutable_log() = below.centre.core().checkpoint();
  engine.receive_receipt(700, "PL", node::seal_receipt(below.centre.identity(), refusal),
                         kElectionDayMs);
  output = engine.open_submit(701, "PL", kElectionDayMs);
  EXPECT_EQ(opened(output.batches.at(0).second).receiver_receipt(), proof);
  below.gmina.restart();
  output = below.gmina.engine().open_submit(702, "PL", kElectionDayMs);
  EXPECT_EQ(opened(output.batches.at(0).second).receiver_receipt(), proof) << "after a restart";
}

TEST(Comeback, ADeferredRecordIsTriedAgainThoughTheClockWasSetBack) {
  Below below;
  below.wires.disconnect(below.gmina);
  below.enter();
  constexpr std::uint64_t kYearMs = 365ull * 24 * 3'600 * 1'000;
  const std::uint64_t ahead = kElectionDayMs + kYearMs;
  auto& engine = below.gmina.engine();
  const auto defer = [](v1::Receipt& receipt) {
    receipt.add_outcomes()->mutable_deferred()->add_missing(Bytes(32, 'm'));
  };
  auto output = engine.open_submit(700, "PL", ahead);
  output = below.answer(700, output.batches.at(0).second, {}, ahead);
  output = below.answer(700, output.batches.at(0).second, defer, ahead);
  EXPECT_TRUE(output.batches.empty()) << "it waits";
  output = engine.tick(kElectionDayMs);
  EXPECT_EQ(output.batches.size(), 1u) << "not for a year";
}

// Twice restored from the same copy: the second time the peer no longer knows the id the copy has,
// only the one that was taken after the first time.
TEST(Comeback, AnIdThisLogNeverHadMakesItTakeAnother) {
  Below below;
  const auto backup = below.centre.store().backup();
  const LogId first = below.centre.core().log_id();
  below.enter(100);
  below.wires.run();
  below.wires.disconnect(below.gmina);
  below.centre.restore(backup->backup());
  below.reconnect();
  below.reconnect();
  const LogId second = below.centre.core().log_id();
  ASSERT_NE(second, first);
  below.wires.disconnect(below.gmina);

  below.centre.restore(backup->backup());
  ASSERT_EQ(below.centre.core().log_id(), first);
  const Bytes fresh = below.enter(101);
  below.wires.delivered.clear();
  below.reconnect();
  below.reconnect();
  EXPECT_NE(below.centre.core().log_id(), first);
  EXPECT_TRUE(below.centre.has(fresh));
  for (const Wires::Delivered& one : below.wires.delivered) {
    EXPECT_NE(one.is_receipt ? one.receipt.log().log_id() : "", first.view());
  }
}

// The same seen from below: the upstream remembers the id of the life before.
TEST(Comeback, ASenderTwiceRestoredTakesANewIdEachTime) {
  Below below;
  const auto backup = below.gmina.store().backup();
  const LogId first = below.gmina.core().log_id();
  below.enter(100);
  below.wires.run();
  std::set<LogId> ids{first};
  for (std::uint32_t votes : {101, 102}) {
    below.wires.disconnect(below.gmina);
    below.gmina.restore(backup->backup());
    below.enter(votes);
    below.reconnect();
    below.reconnect();
    EXPECT_TRUE(ids.insert(below.gmina.core().log_id()).second) << votes;
  }
}

// The answer that would tell it is lost: what the upstream remembers must outlast the greeting.
TEST(Comeback, ASenderTwiceRestoredLearnsOfItEvenWhenTheFirstReceiptIsLost) {
  Below below;
  const auto backup = below.gmina.store().backup();
  const LogId first = below.gmina.core().log_id();
  below.enter(100);
  below.wires.run();
  below.wires.disconnect(below.gmina);
  below.gmina.restore(backup->backup());
  below.enter(101);
  below.reconnect();
  below.reconnect();
  ASSERT_NE(below.gmina.core().log_id(), first);
  below.wires.disconnect(below.gmina);

  below.gmina.restore(backup->backup());
  below.enter(102);
  below.wires.lose_receipts = true;
  below.reconnect();
  below.wires.lose_receipts = false;
  ASSERT_EQ(below.gmina.core().log_id(), first);
  below.reconnect();
  EXPECT_NE(below.gmina.core().log_id(), first);
}

// ---- what came from an upstream, given back when that one has lost it ----

// A protocol that only came in at the centre.
Bytes enter_above(Below& below, std::uint32_t votes) {
  const Bytes record =
      below.election.sign_by_chair(below.election.protocol("140101-2", kContest, votes));
  const auto outcome =
      below.wires.enter(below.centre, record, {below.election.chair("140101-2").certificate->der});
  EXPECT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
  return record;
}

// Asking for everything again from the start, it forgets how long the upstream's log was.
TEST(Comeback, ANodeThatTakesANewIdGivesItsUpstreamBackWhatCameFromThere) {
  Below below;
  const auto backup = below.gmina.store().backup();
  below.enter(100);
  below.wires.run();
  auto earlier = below.centre.store().backup();
  below.wires.disconnect(below.gmina);
  below.gmina.restore(backup->backup());
  const Bytes lost = enter_above(below, 77);
  below.wires.follow(below.gmina, below.centre);
  below.wires.run();
  ASSERT_TRUE(below.gmina.has(lost));
  below.wires.disconnect(below.gmina);
  below.centre.restore(std::move(earlier));

  const LogId before = below.gmina.core().log_id();
  below.wires.submit(below.gmina, below.centre);
  below.wires.run();
  ASSERT_NE(below.gmina.core().log_id(), before);
  below.reconnect();
  EXPECT_TRUE(below.centre.has(lost));
}

// It holds no receipt of the upstream that would tell of it.
TEST(Comeback, AnUpstreamUnderAnotherIdIsGivenBackWhatCameFromThereByWhoOnlyFollowed) {
  Below below;
  auto earlier = below.centre.store().backup();
  below.enter(100);
  below.wires.run();
  below.wires.disconnect(below.gmina);
  TestNode other(below.election, "140102");
  const Bytes lost = below.election.sign(
      below.election.national(), SmallElection::revocation(below.election.chair("140101-3")));
  ASSERT_TRUE(below.wires.enter(below.centre, lost).has_admitted_at());
  below.wires.follow(other, below.centre);
  below.wires.run();
  ASSERT_TRUE(other.has(lost));
  below.wires.disconnect(other);

  const LogId first = below.centre.core().log_id();
  below.centre.restore(std::move(earlier));
  below.wires.submit(below.gmina, below.centre);
  below.wires.carry();
  ASSERT_NE(below.centre.core().log_id(), first);
  below.wires.disconnect(below.gmina);
  ASSERT_FALSE(below.centre.has(lost));
  below.wires.connect(other, below.centre);
  below.wires.run();
  EXPECT_TRUE(below.centre.has(lost));
}

// What the upstream remembers is told it at every greeting, until it has heard more of the new log.
TEST(Comeback, ANodeThatBeginsEmptyTakesOneNewIdAndIsHeard) {
  Below below;
  below.enter(100);
  below.wires.run();
  below.wires.disconnect(below.gmina);
  TestNode empty(below.election, "140101", 2);
  std::set<LogId> ids{empty.core().log_id()};
  // Submit alone: through Follow it would have become what the upstream remembers by itself.
  for (int i = 0; i < 4; ++i) {
    below.wires.submit(empty, below.centre);
    below.wires.run();
    ids.insert(empty.core().log_id());
    below.wires.disconnect(empty);
    if (i == 1) empty.restart();
  }
  EXPECT_EQ(ids.size(), 2u);
  below.wires.connect(empty, below.centre);
  below.wires.run();
  const Bytes record =
      below.election.sign_by_chair(below.election.protocol("140101-2", kContest, 70));
  below.wires.enter(empty, record, {below.election.chair("140101-2").certificate->der});
  below.wires.run();
  EXPECT_TRUE(below.centre.has(record));
  EXPECT_EQ(empty.core().settled_at("PL"), empty.core().size());
  ids.insert(empty.core().log_id());
  EXPECT_EQ(ids.size(), 2u);
}

// Each of two below it holds a receipt of the life before.
TEST(Comeback, AnUpstreamThatBeginsEmptyTakesOneNewIdForAllWhoRemember) {
  Below below;
  TestNode other(below.election, "140102");
  below.wires.connect(other, below.centre);
  below.enter(100);
  below.wires.run();
  below.wires.disconnect(below.gmina);
  below.wires.disconnect(other);
  TestNode empty(below.election, "PL", 2);
  std::set<LogId> ids{empty.core().log_id()};
  for (int i = 0; i < 2; ++i) {
    for (TestNode* one : {&below.gmina, &other}) {
      below.wires.disconnect(*one);
      below.wires.connect(*one, empty);
      below.wires.run();
      ids.insert(empty.core().log_id());
    }
  }
  EXPECT_EQ(ids.size(), 2u);
}

// Another peer still knows the log by an older id of its own: nothing to be alarmed at.
TEST(Comeback, AnIdTheLogOnceHadIsKnownAfterARestart) {
  Below below;
  below.enter(100);
  below.wires.run();
  below.wires.disconnect(below.gmina);
  const auto old_gmina = below.gmina.store().backup();  // knows the centre by its first id
  auto old_centre = below.centre.store().backup();
  below.wires.connect(below.gmina, below.centre);
  below.enter(101);
  below.wires.run();
  below.wires.disconnect(below.gmina);
  below.centre.restore(std::move(old_centre));
  below.reconnect();
  below.reconnect();
  const LogId now = below.centre.core().log_id();
  ASSERT_NE(now, LogId{});
  below.wires.disconnect(below.gmina);
  below.centre.restart();
  below.gmina.restore(old_gmina->backup());
  below.reconnect();
  EXPECT_EQ(below.centre.core().log_id(), now);
}

}  // namespace
}  // namespace urna::tests
