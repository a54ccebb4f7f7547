// What goes wrong between tiers, and how they come back: full disks, restored stores, revoked
// nodes, batches and records that are refused.
#include <gtest/gtest.h>

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

constexpr const char* kPrecinct = "140101-1";
constexpr const char* kContest = "council-140101";

// The gmina below the centre, both with the definition.
struct Pair {
  SmallElection election;
  TestNode centre{election, "PL"};
  TestNode gmina{election, "140101"};
  Wires wires;

  std::vector<Bytes> parts() {
    std::vector<Bytes> blobs = election.current().parts;
    blobs.push_back(election.national().certificate->der);
    return blobs;
  }
  void define() {
    wires.connect(gmina, centre);
    wires.enter(centre, election.first().record, parts());
    wires.run();
  }
  Bytes signed_protocol(const std::string& unit = kPrecinct, std::uint32_t votes = 100) {
    return election.sign_by_chair(election.protocol(unit, kContest, votes));
  }
  // Entered at the gmina.
  Bytes enter(const std::string& unit = kPrecinct, std::uint32_t votes = 100) {
    const Bytes record = signed_protocol(unit, votes);
    const auto outcome = wires.enter(gmina, record, {election.chair(unit).certificate->der});
    EXPECT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
    return record;
  }
  void reconnect() {
    wires.disconnect(gmina);
    wires.connect(gmina, centre);
    wires.run();
  }
  // A batch of the gmina with these records and blobs.
  v1::SignedBatch batch_of(const std::vector<Bytes>& records, const std::vector<Bytes>& blobs) {
    v1::Batch batch;
    batch.set_election(election.id());
    batch.set_sender("140101");
    batch.set_sequence(1);
    batch.set_created_at_ms(kElectionDayMs);
    *batch.mutable_log() = gmina.core().checkpoint();
    for (std::size_t i = 0; i < records.size(); ++i) {
      v1::BatchEntry& entry = *batch.add_entries();
      entry.set_position(i);
      entry.set_record(records[i]);
    }
    for (const Bytes& blob : blobs) batch.add_blobs(blob);
    return node::seal_batch(gmina.identity(), batch);
  }
  v1::Receipt receipt_for(const v1::SignedBatch& batch) {
    const auto output = centre.engine().receive_batch(500, "140101", batch, kElectionDayMs);
    v1::Receipt receipt;
    EXPECT_FALSE(output.failure.has_value());
    if (output.receipts.size() == 1) receipt.ParseFromString(output.receipts[0].second.payload());
    return receipt;
  }
};

std::uint64_t received(const TestNode& node) {
  const auto* totals = node.core().projection().tally()->totals(
      results::Which::kReceived, {*model::ContestId::parse(kContest), 1}, 0);
  return totals == nullptr ? 0 : totals->protocols;
}

// ---- records that are named before they are sent ----

// Everything that went from the gmina to the centre, by whether the record itself was in it.
std::pair<std::size_t, std::size_t> named_and_brought(const Wires& wires) {
  std::size_t named = 0;
  std::size_t brought = 0;
  for (const Wires::Delivered& one : wires.delivered) {
    if (one.is_receipt || one.follow) continue;
    for (const v1::BatchEntry& entry : one.batch.entries()) {
      ++(entry.record().empty() ? named : brought);
    }
  }
  return {named, brought};
}

TEST(Recovery, ALongRecordTheUpstreamHasIsOnlyNamed) {
  Pair pair;
  pair.gmina.ask_first_above(0);
  pair.gmina.restart();
  pair.wires.enter(pair.centre, pair.election.first().record, pair.parts());
  pair.wires.enter(pair.gmina, pair.election.first().record, pair.parts());
  pair.wires.submit(pair.gmina, pair.centre);
  pair.wires.run();
  EXPECT_EQ(named_and_brought(pair.wires), std::pair(std::size_t{1}, std::size_t{0}));
  EXPECT_EQ(pair.gmina.core().settled_at("PL"), pair.gmina.core().size());
  EXPECT_EQ(pair.centre.log().size(), 1u);
}

TEST(Recovery, ALongRecordTheUpstreamLacksIsBroughtWithEverythingThatWaitsForIt) {
  Pair pair;
  pair.gmina.ask_first_above(0);
  pair.gmina.restart();
  pair.wires.enter(pair.gmina, pair.election.first().record, pair.parts());
  const Bytes protocol = pair.enter();
  pair.wires.submit(pair.gmina, pair.centre);
  pair.wires.run();
  const auto [named, brought] = named_and_brought(pair.wires);
  EXPECT_EQ(named, 2u);
  EXPECT_GE(brought, 2u);
  EXPECT_TRUE(pair.centre.has(pair.election.first().record));
  EXPECT_TRUE(pair.centre.has(protocol));
  EXPECT_EQ(received(pair.centre), 1u);
  EXPECT_EQ(pair.gmina.core().settled_at("PL"), pair.gmina.core().size());
}

// To be asked for it is no failure: a wait would hold up everything signed under this definition.
TEST(Recovery, WhatANamedRecordWaitsForIsBroughtAtOnceToo) {
  Pair pair;
  pair.gmina.ask_first_above(0);
  pair.gmina.restart();
  pair.wires.enter(pair.gmina, pair.election.first().record, pair.parts());
  pair.wires.submit(pair.gmina, pair.centre);
  pair.wires.carry();
  EXPECT_TRUE(pair.centre.has(pair.election.first().record));
}

TEST(Recovery, AnEntryThatNamesAndBringsOrNamesByTooLittleMakesItsBatchMalformed) {
  for (const std::string& name :
       {std::string(31, 'a'), std::string(33, 'a'), std::string(32, 'a')}) {
    Pair pair;
    pair.define();
    v1::Batch batch;
    ASSERT_TRUE(batch.ParseFromString(pair.batch_of({pair.signed_protocol()}, {}).payload()));
    batch.mutable_entries(0)->set_record_id(name);
    const auto receipt = pair.receipt_for(node::seal_batch(pair.gmina.identity(), batch));
    EXPECT_EQ(receipt.refused(), "malformed") << name.size();
  }
}

TEST(Recovery, AnUpstreamThatNamesRecordsToItsFollowerIsGivenUp) {
  Pair pair;
  pair.define();
  pair.wires.disconnect(pair.gmina);
  const auto request = pair.gmina.engine().start_following(77, "PL");
  v1::Batch batch;
  batch.set_election(pair.election.id());
  batch.set_sender("PL");
  batch.set_sequence(1);
  batch.set_created_at_ms(kElectionDayMs);
  *batch.mutable_log() = pair.centre.core().checkpoint();
  batch.add_entries()->set_record_id(std::string(32, 'a'));
  const auto output = pair.gmina.engine().receive_batch(
      77, "PL", node::seal_batch(pair.centre.identity(), batch), kElectionDayMs);
  EXPECT_EQ(output.closes.size(), 1u);
  EXPECT_FALSE(request.election().empty());
}

// ---- who is taken to have a record ----

// Whoever holds a node's key could keep a decision from that node by handing it in as that node.
TEST(Recovery, WhatOthersSignedGoesDownAlsoToWhoIsSaidToHaveBroughtIt) {
  Pair pair;
  pair.define();
  pair.wires.disconnect(pair.gmina);
  const Bytes revocation = pair.election.sign(
      pair.election.national(), SmallElection::revocation(pair.election.chair("140101-3")));
  ASSERT_TRUE(pair.receipt_for(pair.batch_of({revocation}, {})).outcomes(0).has_admitted_at());
  pair.reconnect();
  EXPECT_TRUE(pair.gmina.has(revocation));
}

// The disk it came from may be lost since then.
TEST(Recovery, WhatComesLateOnAStreamThatWasReplacedGoesDownAgain) {
  Pair pair;
  pair.define();
  pair.wires.disconnect(pair.gmina);
  const Bytes protocol = pair.signed_protocol();
  const v1::SignedBatch late =
      pair.batch_of({protocol}, {pair.election.chair(kPrecinct).certificate->der});
  const auto receive = [&](node::SessionId session, const v1::SignedBatch& batch) {
    return pair.centre.engine().receive_batch(session, "140101", batch, kElectionDayMs);
  };
  ASSERT_EQ(receive(501, pair.batch_of({}, {})).receipts.size(), 1u);
  ASSERT_EQ(receive(500, late).receipts.size(), 1u);
  ASSERT_TRUE(pair.centre.has(protocol));
  pair.reconnect();
  EXPECT_TRUE(pair.gmina.has(protocol));
}

// Or whoever asks beside the running node is told that something is still on its way.
TEST(Recovery, HowFarAnUpstreamHasItIsWrittenDownAlsoWhenNothingElseIs) {
  Pair pair;
  pair.define();
  const Bytes revocation = pair.election.sign(
      pair.election.national(), SmallElection::revocation(pair.election.chair("140101-3")));
  pair.wires.enter(pair.centre, revocation);
  pair.wires.run();
  ASSERT_TRUE(pair.gmina.has(revocation));
  pair.wires.disconnect(pair.gmina);
  pair.gmina.restart();
  EXPECT_EQ(pair.gmina.core().settled_at("PL"), pair.gmina.core().size());
}

// ---- records ----

TEST(Recovery, ABadRecordDoesNotStopItsBatch) {
  Pair pair;
  pair.define();
  const Bytes first = pair.signed_protocol("140101-1");
  v1::Body wrong = pair.election.protocol("140101-2", kContest);
  wrong.mutable_protocol()->set_points(0, wrong.protocol().points(0) + 1);
  const Bytes broken = pair.election.sign_by_chair(wrong);
  Bytes torn = pair.signed_protocol("140101-2", 130);
  torn.resize(torn.size() / 2);
  const Bytes unknown = pair.signed_protocol("140101-3", 55);
  const Bytes last = pair.signed_protocol("140101-2", 140);
  const v1::Receipt receipt =
      pair.receipt_for(pair.batch_of({first, broken, torn, unknown, first, last},
                                     {pair.election.chair("140101-1").certificate->der,
                                      pair.election.chair("140101-2").certificate->der}));
  ASSERT_EQ(receipt.outcomes_size(), 6) << receipt.ShortDebugString();
  EXPECT_EQ(receipt.outcomes(0).admitted_at(), 1u);
  EXPECT_EQ(receipt.outcomes(1).refused().code(), "checks_failed");
  EXPECT_EQ(receipt.outcomes(2).refused().code(), "malformed");
  ASSERT_EQ(receipt.outcomes(3).deferred().missing_size(), 1);
  EXPECT_EQ(receipt.outcomes(3).deferred().missing(0), pair.election.chair("140101-3").id().str());
  EXPECT_EQ(receipt.outcomes(4).duplicate_of(), 1u);
  EXPECT_EQ(receipt.outcomes(5).admitted_at(), 2u);
  EXPECT_EQ(receipt.log().size(), 3u);
  EXPECT_EQ(received(pair.centre), 2u);
}

// Tiers never disagree about a record, so the upstream's answer is written by hand.
TEST(Recovery, ARefusedRecordIsShownBelowAndDoesNotStopTheStream) {
  Pair pair;
  pair.define();
  pair.wires.disconnect(pair.gmina);
  const Bytes record = pair.enter("140101-1");
  pair.enter("140101-2");
  auto& engine = pair.gmina.engine();
  auto output = engine.open_submit(700, "PL", kElectionDayMs);
  const auto answer = [&](const v1::SignedBatch& sent, const std::string& code) {
    v1::Batch batch;
    EXPECT_TRUE(batch.ParseFromString(sent.payload()));
    v1::Receipt receipt;
    receipt.set_batch(trust::digest_of(sent.payload()).str());
    receipt.set_election(pair.election.id());
    receipt.set_receiver("PL");
    receipt.set_sender("140101");
    receipt.set_sequence(batch.sequence());
    *receipt.mutable_log() = pair.centre.core().checkpoint();
    for (int i = 0; i < batch.entries_size(); ++i) {
      v1::Outcome& outcome = *receipt.add_outcomes();
      if (batch.entries(i).record() == record) {
        outcome.mutable_refused()->set_code(code);
      } else {
        outcome.set_admitted_at(77);
      }
    }
    return engine.receive_receipt(700, "PL", node::seal_receipt(pair.centre.identity(), receipt),
                                  kElectionDayMs);
  };
  ASSERT_EQ(output.batches.size(), 1u);
  output = answer(output.batches[0].second, "checks_failed");
  ASSERT_EQ(output.batches.size(), 1u);
  output = answer(output.batches[0].second, "checks_failed");
  EXPECT_TRUE(output.closes.empty());
  ASSERT_EQ(pair.gmina.core().refused_upstream().size(), 1u);
  EXPECT_EQ(pair.gmina.core().refused_upstream().begin()->second, "checks_failed");
  EXPECT_EQ(pair.gmina.core().settled_at("PL"), pair.gmina.core().size());
}

TEST(Recovery, ABatchRefusedWholeIsSentAgainRecordByRecord) {
  Pair pair;
  pair.define();
  pair.wires.disconnect(pair.gmina);
  const Bytes poison = pair.enter("140101-1");
  for (const char* unit : {"140101-2", "140101-3"}) pair.enter(unit);
  auto& engine = pair.gmina.engine();
  // An upstream that refuses every batch with the poisonous record in it.
  std::deque<v1::SignedBatch> sent;
  const auto take = [&](node::Engine::Output output) {
    EXPECT_TRUE(output.closes.empty());
    for (auto& [session, batch] : output.batches) sent.push_back(std::move(batch));
  };
  take(engine.open_submit(700, "PL", kElectionDayMs));
  std::size_t alone = 0;
  int handled = 0;
  while (!sent.empty() && ++handled < 50) {
    v1::Batch batch;
    ASSERT_TRUE(batch.ParseFromString(sent.front().payload()));
    v1::Receipt receipt;
    receipt.set_batch(trust::digest_of(sent.front().payload()).str());
    sent.pop_front();
    receipt.set_election(pair.election.id());
    receipt.set_receiver("PL");
    receipt.set_sequence(batch.sequence());
    *receipt.mutable_log() = pair.centre.core().checkpoint();
    for (int i = 0; i < batch.entries_size(); ++i) {
      if (batch.entries(i).record() == poison) receipt.set_refused("malformed");
      receipt.add_outcomes()->set_admitted_at(77);
    }
    if (!receipt.refused().empty()) receipt.clear_outcomes();
    alone += batch.entries_size() == 1;
    take(engine.receive_receipt(700, "PL", node::seal_receipt(pair.centre.identity(), receipt),
                                kElectionDayMs));
  }
  EXPECT_GE(alone, 3u);
  ASSERT_EQ(pair.gmina.core().refused_upstream().size(), 1u);
  EXPECT_EQ(pair.gmina.core().refused_upstream().begin()->first,
            *pair.gmina.core().position_of(record_id(poison)));
  EXPECT_EQ(pair.gmina.core().settled_at("PL"), pair.gmina.core().size());
}

// ---- a full disk ----

TEST(Recovery, NothingIsAcknowledgedWhileTheDiskIsFull) {
  Pair pair;
  pair.define();
  pair.centre.store().set_full(true);
  pair.wires.delivered.clear();
  const Bytes record = pair.enter();
  pair.wires.run();
  ASSERT_FALSE(pair.wires.failures.empty());
  EXPECT_EQ(pair.wires.failures.front().code, ErrorCode::kNoSpace);
  for (const Wires::Delivered& one : pair.wires.delivered) EXPECT_FALSE(one.is_receipt);
  EXPECT_FALSE(pair.centre.has(record));
  EXPECT_FALSE(pair.wires.connected(pair.centre)) << "every stream has ended";
  EXPECT_EQ(pair.centre.core().counters().commits_failed, 1u);

  pair.centre.store().set_full(false);
  pair.reconnect();
  EXPECT_TRUE(pair.centre.has(record));
  EXPECT_EQ(received(pair.centre), 1u);
}

TEST(Recovery, ADefinitionThatDidNotFitIsTakenInWholeLater) {
  Pair pair;
  pair.centre.store().set_full(true);
  auto failed =
      pair.centre.engine().submit(1, pair.election.first().record, pair.parts(), kElectionDayMs);
  ASSERT_TRUE(failed.failure.has_value());
  EXPECT_TRUE(failed.outcomes.empty());
  EXPECT_FALSE(pair.centre.core().has_definition());
  pair.centre.store().set_full(false);
  auto done =
      pair.centre.engine().submit(2, pair.election.first().record, pair.parts(), kElectionDayMs);
  ASSERT_EQ(done.outcomes.size(), 1u);
  EXPECT_TRUE(done.outcomes[0].outcome.has_admitted_at());
  // Whatever the log needs is in the store: a new engine can be made from it.
  pair.centre.restart();
  ASSERT_TRUE(pair.centre.core().has_definition());
  EXPECT_NE(pair.centre.core().projection().tally(), nullptr);
  EXPECT_TRUE(
      pair.centre.core().projection().tally()->has({*model::ContestId::parse(kContest), 1}));
}

TEST(Recovery, AFailedSecondSignatureOfAManifestDoesNotTakeTheManifestAway) {
  Pair pair;
  pair.define();
  const Holder& second = pair.election.national(2);
  v1::Body body;
  *body.mutable_manifest() = pair.election.first().manifest;
  const Bytes again = trust::sign_record({second.key, *second.certificate, "urna-test 0"}, body, "",
                                         kElectionDayMs);
  pair.wires.disconnect(pair.gmina);
  pair.centre.store().set_full(true);
  pair.centre.engine().submit(1, again, {second.certificate->der}, kElectionDayMs);
  pair.centre.store().set_full(false);
  EXPECT_TRUE(pair.centre.core().has_definition());
  const Bytes record = pair.enter();
  pair.reconnect();
  EXPECT_TRUE(pair.centre.has(record));
}

// ---- stores that come back from a backup ----

TEST(Recovery, ARestoredUpstreamTakesANewLogIdAndGetsEverythingAgain) {
  Pair pair;
  pair.define();
  const Bytes kept = pair.enter("140101-1");
  pair.wires.run();
  auto backup = pair.centre.store().backup();
  const Bytes lost = pair.enter("140101-2");
  pair.wires.run();
  ASSERT_TRUE(pair.centre.has(lost));
  const LogId before = pair.centre.core().log_id();

  pair.wires.disconnect(pair.gmina);
  pair.centre.restore(std::move(backup));
  ASSERT_FALSE(pair.centre.has(lost));
  pair.wires.delivered.clear();
  pair.reconnect();
  pair.reconnect();

  EXPECT_NE(pair.centre.core().log_id(), before);
  std::size_t duplicates = 0;
  for (const Wires::Delivered& one : pair.wires.delivered) {
    if (!one.is_receipt) continue;
    EXPECT_NE(one.receipt.log().log_id(), before.view()) << "a receipt under the forked log's id";
    for (const v1::Outcome& outcome : one.receipt.outcomes())
      duplicates += outcome.has_duplicate_of();
  }
  EXPECT_GE(duplicates, 1u);
  EXPECT_TRUE(pair.centre.has(kept));
  EXPECT_TRUE(pair.centre.has(lost)) << "what the backup did not hold is sent again";
  EXPECT_EQ(received(pair.centre), 2u);
}

TEST(Recovery, ARestoredSenderLearnsOfItFromTheFirstReceipt) {
  Pair pair;
  pair.define();
  auto backup = pair.gmina.store().backup();
  const Bytes lost = pair.enter("140101-1");
  pair.wires.run();
  const LogId before = pair.gmina.core().log_id();

  pair.wires.disconnect(pair.gmina);
  pair.gmina.restore(std::move(backup));
  const Bytes fresh = pair.enter("140101-2");
  pair.reconnect();
  pair.reconnect();
  EXPECT_NE(pair.gmina.core().log_id(), before);
  EXPECT_TRUE(pair.centre.has(lost));
  EXPECT_TRUE(pair.centre.has(fresh));
}

TEST(Recovery, ARestoredSenderLearnsOfItEvenWhenTheFirstReceiptIsLost) {
  Pair pair;
  pair.define();
  auto backup = pair.gmina.store().backup();
  pair.enter("140101-1");
  pair.wires.run();
  const LogId before = pair.gmina.core().log_id();
  pair.wires.disconnect(pair.gmina);
  pair.gmina.restore(std::move(backup));
  pair.wires.lose_receipts = true;
  pair.reconnect();
  pair.wires.lose_receipts = false;
  EXPECT_EQ(pair.gmina.core().log_id(), before);
  pair.reconnect();
  EXPECT_NE(pair.gmina.core().log_id(), before);
}

// ---- nodes that may not speak ----

TEST(Recovery, ARevokedNodeIsNamedAndItsBatchesAreRefused) {
  Pair pair;
  pair.define();
  const Bytes revocation = pair.election.sign(
      pair.election.national(), SmallElection::revocation(pair.election.node("140101")));
  pair.wires.enter(pair.centre, revocation);
  EXPECT_EQ(pair.wires.revoked, std::vector{pair.election.node("140101").id()});
  const v1::Receipt receipt = pair.receipt_for(pair.batch_of({pair.signed_protocol()}, {}));
  EXPECT_EQ(receipt.refused(), "revoked");
  EXPECT_EQ(receipt.outcomes_size(), 0);
  EXPECT_EQ(received(pair.centre), 0u);
}

TEST(Recovery, ARevocationOfTheNodeStillHoldsAfterARestart) {
  Pair pair;
  pair.define();
  pair.wires.enter(pair.centre,
                   pair.election.sign(pair.election.national(),
                                      SmallElection::revocation(pair.election.node("140101"))));
  pair.centre.restart();
  EXPECT_EQ(pair.receipt_for(pair.batch_of({}, {})).refused(), "revoked");
}

// The authority to revoke is judged by the unit a revocation names: naming one's own unit beside a
// stranger's key takes nothing from the stranger.
TEST(Recovery, ARevocationThatNamesAnotherUnitTakesNothingAway) {
  Pair pair;
  pair.define();
  pair.enter(kPrecinct);
  pair.wires.run();
  for (const Holder* holder : {&pair.election.chair(kPrecinct), &pair.election.node("140101")}) {
    v1::Body body = SmallElection::revocation(*holder);
    body.mutable_revocation()->set_unit("146200");
    pair.wires.enter(pair.centre, pair.election.sign(pair.election.national(), body));
  }
  EXPECT_EQ(received(pair.centre), 1u);
  EXPECT_EQ(pair.receipt_for(pair.batch_of({}, {})).refused(), "");
  pair.wires.enter(pair.centre,
                   pair.election.sign(pair.election.national(),
                                      SmallElection::revocation(pair.election.chair(kPrecinct))));
  EXPECT_EQ(received(pair.centre), 0u);
}

// ---- blobs nobody asked for ----

TEST(Recovery, UnsolicitedBlobsAreNotStored) {
  Pair pair;
  pair.define();
  const Bytes stranger = "not named by any manifest";
  const Bytes certificate = pair.election.chair("140101-3").certificate->der;
  const v1::Receipt receipt = pair.receipt_for(pair.batch_of({}, {stranger, certificate}));
  EXPECT_TRUE(receipt.refused().empty());
  const auto stored = pair.centre.store().blob(trust::digest_of(stranger));
  ASSERT_TRUE(stored.has_value());
  EXPECT_FALSE(stored->has_value());
  const auto unused = pair.centre.store().blob(trust::digest_of(certificate));
  ASSERT_TRUE(unused.has_value());
  EXPECT_FALSE(unused->has_value()) << "a certificate that signed nothing here";
}

// A gmina between the centre and a precinct.
struct Three {
  SmallElection election;
  TestNode centre{election, "PL"};
  TestNode gmina{election, "140101"};
  TestNode precinct{election, kPrecinct};
  Wires wires;

  Three() {
    wires.connect(gmina, centre);
    take(centre, election.first());
    wires.run();
  }
  v1::Outcome take(TestNode& node, const Version& version) {
    std::vector<Bytes> blobs = version.parts;
    blobs.push_back(election.national().certificate->der);
    return wires.enter(node, version.record, blobs);
  }
  Bytes enter(TestNode& node, std::uint32_t votes = 100) {
    const Bytes record = election.sign_by_chair(election.protocol(kPrecinct, kContest, votes));
    wires.enter(node, record, {election.chair(kPrecinct).certificate->der});
    return record;
  }
  void again(TestNode& lower, TestNode& upper) {
    for (int i = 0; i < 3; ++i) {
      wires.disconnect(lower);
      wires.connect(lower, upper);
      wires.run();
    }
  }
};

TEST(Recovery, ANodeThatBeginsAnewGetsBackWhatCameFromIt) {
  Three three;
  auto backup = three.gmina.store().backup();
  const Bytes typed = three.enter(three.gmina);
  three.wires.run();
  ASSERT_TRUE(three.centre.has(typed));
  three.wires.disconnect(three.gmina);

  three.gmina.restore(std::move(backup));
  three.again(three.gmina, three.centre);
  EXPECT_TRUE(three.gmina.has(typed)) << "from an old copy";

  LogId empty;
  empty.bytes.fill(9);
  three.wires.disconnect(three.gmina);
  three.gmina.restore(std::make_unique<journal::MemoryStore>(empty));
  three.again(three.gmina, three.centre);
  EXPECT_TRUE(three.gmina.has(typed)) << "from nothing";
}

// The precinct sent straight to the centre while the gmina was away; the gmina knows the protocol
// only from the centre, which then loses it.
TEST(Recovery, AnUpstreamThatBeginsAnewGetsBackWhatCameDownFromIt) {
  Three three;
  three.wires.connect(three.precinct, three.gmina);
  three.wires.run();
  three.wires.disconnect(three.precinct);
  auto backup = three.centre.store().backup();
  const Bytes record = three.enter(three.precinct);
  three.wires.connect(three.precinct, three.centre);
  three.wires.run();
  ASSERT_TRUE(three.gmina.has(record));
  three.wires.disconnect(three.precinct);
  three.wires.disconnect(three.gmina);

  three.centre.restore(std::move(backup));
  three.again(three.gmina, three.centre);
  EXPECT_TRUE(three.centre.has(record));
}

TEST(Recovery, AnUpstreamRestoredWhileTheDiskBelowIsFullIsRefilledOnceThereIsRoom) {
  Three three;
  auto backup = three.centre.store().backup();
  const Bytes lost = three.enter(three.gmina);
  three.wires.run();
  ASSERT_TRUE(three.centre.has(lost));
  three.wires.disconnect(three.gmina);
  three.centre.restore(std::move(backup));
  three.gmina.store().set_full(true);
  three.wires.connect(three.gmina, three.centre);
  three.wires.run();
  three.gmina.store().set_full(false);
  three.again(three.gmina, three.centre);
  EXPECT_TRUE(three.centre.has(lost));
}

// 300 records miss the same slice: it travels once with each batch that is tried again.
TEST(Recovery, MissingPartsTravelOncePerBatch) {
  Three three;
  three.wires.disconnect(three.gmina);
  const Version& version = three.election.change_slice("assembly-14");
  ASSERT_TRUE(three.take(three.gmina, version).has_admitted_at());
  for (std::uint32_t votes = 1; votes <= 300; ++votes) {
    const auto body = three.election.protocol(kPrecinct, "assembly-14", votes);
    three.wires.enter(three.gmina, three.election.sign_by_chair(body),
                      {three.election.chair(kPrecinct).certificate->der});
  }
  three.wires.delivered.clear();
  three.wires.connect(three.gmina, three.centre);
  three.wires.run();
  std::size_t entries = 0;
  for (const Wires::Delivered& one : three.wires.delivered) {
    if (one.is_receipt || one.follow) continue;
    const std::set<std::string> distinct(one.batch.blobs().begin(), one.batch.blobs().end());
    EXPECT_EQ(static_cast<std::size_t>(one.batch.blobs_size()), distinct.size());
    entries += static_cast<std::size_t>(one.batch.entries_size());
  }
  EXPECT_GT(entries, 300u);  // some were tried again
  EXPECT_EQ(three.centre.core().size(), three.gmina.core().size());
}

TEST(Recovery, AReceiptOfARevokedUpstreamSettlesNothing) {
  Three three;
  three.wires.run();
  three.wires.disconnect(three.gmina);
  const Bytes revocation = three.election.sign(
      three.election.national(), SmallElection::revocation(three.election.node("PL")));
  ASSERT_TRUE(
      three.wires.enter(three.gmina, revocation, {three.election.national().certificate->der})
          .has_admitted_at());
  const Bytes record = three.enter(three.gmina);
  const std::uint64_t before = three.gmina.core().settled_at("PL");
  three.wires.submit(three.gmina, three.centre);
  three.wires.run();
  EXPECT_EQ(three.gmina.core().settled_at("PL"), before);
  EXPECT_FALSE(three.wires.connected(three.gmina));
}

TEST(Recovery, ARefusalFromAboveIsRememberedOverARestart) {
  Three three;
  three.wires.disconnect(three.gmina);
  const Bytes record = three.enter(three.gmina);
  auto& engine = three.gmina.engine();
  auto output = engine.open_submit(700, "PL", kElectionDayMs);
  for (int i = 0; i < 3 && !output.batches.empty(); ++i) {
    v1::Batch batch;
    ASSERT_TRUE(batch.ParseFromString(output.batches[0].second.payload()));
    v1::Receipt receipt;
    receipt.set_batch(trust::digest_of(output.batches[0].second.payload()).str());
    receipt.set_election(three.election.id());
    receipt.set_receiver("PL");
    receipt.set_sequence(batch.sequence());
    *receipt.mutable_log() = three.centre.core().checkpoint();
    for (int at = 0; at < batch.entries_size(); ++at) {
      receipt.add_outcomes()->mutable_refused()->set_code("checks_failed");
    }
    output = engine.receive_receipt(700, "PL", node::seal_receipt(three.centre.identity(), receipt),
                                    kElectionDayMs);
  }
  const auto refused = three.gmina.core().refused_upstream();
  ASSERT_FALSE(refused.empty());
  three.gmina.restart();
  EXPECT_EQ(three.gmina.core().refused_upstream(), refused);
}

TEST(Recovery, AnUpstreamThatLeavesABatchUnansweredIsGivenUp) {
  Three three;
  three.wires.disconnect(three.gmina);
  auto& engine = three.gmina.engine();
  EXPECT_EQ(engine.open_submit(700, "PL", kElectionDayMs).batches.size(), 1u);
  EXPECT_TRUE(engine.tick(kElectionDayMs + 59'000).closes.empty());
  EXPECT_EQ(engine.tick(kElectionDayMs + 61'000).closes.size(), 1u);
}

}  // namespace
}  // namespace urna::tests
