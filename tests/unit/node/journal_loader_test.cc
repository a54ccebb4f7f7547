// A core rebuilt while its node already works: the head of its journal first, the rest in pieces.
#include "common/node/journal_loader.h"

#include <gtest/gtest.h>

#include "common/trust/sha256.h"
#include "tests/unit/node/wired_nodes.h"

namespace urna::tests {
namespace {

constexpr const char* kContest = "council-140101";

// A gmina with a definition, three protocols, a confirmation, a return and a revoked licence.
struct Gmina {
  SmallElection election;
  TestNode node{election, "140101"};
  Wires wires;
  std::vector<Bytes> protocols;

  Gmina() {
    std::vector<Bytes> blobs = election.current().parts;
    blobs.push_back(election.national().certificate->der);
    wires.enter(node, election.first().record, blobs);
    for (const char* precinct : {"140101-1", "140101-2", "140101-3"}) {
      protocols.push_back(enter(election.chair(precinct), protocol_of(precinct)));
    }
    enter(election.commission("140101"), SmallElection::confirmation(protocol_of("140101-1")));
    enter(election.commission("140101"), SmallElection::taken_back(protocol_of("140101-2")));
    enter(election.national(), SmallElection::revocation(election.chair("140101-3")));
  }
  v1::Body protocol_of(const std::string& precinct) const {
    return election.protocol(precinct, kContest);
  }
  Bytes enter(const Holder& by, const v1::Body& body) {
    const Bytes record = election.sign(by, body);
    const auto outcome = wires.enter(node, record, {by.certificate->der});
    EXPECT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
    return record;
  }
};

// What comes of a store, in pieces of `records_max`.
struct Rebuilt {
  Rebuilt(const SmallElection& election, journal::Store& from, std::size_t records_max)
      : store(from),
        certificates(election.anchors()),
        loader(from, certificates, records_max),
        core({.election = election.election_id(), .unit = *model::UnitId::parse("140101")}) {}

  Result<void> head() { return loader.head(core); }
  Result<void> piece() {
    auto next = loader.next(node::run_in_turn);
    if (!next) return std::unexpected(next.error());
    EXPECT_FALSE(next->records.empty());
    return loader.apply(core, std::move(*next));
  }
  Result<void> rest() {
    while (!core.is_whole()) {
      if (auto done = piece(); !done) return done;
    }
    return {};
  }
  // A record made here, committed.
  v1::Outcome enter(const Bytes& record, const Holder& by) {
    node::LocalRecord local = node::open_local(record, {by.certificate->der}, certificates);
    local.at_ms = kElectionDayMs;
    node::Actions actions;
    core.on_local(std::move(local), actions);
    if (!actions.commit) return {};
    EXPECT_TRUE(store.commit(actions.commit->commit));
    const v1::Outcome outcome = actions.commit->outcomes.at(0).outcome;
    node::Actions more;
    core.on_committed(true, more);
    return outcome;
  }

  journal::Store& store;
  trust::CertificateBook certificates;
  node::JournalLoader loader;
  node::Core core;
};

// Every place with its bodies and their effects, in words.
std::vector<std::string> effects(const node::Core& core) {
  std::vector<std::string> lines;
  for (const model::PlaceId& place : core.projection().places()) {
    for (const auto& body : core.projection().place(place)) {
      lines.push_back(place.str() + " " + body.statement.hex() + " " +
                      std::string(node::state_name(body.effect.state)) +
                      (body.effect.confirmed ? " confirmed" : ""));
    }
  }
  return lines;
}

TEST(JournalLoader, PiecesOfAnySizeGiveWhatTheNodeWas) {
  Gmina gmina;
  for (const std::size_t records : {1u, 2u, 3u, 100u}) {
    Rebuilt rebuilt(gmina.election, gmina.node.store(), records);
    ASSERT_TRUE(rebuilt.head());
    ASSERT_TRUE(rebuilt.rest());
    EXPECT_EQ(effects(rebuilt.core), effects(gmina.node.core())) << records;
    EXPECT_EQ(*rebuilt.core.projection().tally(), *gmina.node.core().projection().tally());
    EXPECT_EQ(rebuilt.core.known_records(), gmina.node.core().size());
  }
}

TEST(JournalLoader, TheHeadKnowsWhoMaySpeakAndWhatIsThere) {
  Gmina gmina;
  Rebuilt rebuilt(gmina.election, gmina.node.store(), 1);
  ASSERT_TRUE(rebuilt.head());
  EXPECT_FALSE(rebuilt.core.is_whole());
  EXPECT_EQ(rebuilt.core.known_records(), 2u) << "the manifest and the revocation";
  EXPECT_TRUE(rebuilt.core.has_definition());
  EXPECT_TRUE(
      rebuilt.core.projection().is_revoked(gmina.election.chair("140101-3").id(), "140101-3"));
  EXPECT_EQ(rebuilt.core.checkpoint().root(), gmina.node.core().checkpoint().root());
  for (const Bytes& record : gmina.protocols) {
    EXPECT_EQ(rebuilt.core.position_of(record_id(record)),
              gmina.node.core().position_of(record_id(record)));
  }
  EXPECT_TRUE(rebuilt.core.projection().places().empty());
}

TEST(JournalLoader, WhatComesMeanwhileIsAnsweredAndCountsInTheEnd) {
  Gmina gmina;
  const Holder& second = gmina.election.chair("140101-2");
  const v1::Body revision = SmallElection::revision(
      gmina.election.protocol("140101-2", kContest, 120), gmina.protocol_of("140101-2"));
  const Bytes record = gmina.election.sign(second, revision);
  auto copy = gmina.node.store().backup();
  Rebuilt rebuilt(gmina.election, *copy, 1);
  ASSERT_TRUE(rebuilt.head());
  // Known by its head alone.
  EXPECT_EQ(rebuilt.enter(gmina.protocols[0], gmina.election.chair("140101-1")).duplicate_of(), 1u);
  ASSERT_TRUE(rebuilt.piece());
  const v1::Outcome outcome = rebuilt.enter(record, second);
  EXPECT_EQ(outcome.admitted_at(), gmina.node.core().size()) << outcome.ShortDebugString();
  ASSERT_TRUE(rebuilt.rest());

  gmina.wires.enter(gmina.node, record, {second.certificate->der});
  EXPECT_EQ(effects(rebuilt.core), effects(gmina.node.core()));
  EXPECT_EQ(*rebuilt.core.projection().tally(), *gmina.node.core().projection().tally());
}

// A store somebody has changed behind the node's back.
class ChangedStore final : public journal::MemoryStore {
 public:
  explicit ChangedStore(journal::MemoryStore& original) : MemoryStore(original.log_id().value()) {
    journal::Commit commit;
    const auto entries = original.read_election(0, 1'000, std::size_t{1} << 30).value();
    std::vector<Digest> certificates;
    for (const journal::StoredEntry& stored : entries) {
      commit.election.push_back(stored.entry);
      certificates.push_back(Digest{trust::envelope_ids(stored.entry.record)->key.bytes});
    }
    commit.blobs = original.blobs(certificates).value();
    EXPECT_TRUE(original.for_each_part(
        [&](const journal::StoredBlob& part) { commit.blobs.push_back(part); }));
    EXPECT_TRUE(MemoryStore::commit(commit));
  }
  Result<std::vector<journal::StoredEntry>> read_election(std::uint64_t from,
                                                          std::size_t max_records,
                                                          std::size_t max_bytes) override {
    auto entries = MemoryStore::read_election(from, max_records, max_bytes);
    for (journal::StoredEntry& stored : *entries) {
      if (change) change(stored);
    }
    return entries;
  }
  std::function<void(journal::StoredEntry&)> change;
};

TEST(JournalLoader, EveryRecordChangedInTheStoreIsNamed) {
  Gmina gmina;
  ChangedStore store(gmina.node.store());
  const std::uint64_t size = gmina.node.core().size();
  for (std::uint64_t bad = 0; bad < size; ++bad) {
    store.change = [&](journal::StoredEntry& stored) {
      // The last bytes are the signature's: it decodes, and is another record.
      if (stored.position == bad) stored.entry.record.back() ^= 1;
    };
    Rebuilt rebuilt(gmina.election, store, 2);
    auto loaded = rebuilt.head();
    if (loaded) loaded = rebuilt.rest();
    ASSERT_FALSE(loaded) << bad;
    EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(loaded.error().message.find("entry " + std::to_string(bad)), std::string::npos)
        << loaded.error().message;
  }
}

TEST(JournalLoader, AnEntryPutInAnothersPlaceIsNoticed) {
  Gmina gmina;
  ChangedStore store(gmina.node.store());
  const auto second = gmina.node.store().read_election(2, 1, 1 << 20).value().at(0);
  store.change = [&](journal::StoredEntry& stored) {
    if (stored.position == 1) stored.entry = second.entry;
  };
  Rebuilt rebuilt(gmina.election, store, 100);
  ASSERT_TRUE(rebuilt.head());
  const auto loaded = rebuilt.rest();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace urna::tests
