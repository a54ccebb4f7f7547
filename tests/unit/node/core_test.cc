// The core alone, with commits that succeed or fail while others wait.
#include "common/node/core.h"

#include <gtest/gtest.h>

#include <set>

#include "common/trust/sha256.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

struct Fixture {
  SmallElection election;
  trust::CertificateBook certificates{election.anchors()};
  node::Core core{{election.election_id(), *model::UnitId::parse("PL"), true}};

  Fixture() { core.restore_log(LogId{}, {}); }
  node::Actions enter(const Bytes& record, std::vector<Bytes> blobs) {
    node::LocalRecord local = node::open_local(record, blobs, certificates);
    local.at_ms = kElectionDayMs;
    node::Actions actions;
    core.on_local(std::move(local), actions);
    return actions;
  }
  node::Actions enter(const Version& version) {
    std::vector<Bytes> blobs = version.parts;
    blobs.push_back(election.national().certificate->der);
    return enter(version.record, blobs);
  }
  node::Actions committed(bool ok) {
    node::Actions actions;
    core.on_committed(ok, actions);
    return actions;
  }
};

TEST(Core, WritesOneCommitAtATime) {
  Fixture f;
  const Version& first = f.election.first();
  EXPECT_TRUE(f.enter(first).commit.has_value());
  const Version& second = f.election.change_slice("council-140101");
  EXPECT_FALSE(f.enter(second).commit.has_value()) << "waits for the one under way";
  EXPECT_EQ(f.core.size(), 0u) << "nothing is in the log before it is durable";
  const node::Actions next = f.committed(true);
  EXPECT_EQ(f.core.size(), 1u);
  ASSERT_TRUE(next.commit.has_value());
  EXPECT_EQ(next.commit->commit.election_base, 1u);
  f.committed(true);
  EXPECT_EQ(f.core.size(), 2u);
  EXPECT_TRUE(f.core.idle());
}

// The first manifest is durable, the second is not: only the first may rule the tallies.
TEST(Core, AManifestRulesOnlyOnceItIsDurable) {
  Fixture f;
  f.enter(f.election.first());
  const Bytes old_slice = f.election.slice("council-140101");
  f.enter(f.election.change_slice("council-140101"));
  f.committed(true);
  const model::ContestRound contest{*model::ContestId::parse("council-140101"), 1};
  const Digest expected = trust::digest_of(old_slice);
  ASSERT_NE(f.core.projection().tally(), nullptr);
  EXPECT_EQ(f.core.projection().tally()->slice(contest).digest(), expected);
  f.committed(false);
  EXPECT_EQ(f.core.projection().tally()->slice(contest).digest(), expected);
  EXPECT_EQ(f.core.book().in_force()->version(), 1u);
}

TEST(Core, WhatWaitedOnAFailedCommitIsDroppedWithIt) {
  Fixture f;
  f.enter(f.election.first());
  f.enter(f.election.sign_by_chair(f.election.protocol("140101-1", "council-140101")),
          {f.election.chair("140101-1").certificate->der});
  const node::Actions after = f.committed(false);
  EXPECT_FALSE(after.commit.has_value());
  EXPECT_TRUE(f.core.idle());
  EXPECT_EQ(f.core.size(), 0u);
  EXPECT_FALSE(f.core.has_definition());
}

// A batch already on its way when a followed stream was given up must not move the cursor.
TEST(Core, AFollowedStreamThatWasGivenUpMovesNoCursor) {
  Fixture f;
  const auto batch = [&](std::uint64_t position, std::vector<Bytes> records) {
    node::InboundBatch inbound;
    inbound.session = 9;
    inbound.at_ms = kElectionDayMs;
    inbound.sender = "140100";
    inbound.log.set_log_id(Bytes(16, 'l'));
    inbound.scanned_to = position + 1;
    for (Bytes& record : records) {
      node::InboundEntry entry;
      entry.position = position;
      entry.opened = trust::open_record(record, f.certificates);
      entry.bytes = std::move(record);
      inbound.entries.push_back(std::move(entry));
    }
    return inbound;
  };
  f.core.on_following(9, "140100");
  node::Actions actions;
  f.core.on_batch(batch(4, {f.election.first().record}), actions);
  ASSERT_EQ(actions.closes.size(), 1u) << "the certificate is missing: asked for on a new stream";
  f.core.on_batch(batch(5, {}), actions);
  const v1::FollowRequest request = f.core.follow_request("140100");
  EXPECT_EQ(request.position(), 4u);
  ASSERT_EQ(request.wanted_size(), 1);
  EXPECT_EQ(request.wanted(0), f.election.national().id().str());
}

// With no entry for this node in what it begins anew with, how far it has looked shows it.
TEST(Core, AnUpstreamThatIsBackBeforeWhatItHadLookedAtIsGivenEverythingAgain) {
  Fixture f;
  f.core.restore_cursor({"140100", journal::Cursor::Kind::kUpstream, LogId{}.str(), 3, 0, {}, 0});
  f.core.restore_receipt("140100", "its last");
  f.core.on_following(9, "140100");
  const auto looked_at = [&](std::uint64_t scanned_to) {
    node::InboundBatch inbound;
    inbound.session = 9;
    inbound.at_ms = kElectionDayMs;
    inbound.sender = "140100";
    inbound.log.set_log_id(Bytes(16, 'l'));
    inbound.scanned_to = scanned_to;
    node::Actions actions;
    f.core.on_batch(std::move(inbound), actions);
  };
  auto settled = [&, session = node::SessionId{20}]() mutable {
    node::Actions actions;
    f.core.on_submit_open(++session, "140100", kElectionDayMs, actions);
    return actions.batches.at(0).batch.scanned_to();
  };
  looked_at(4);
  looked_at(5);
  looked_at(5);
  EXPECT_EQ(settled(), 3u);
  looked_at(2);
  EXPECT_EQ(settled(), 0u);
}

// A gmina's core below PL, with the log it wrote.
struct Below {
  SmallElection election;
  trust::CertificateBook certificates{election.anchors()};
  node::Core core{{election.election_id(), *model::UnitId::parse("140101"), false}};
  std::vector<journal::StoredEntry> log;

  Below() { core.restore_log(LogId{}, {}); }
  // Everything that waits to be written.
  node::Actions commit(node::Actions done = {}) {
    while (core.commit_in_flight()) {
      for (const journal::ElectionEntry& entry : done.commit->commit.election) {
        log.push_back({log.size(), entry});
      }
      done = {};
      core.on_committed(true, done);
    }
    return done;
  }
  node::Actions enter(const Bytes& record, const std::vector<Bytes>& blobs) {
    node::LocalRecord local = node::open_local(record, blobs, certificates);
    local.at_ms = kElectionDayMs;
    node::Actions actions;
    core.on_local(std::move(local), actions);
    return commit(std::move(actions));
  }
  node::Actions enter_definition() {
    std::vector<Bytes> blobs = election.first().parts;
    blobs.push_back(election.national().certificate->der);
    return enter(election.first().record, blobs);
  }
  node::Actions enter_protocol() {
    return enter(election.sign_by_chair(election.protocol("140101-1", "council-140101", 100)),
                 {election.chair("140101-1").certificate->der});
  }
  // Opens stream 1 to PL, whose log is 'a'. What is read for it then.
  node::Actions greet() {
    node::Actions opened;
    core.on_submit_open(1, "PL", kElectionDayMs, opened);
    const Digest greeting = trust::digest_of("greeting");
    core.on_sealed(1, 1, greeting);
    node::InboundReceipt receipt;
    receipt.session = 1;
    receipt.at_ms = kElectionDayMs;
    receipt.receipt.set_sequence(1);
    receipt.receipt.set_batch(greeting.str());
    receipt.receipt.mutable_log()->set_log_id(std::string(16, 'a'));
    node::Actions answered;
    core.on_receipt(receipt, answered);
    return answered;
  }
  // A batch from PL on stream 2.
  node::Actions follow(char log_id, const Version* brings = nullptr) {
    core.on_following(2, "PL");
    node::InboundBatch batch;
    batch.session = 2;
    batch.at_ms = kElectionDayMs;
    batch.sender = "PL";
    batch.log.set_log_id(std::string(16, log_id));
    if (brings != nullptr) {
      certificates.add(election.national().certificate->der);
      batch.parts = brings->blobs();
      node::InboundEntry entry;
      entry.opened = trust::open_record(brings->record, certificates);
      entry.bytes = brings->record;
      batch.entries.push_back(std::move(entry));
      batch.scanned_to = 1;
    }
    node::Actions actions;
    core.on_batch(std::move(batch), actions);
    return actions;
  }
};

// The upstream's log turns out to be another one while entries are being read for it: it is given
// everything, not what comes after that read.
TEST(Core, WhatWasBeingReadIsNotSentWhenItMustBeginAgain) {
  Below b;
  b.enter_definition();
  const node::Actions answered = b.greet();
  ASSERT_EQ(answered.reads.size(), 1u);
  node::Actions sent;
  b.core.on_read(answered.reads[0], b.log, {}, sent);
  ASSERT_EQ(sent.batches.size(), 1u);
  b.commit(answered);
  b.commit(b.follow('a'));
  const node::Actions later = b.enter_protocol();
  ASSERT_EQ(later.reads.size(), 1u);
  ASSERT_EQ(later.reads[0].scanned_from, 1u);
  b.follow('b');
  node::Actions read;
  b.core.on_read(later.reads[0], {b.log.back()}, {}, read);
  EXPECT_TRUE(read.batches.empty());
  ASSERT_EQ(read.reads.size(), 1u);
  EXPECT_EQ(read.reads[0].positions, (std::vector<std::uint64_t>{0, 1}));
}

// The same where it began, but without what came from there.
TEST(Core, WhatWasBeingReadIsNotSentWhenMoreMustBeGivenFromThereOn) {
  Below b;
  b.commit(b.follow('a', &b.election.first()));
  b.enter_protocol();
  ASSERT_EQ(b.log.size(), 2u);
  const node::Actions answered = b.greet();
  ASSERT_EQ(answered.reads.size(), 1u);
  ASSERT_EQ(answered.reads[0].scanned_from, 0u);
  ASSERT_EQ(answered.reads[0].positions, (std::vector<std::uint64_t>{1}));
  b.commit(answered);
  b.commit(b.follow('b'));
  node::Actions read;
  b.core.on_read(answered.reads[0], {b.log.back()}, {}, read);
  EXPECT_TRUE(read.batches.empty());
  ASSERT_EQ(read.reads.size(), 1u);
  EXPECT_EQ(read.reads[0].positions, (std::vector<std::uint64_t>{0, 1}));
}

// ---- what an upstream says of this log ----

// A gmina below the centre, whose receipts are written by hand.
struct Sending {
  SmallElection election;
  node::Core core{{election.election_id(), *model::UnitId::parse("140101"), false}};
  Digest batch = trust::digest_of("batch");

  Sending() { core.restore_log(LogId{}, {}); }
  // The greeting of a new stream is answered: the centre remembers a log of this id.
  node::Actions greet(node::SessionId session, const Bytes& remembered,
                      node::PrefixVerdict verdict = node::PrefixVerdict::kUnknown) {
    node::Actions actions;
    core.on_submit_open(session, "PL", kElectionDayMs, actions);
    core.on_sealed(session, 1, batch);
    node::InboundReceipt inbound;
    inbound.session = session;
    inbound.at_ms = kElectionDayMs;
    inbound.sender_log = verdict;
    inbound.fresh_log_id.emplace();
    inbound.fresh_log_id->bytes.fill(static_cast<unsigned char>(session));
    inbound.receipt.set_sequence(1);
    inbound.receipt.set_batch(batch.str());
    inbound.receipt.mutable_log()->set_log_id(Bytes(16, 'c'));
    inbound.receipt.mutable_sender_log()->set_log_id(remembered);
    core.on_receipt(std::move(inbound), actions);
    return actions;
  }
  void committed(bool ok) {
    node::Actions actions;
    core.on_committed(ok, actions);
  }
};

// The centre has heard of the id under which the log was to go on; it did not.
TEST(Core, AnIdThatWasNeverWrittenDownIsNoneOfItsOwn) {
  Sending s;
  s.greet(1, Bytes(16, 'x'));
  const LogId taken = s.core.log_id();
  ASSERT_NE(taken, LogId{});
  s.committed(false);
  ASSERT_EQ(s.core.log_id(), LogId{});
  s.greet(2, taken.str());
  EXPECT_NE(s.core.log_id(), LogId{}) << "it takes another";
  s.committed(true);
  const LogId now = s.core.log_id();
  s.greet(3, taken.str());
  EXPECT_EQ(s.core.log_id(), now) << "once";
}

TEST(Core, AReceiptIsNotTakenWhileTheLogCannotBeCompared) {
  Sending s;
  const node::Actions actions = s.greet(1, LogId{}.str(), node::PrefixVerdict::kUnreadable);
  ASSERT_EQ(actions.closes.size(), 1u);
  EXPECT_FALSE(actions.commit.has_value());
  EXPECT_EQ(s.core.log_id(), LogId{});
}

// ---- what a sender is taken to have ----

// A centre with a definition, and a gmina below it that sends batches and asks for what is new.
struct Served {
  static constexpr const char* kGmina = "140101";
  Fixture f;

  Served() {
    f.enter(f.election.first());
    f.committed(true);
  }
  Bytes protocol(const std::string& unit, std::uint32_t votes = 100) {
    return f.election.sign_by_chair(f.election.protocol(unit, "council-140101", votes));
  }
  node::InboundBatch batch(node::SessionId session, std::uint64_t sequence, std::uint64_t size,
                           const std::vector<Bytes>& records = {}, char log = 'l') {
    f.certificates.add(f.election.chair("140101-1").certificate->der);
    f.certificates.add(f.election.chair("140101-2").certificate->der);
    node::InboundBatch inbound;
    inbound.session = session;
    inbound.at_ms = kElectionDayMs;
    inbound.sender = kGmina;
    inbound.sequence = sequence;
    inbound.log.set_log_id(Bytes(16, log));
    inbound.log.set_size(size);
    inbound.scanned_to = size;
    for (const Bytes& record : records) {
      node::InboundEntry entry;
      entry.position = size - records.size() + inbound.entries.size();
      entry.opened = trust::open_record(record, f.certificates);
      entry.bytes = record;
      inbound.entries.push_back(std::move(entry));
    }
    return inbound;
  }
  // The one receipt of its commit.
  v1::Receipt take(node::InboundBatch inbound) {
    node::Actions actions;
    f.core.on_batch(std::move(inbound), actions);
    EXPECT_TRUE(actions.commit.has_value());
    EXPECT_EQ(actions.commit->receipts.size(), 1u);
    f.committed(true);
    return actions.commit->receipts.at(0).receipt;
  }
  // Asks for everything from `position`.
  node::Actions follow(std::uint64_t position) {
    v1::FollowRequest request;
    request.set_log_id(f.core.log_id().str());
    request.set_position(position);
    node::Actions actions;
    f.core.on_follow_open(77, kGmina, request, node::PrefixVerdict::kPrefix, actions);
    return actions;
  }
  std::vector<std::uint64_t> given(const node::Actions& actions) {
    return actions.reads.empty() ? std::vector<std::uint64_t>{} : actions.reads[0].positions;
  }
};

using Positions = std::vector<std::uint64_t>;

TEST(Core, WhatASenderSentIsNotGivenBackToIt) {
  Served s;
  s.take(s.batch(5, 1, 0));
  s.take(s.batch(5, 2, 1, {s.protocol("140101-1")}));
  ASSERT_EQ(s.f.core.size(), 2u);
  EXPECT_EQ(s.given(s.follow(1)), Positions{});
}

// It may have been written by a disk that is lost since.
TEST(Core, WhatAMediumBroughtIsGivenToItsWriterToo) {
  Served s;
  node::InboundBatch medium = s.batch(5, 1, 1, {s.protocol("140101-1")});
  medium.from_medium = true;
  s.take(std::move(medium));
  ASSERT_EQ(s.f.core.size(), 2u);
  EXPECT_EQ(s.given(s.follow(1)), Positions{1});
}

TEST(Core, AMediumReplacesNoStreamOfItsWriter) {
  Served s;
  node::InboundBatch medium = s.batch(900, 1, 1, {s.protocol("140101-1")});
  medium.from_medium = true;
  s.take(s.batch(5, 1, 0));
  s.take(std::move(medium));
  s.take(s.batch(5, 2, 2, {s.protocol("140101-2", 60)}));
  ASSERT_EQ(s.f.core.size(), 3u);
  EXPECT_EQ(s.given(s.follow(1)), Positions{1}) << "the medium's alone";
}

// What the writer's log is now is told by the writer itself, not by what was carried here.
TEST(Core, AMediumSaysNothingOfItsWritersLogToday) {
  Served s;
  node::InboundBatch medium = s.batch(6, 2, 9);
  medium.from_medium = true;
  s.take(std::move(medium));
  EXPECT_FALSE(s.take(s.batch(7, 1, 3)).has_sender_log());
}

// Or a sender restored since would never learn of it.
TEST(Core, AnOldBatchThatComesOnceMoreChangesNothingThatIsRememberedOfItsSender) {
  for (const node::SessionId session : {3, 9}) {
    Served s;
    s.take(s.batch(5, 1, 0));
    s.take(s.batch(5, 2, 3));
    s.take(s.batch(session, 2, 2, {}, 'k'));
    s.take(s.batch(session + 1, 3, 9));
    const v1::Receipt greeted = s.take(s.batch(10, 1, 2));
    EXPECT_EQ(greeted.sender_log().log_id(), Bytes(16, 'l')) << session;
    EXPECT_EQ(greeted.sender_log().size(), 3u) << session;
  }
}

TEST(Core, AGreetingThatComesOnceMoreDoesNotEndWhatIsRememberedOfItsSender) {
  Served s;
  s.take(s.batch(5, 1, 0));
  s.take(s.batch(9, 1, 0));
  s.take(s.batch(5, 2, 3));
  EXPECT_EQ(s.take(s.batch(10, 1, 3)).sender_log().size(), 3u);
}

// Its sender was told of the log that the other stream then replaced.
TEST(Core, AStreamThatWasToldOfAnotherLogDoesNotReplaceTheNewOne) {
  Served s;
  s.take(s.batch(5, 1, 0));
  s.take(s.batch(9, 1, 0));
  s.take(s.batch(5, 2, 3, {}, 'm'));
  s.take(s.batch(9, 2, 4, {}, 'k'));
  const v1::Receipt greeted = s.take(s.batch(10, 1, 4, {}, 'k'));
  EXPECT_EQ(greeted.sender_log().log_id(), Bytes(16, 'm'));
  EXPECT_EQ(greeted.sender_log().size(), 3u);
}

// It was told which log, which is enough: more of it has come on a stream of a life before.
TEST(Core, ASenderUnderANewIdIsRememberedThoughMoreOfItsOldLogCameMeanwhile) {
  Served s;
  s.take(s.batch(5, 1, 5));
  s.take(s.batch(9, 1, 5, {}, 'k'));
  s.take(s.batch(5, 2, 8));
  s.take(s.batch(9, 2, 6, {}, 'k'));
  EXPECT_EQ(s.take(s.batch(10, 1, 6, {}, 'k')).sender_log().log_id(), Bytes(16, 'k'));
}

// Two lives, or two machines, under one id: whoever goes on is told of what the other brought.
TEST(Core, ASenderIsToldWhenAnotherStreamBroughtMoreOfItsLog) {
  Served s;
  s.take(s.batch(5, 1, 1));
  s.take(s.batch(9, 1, 1));
  EXPECT_FALSE(s.take(s.batch(5, 2, 3)).has_sender_log());
  const v1::Receipt told = s.take(s.batch(9, 2, 4));
  EXPECT_EQ(told.sender_log().size(), 3u);
  EXPECT_FALSE(s.take(s.batch(9, 3, 5)).has_sender_log()) << "it has been told";
  EXPECT_EQ(s.take(s.batch(5, 3, 4)).sender_log().size(), 5u);
}

// A log that cannot be read just now proves nothing, for or against.
TEST(Core, NothingIsAnsweredWhileTheLogCannotBeCompared) {
  Served s;
  node::InboundBatch batch = s.batch(5, 1, 0);
  batch.receiver_log = node::PrefixVerdict::kUnreadable;
  node::Actions actions;
  s.f.core.on_batch(std::move(batch), actions);
  EXPECT_FALSE(actions.commit.has_value());
  EXPECT_EQ(actions.closes.size(), 1u);
  node::Actions followed;
  s.f.core.on_follow_open(77, Served::kGmina, {}, node::PrefixVerdict::kUnreadable, followed);
  EXPECT_EQ(followed.closes.size(), 1u);
  EXPECT_TRUE(followed.reads.empty());
}

// What came from a peer that begins anew is given back, also what is being written just then.
TEST(Core, APeerThatBeginsAnewIsGivenBackWhatIsBeingWritten) {
  Served s;
  s.take(s.batch(5, 1, 0));
  s.take(s.batch(5, 2, 1, {s.protocol("140101-1")}));
  node::Actions writing;
  s.f.core.on_batch(s.batch(5, 3, 2, {s.protocol("140101-2", 60)}), writing);
  ASSERT_TRUE(writing.commit.has_value());
  EXPECT_EQ(s.given(s.follow(0)), Positions{}) << "first it is written down that all goes back";
  const node::Actions durable = s.f.committed(true);
  ASSERT_TRUE(durable.commit.has_value());
  EXPECT_TRUE(durable.reads.empty()) << "that is not written down yet";
  node::Actions ticked;
  s.f.core.on_tick(kElectionDayMs + 60'000, ticked);
  EXPECT_TRUE(ticked.reads.empty());
  const node::Actions after = s.f.committed(true);
  ASSERT_EQ(after.reads.size(), 1u);
  EXPECT_EQ(after.reads[0].positions, (Positions{0, 1, 2}));
}

TEST(Core, APeerThatBeganAnewIsNotGivenBackWhatItSendsThen) {
  Served s;
  s.take(s.batch(5, 1, 0));
  s.take(s.batch(5, 2, 1, {s.protocol("140101-1")}));
  s.follow(0);
  s.f.committed(true);
  s.f.core.on_closed(77);
  s.take(s.batch(5, 3, 2, {s.protocol("140101-2", 60)}));
  EXPECT_EQ(s.given(s.follow(1)), Positions{1}) << "not the one that came after it began";
}

// What was signed under an older definition is judged by that one's parts, and the stream that
// brought its manifest may have ended before them.
TEST(Core, AFollowerThatHasTheManifestsIsGivenThePartsOfEach) {
  Served s;
  const Digest older = trust::digest_of(s.f.election.slice("council-140101"));
  s.f.enter(s.f.election.change_slice("council-140101"));
  s.f.committed(true);
  const Digest newer = trust::digest_of(s.f.election.slice("council-140101"));
  std::set<Digest> given;
  for (const node::OutBatch& batch : s.follow(2).batches) {
    given.insert(batch.blobs.begin(), batch.blobs.end());
  }
  EXPECT_TRUE(given.contains(older));
  EXPECT_TRUE(given.contains(newer));
}

}  // namespace
}  // namespace urna::tests
