// R25: what fsck finds in a journal, and what salvage brings out of a damaged one.
#include "common/daemon/fsck.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

#include "common/daemon/journal_check.h"
#include "common/daemon/salvage.h"
#include "common/daemon/status_view.h"
#include "common/journal/merkle.h"
#include "common/journal/sqlite.h"
#include "common/journal/sqlite_store.h"
#include "common/journal/sqlite_upkeep.h"
#include "common/model/strict.h"
#include "common/node/engine.h"
#include "common/node/executor.h"
#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "common/trust/sha256.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/journal/dump.h"
#include "tests/unit/node/small_election.h"
#include "tests/unit/node/wired_nodes.h"
#include "urna/v1/operations.pb.h"

namespace urna::tests {
namespace {

// The journal of a gmina's node with a definition, protocols that came from precincts, and
// confirmations made here.
class Fsck : public testing::Test {
 protected:
  Fsck() { tier_.program = "urna-territorial"; }

  void SetUp() override {
    auto store = open();
    const auto engine = engine_over(*store);
    Bytes national = election_.national().certificate->der;
    std::vector<Bytes> blobs = election_.first().parts;
    blobs.push_back(national);
    submit(*engine, election_.first().record, blobs);
    node::SessionId session = 0;
    for (const char* precinct : {"140101-1", "140101-2", "140101-3"}) {
      std::vector<Bytes> records;
      for (const char* contest : {"council-140101", "mayor-140101", "powiat-140100"}) {
        const v1::Body body = election_.protocol(precinct, contest);
        bodies_.push_back(body);
        records.push_back(election_.sign_by_chair(body));
      }
      receive(*engine, precinct, records, ++session);
    }
    confirm(*engine, bodies_.front());
    before_ = content_of(*store, *engine);
  }

  std::unique_ptr<journal::SqliteStore> open() {
    return journal::SqliteStore::open({.path = path_, .hook = {}, .log_id = {}}).value();
  }
  std::unique_ptr<node::Engine> engine_over(journal::Store& store) {
    certificates_ = std::make_unique<trust::CertificateBook>(election_.anchors());
    node::CoreConfig config{election_.election_id(), *model::UnitId::parse("140101")};
    return node::Engine::open(config, store, *certificates_, identity_.node, node::system_random())
        .value();
  }
  static void submit(node::Engine& engine, const Bytes& record, const std::vector<Bytes>& blobs) {
    const auto output = engine.submit(1, record, blobs, kElectionDayMs);
    ASSERT_EQ(output.outcomes.size(), 1U);
    ASSERT_TRUE(output.outcomes[0].outcome.has_admitted_at())
        << output.outcomes[0].outcome.ShortDebugString();
  }
  void receive(node::Engine& engine, const std::string& precinct, const std::vector<Bytes>& records,
               node::SessionId session) {
    v1::Batch batch;
    batch.set_election(election_.id());
    batch.set_sender(precinct);
    batch.set_sequence(1);
    batch.set_created_at_ms(kElectionDayMs);
    for (const Bytes& record : records) batch.add_entries()->set_record(record);
    for (int i = 0; i < batch.entries_size(); ++i) {
      batch.mutable_entries(i)->set_position(static_cast<std::uint64_t>(i));
    }
    batch.add_blobs(election_.chair(precinct).certificate->der);
    const auto sealed = node::seal_batch(election_.node_identity(precinct), batch);
    const auto output = engine.receive_batch(session, precinct, sealed, kElectionDayMs);
    ASSERT_EQ(output.receipts.size(), 1U);
    v1::Receipt receipt;
    ASSERT_TRUE(receipt.ParseFromString(output.receipts[0].second.payload()));
    for (const v1::Outcome& outcome : receipt.outcomes()) {
      ASSERT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
    }
    ASSERT_EQ(receipt.refused(), "");
  }
  void confirm(node::Engine& engine, const v1::Body& body) {
    const Holder& commission = election_.commission("140101");
    submit(engine, election_.sign(commission, SmallElection::confirmation(body)),
           {commission.certificate->der});
  }

  // What must never silently be another: records by position, states, totals.
  static std::string content_of(journal::Store& store, const node::Engine& engine) {
    std::string text;
    const auto entries = store.read_election(0, 1'000, 1 << 26).value();
    for (const auto& [position, entry] : entries) {
      text += std::to_string(position) + " " + entry.id.hex() + " " + entry.source + "\n";
    }
    return text + figures_of(engine.core());
  }
  static std::string figures_of(const node::Core& core, const std::set<std::string>& without = {}) {
    std::string text;
    const node::Projection& projection = core.projection();
    for (const node::State state : node::kAllStates) {
      text += std::to_string(projection.bodies_in(state)) + " ";
    }
    const results::Tally& tally = *projection.tally();
    for (const model::ContestRound& key : tally.contests()) {
      if (without.contains(key.contest.str())) continue;
      for (const auto which : {results::Which::kReceived, results::Which::kConfirmed}) {
        const results::Totals& totals = *tally.totals(which, key, 0);
        text += "\n" + key.contest.str() + " " + std::to_string(totals.protocols);
        for (const std::uint64_t sum : totals.points) text += " " + std::to_string(sum);
        for (const std::uint64_t sum : totals.votes) text += " " + std::to_string(sum);
      }
    }
    return text;
  }

  daemon::FsckReport check(const daemon::FsckOptions& options = {}) {
    const auto store = journal::SqliteStore::open_damaged(path_).value();
    return daemon::check_journal(tier_, identity_, *store, options).value();
  }
  // What a server of this journal would show now, as JSON.
  std::string shown() {
    const auto store = open();
    return service::to_json(daemon::view_of(engine_over(*store)->core(), "urna-territorial 0"));
  }
  daemon::FsckReport check_beside(const std::string& status) {
    return check({.parallel = node::run_in_turn, .ask_status = [&] { return status; }});
  }
  // Runs SQL on the file behind the store's back.
  void tamper(const std::string& sql) {
    auto database = journal::sqlite::Database::open(
        path_.string(), journal::sqlite::Database::Mode::kReadWrite, 1'000);
    ASSERT_TRUE(database);
    const auto done = database->run(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  static const daemon::FsckSection& section(const daemon::FsckReport& report,
                                            const std::string& name) {
    for (const daemon::FsckSection& one : report.sections) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no section " << name;
    return report.sections.front();
  }
  void expect_fault(const std::string& name, const std::string& part) {
    const daemon::FsckReport report = check();
    EXPECT_FALSE(report.sound());
    const daemon::FsckSection& one = section(report, name);
    ASSERT_FALSE(one.faults.empty()) << name << " is said to be sound";
    EXPECT_NE(one.faults.front().find(part), std::string::npos) << one.faults.front();
  }

  Bytes bytes() { return service::read_file(path_, 1 << 26).value(); }
  void put(const Bytes& changed) {
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
    ASSERT_TRUE(service::write_file_atomically(path_, changed, 0600));
  }

  // Takes these files in; how many of their records wait for others.
  static std::size_t import(node::Engine& engine, trust::CertificateBook& certificates,
                            const std::vector<std::string>& files) {
    std::size_t deferred = 0;
    for (const std::string& file : files) {
      const auto batches = node::read_medium(file, certificates);
      EXPECT_TRUE(batches) << batches.error().message;
      for (const v1::SignedBatch& batch : batches.value()) {
        const auto output = engine.import_batch(batch, kElectionDayMs);
        v1::Receipt receipt;
        EXPECT_TRUE(receipt.ParseFromString(output.receipts.at(0).second.payload()));
        EXPECT_EQ(receipt.refused(), "");
        for (const v1::Outcome& outcome : receipt.outcomes()) {
          EXPECT_FALSE(outcome.has_refused()) << outcome.ShortDebugString();
          deferred += outcome.has_deferred();
        }
      }
    }
    return deferred;
  }
  // What a fresh journal of the same node holds after it imported these files.
  struct Imported {
    std::set<RecordId> ids;
    std::size_t deferred = 0;
  };
  Imported import_into_fresh(const std::vector<std::string>& files) {
    Imported imported;
    const test::TemporaryFolder fresh;
    const auto store =
        journal::SqliteStore::open({.path = fresh.path() / "journal.db", .hook = {}, .log_id = {}})
            .value();
    const auto engine = engine_over(*store);
    imported.deferred = import(*engine, *certificates_, files);
    const auto entries = store->read_election(0, 1'000, 1 << 26).value();
    for (const auto& [position, entry] : entries) {
      imported.ids.insert(entry.id);
    }
    return imported;
  }
  std::vector<RecordId> log() {
    const auto store = journal::SqliteStore::open_read_only(path_).value();
    const auto heads = store->read_heads(0, 1'000).value();
    std::vector<RecordId> ids;
    for (const journal::StoredHead& head : heads) ids.push_back(head.id);
    return ids;
  }
  std::set<RecordId> ids() {
    const std::vector<RecordId> all = log();
    return {all.begin(), all.end()};
  }

  SmallElection election_;
  test::TemporaryFolder folder_ = test::TemporaryFolder::in_memory();
  std::filesystem::path path_ = folder_.path() / "journal.db";
  daemon::Tier tier_;
  daemon::LoadedIdentity identity_{election_.anchors(), election_.node_identity("140101"), {}};
  std::unique_ptr<trust::CertificateBook> certificates_;
  std::vector<v1::Body> bodies_;
  std::string before_;
};

TEST_F(Fsck, ASoundJournalIsSoundInEverySection) {
  const Bytes before = bytes();
  const daemon::FsckReport report = check();
  EXPECT_TRUE(bytes() == before) << "it wrote to the journal";
  EXPECT_TRUE(report.sound()) << report.first_fault();
  for (const char* name :
       {"pages and indexes", "definition parts", "operations log", "receipts", "election log",
        "roots signed for", "signatures", "cursors and notices", "effects", "tally"}) {
    EXPECT_FALSE(section(report, name).skipped) << name;
  }
  EXPECT_EQ(section(report, "signatures").checked, "11");
  EXPECT_EQ(section(report, "receipts").checked, "3 given, 0 received");
  EXPECT_EQ(section(report, "effects").checked, "9 effective, each worked out again");
  // Nine protocols; the definition's six contests, three of them still empty.
  EXPECT_EQ(section(report, "tally").checked, "9 protocols in 6 contests added up again");
}

TEST_F(Fsck, WhatAServerShowsOfTheSameLogIsTheSame) {
  const std::string status = shown();
  const daemon::FsckReport report = check_beside(status);
  EXPECT_TRUE(report.sound()) << report.first_fault();
  EXPECT_FALSE(section(report, "running server").skipped);
  EXPECT_EQ(section(report, "running server").checked, "its figures over 11 entries");
  // The log went on meanwhile: as many entries as the server counted are read again.
  {
    const auto store = open();
    confirm(*engine_over(*store), bodies_[1]);
  }
  EXPECT_TRUE(check_beside(status).sound()) << check_beside(status).first_fault();
}

TEST_F(Fsck, AServerThatShowsOtherFiguresIsNamed) {
  const std::string status = shown();
  // Each of these is in the text: figures, a count of protocols, a state, the root.
  for (const auto& [text, other, fault] :
       {std::tuple{"\"votes\":300", "\"votes\":301", "votes for 1: the server shows 301, 300 was"},
        std::tuple{"\"received\":3", "\"received\":2", "protocols: the server shows 2, 3 was"},
        std::tuple{"\"effective\":9", "\"effective\":8", "effective: the server shows 8, 9 was"},
        std::tuple{"\"root\":\"", "\"root\":\"00", "not the root of as many entries"},
        std::tuple{"\"size\":11", "\"size\":12", "its log has"}}) {
    SCOPED_TRACE(text);
    std::string changed = status;
    const auto at = changed.find(text);
    ASSERT_NE(at, std::string::npos) << status;
    changed.replace(at, std::string_view(text).size(), other);
    if (std::string_view(text) == "\"size\":11") {
      const auto counted = changed.find("\"counted\":11");
      ASSERT_NE(counted, std::string::npos);
      changed.replace(counted, 12, "\"counted\":12");
    }
    const daemon::FsckReport report = check_beside(changed);
    const daemon::FsckSection& one = section(report, "running server");
    ASSERT_EQ(one.faults.size(), 1U);
    EXPECT_TRUE(report.journal_sound()) << "the server is wrong, not the journal";
    EXPECT_NE(one.faults[0].find(fault), std::string::npos) << one.faults[0];
  }
}

TEST_F(Fsck, AServerThatCannotBeComparedIsSaidSoAndIsNoFault) {
  const auto said = [&](const std::function<Result<std::string>()>& ask) {
    const daemon::FsckReport report = check({.parallel = node::run_in_turn, .ask_status = ask});
    EXPECT_TRUE(report.sound());
    EXPECT_TRUE(section(report, "running server").skipped);
    return section(report, "running server").checked;
  };
  EXPECT_EQ(said([] { return fail(ErrorCode::kUnavailable, "no server answers at 127.0.0.1:1"); }),
            "not compared: no server answers at 127.0.0.1:1");
  EXPECT_EQ(said([] { return std::string("{}"); }),
            "not compared: its status does not hold the figures");
  std::string loading = shown();
  loading.replace(loading.find("\"counted\":11"), 12, "\"counted\":4 ");
  EXPECT_EQ(said([&] { return loading; }), "not compared: it has loaded 4 of 11 entries so far");
  std::string other = shown();
  other.replace(other.find("\"unit\":\"140101\""), 15, "\"unit\":\"140102\"");
  EXPECT_EQ(said([&] { return other; }),
            "not compared: the server of 140102, election small-2014, answers there");
}

// Verified by several threads, faults are told in the order of the log, as by one.
TEST_F(Fsck, SignaturesVerifiedAtOnceAreToldInOrder) {
  const auto store = open();
  const auto told_by = [&](const node::Parallel& parallel) {
    std::vector<std::string> told;
    const std::atomic<bool> never = false;
    const SmallElection stranger;
    // Under other anchors no record is signed as it must be.
    EXPECT_TRUE(daemon::verify_each_signature(*store, stranger.anchors(), 11, parallel, never,
                                              [&](const Error& fault) {
                                                told.push_back(fault.message);
                                                return true;
                                              }));
    return told;
  };
  node::ThreadPool pool(4);
  const auto at_once =
      told_by([&](std::size_t count, const std::function<void(std::size_t)>& work) {
        pool.parallel(count, work);
      });
  EXPECT_EQ(at_once.size(), 11U);
  EXPECT_EQ(at_once, told_by(node::run_in_turn));
}

TEST_F(Fsck, ARecordThatWasChangedIsNamedByItsPosition) {
  tamper(
      "UPDATE election SET record = CAST(substr(record, 1, 50) || x'00' || substr(record, 52) "
      "AS BLOB) WHERE position = 4");
  expect_fault("election log", "position 4: the entry's bytes do not match its leaf hash");
}

TEST_F(Fsck, EveryDamagedEntryIsNamedNotOnlyTheFirst) {
  tamper("UPDATE election SET source = 'x' WHERE position IN (2, 9)");
  const daemon::FsckReport report = check();
  EXPECT_FALSE(report.journal_sound());
  const daemon::FsckSection& log = section(report, "election log");
  ASSERT_EQ(log.faults_found, 2U);
  EXPECT_NE(log.faults[0].find("position 2:"), std::string::npos);
  EXPECT_NE(log.faults[1].find("position 9:"), std::string::npos);
  EXPECT_TRUE(section(report, "effects").skipped);
  EXPECT_FALSE(report.rebuildable());
}

TEST_F(Fsck, AMissingEntryIsNamed) {
  tamper("DELETE FROM election WHERE position = 5");
  expect_fault("election log", "position 5: the entry is missing");
}

TEST_F(Fsck, AnEntryCutOffTheEndIsMissedBecauseItWasAcknowledged) {
  // Every hash that is left fits; only the receipts know.
  tamper("DELETE FROM election WHERE position >= 9");
  const daemon::FsckReport report = check();
  EXPECT_TRUE(section(report, "election log").faults.empty());
  const daemon::FsckSection& roots = section(report, "roots signed for");
  ASSERT_GE(roots.faults_found, 2U);
  EXPECT_NE(roots.faults[0].find("receipt given to 140101-3"), std::string::npos)
      << roots.faults[0];
  EXPECT_NE(roots.faults[1].find("entry 9, acknowledged to 140101-3"), std::string::npos)
      << roots.faults[1];
}

TEST_F(Fsck, APartWithOtherBytesIsNamedByItsDigest) {
  const Bytes& slice = election_.slice("council-140101");
  const std::string digest = trust::digest_of(slice).hex();
  tamper(
      "UPDATE blob SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'7f' AS BLOB) "
      "WHERE digest = x'" +
      digest + "'");
  expect_fault("definition parts", digest);
  const auto store = open();
  trust::CertificateBook certificates(election_.anchors());
  node::CoreConfig config{election_.election_id(), *model::UnitId::parse("140101")};
  const auto engine =
      node::Engine::open(config, *store, certificates, identity_.node, node::system_random());
  ASSERT_FALSE(engine) << "a node would read figures by it";
  EXPECT_EQ(engine.error().code, ErrorCode::kCorrupt);
}

TEST_F(Fsck, ACursorBeyondTheLogIsFoundEvenWithARightChecksum) {
  {
    const auto store = open();
    journal::Commit commit;
    commit.election_base = store->size(journal::LogKind::kElection).value();
    commit.operations_base = store->size(journal::LogKind::kOperations).value();
    journal::Cursor cursor{
        "PL", journal::Cursor::Kind::kUpstream, store->log_id()->str(), 12, 1, Bytes(32, 'r'), 0};
    commit.cursors.push_back(cursor);
    ASSERT_TRUE(store->commit(commit));
  }
  expect_fault("cursors and notices", "cursor of PL, kind 1: position 12 lies beyond");
  EXPECT_EQ(section(check(), "cursors and notices").faults_found, 2U);
}

TEST_F(Fsck, TheJournalOfAnotherNodeIsToldApart) {
  identity_.node = election_.node_identity("140102");
  expect_fault("receipts", "140101");
}

TEST_F(Fsck, AnIndexThatLostARecordIsBuiltAnewAndNothingElseTouched) {
  // A page of the index, found by an id it holds; the table's own stands elsewhere.
  const Bytes sound = bytes();
  const std::string held = journal::dump(*open()).value();
  const RecordId id = log()[3];
  const auto first = sound.find(id.view());
  const auto second = sound.find(id.view(), first + 1);
  ASSERT_NE(second, Bytes::npos);
  bool rebuilt = false;
  for (const std::size_t at : {first, second}) {
    Bytes changed = sound;
    changed[at + 5] ^= 1;
    put(changed);
    const daemon::FsckReport report = check();
    ASSERT_FALSE(report.sound());
    if (!report.rebuildable()) continue;
    const auto done = journal::rebuild_journal(path_);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(check().sound()) << check().first_fault();
    const auto store = open();
    EXPECT_EQ(content_of(*store, *engine_over(*store)), before_);
    EXPECT_EQ(journal::dump(*store).value(), held) << "a row of a log is another";
    rebuilt = true;
  }
  EXPECT_TRUE(rebuilt);
}

TEST_F(Fsck, ATileThatDiffersIsBuiltAnew) {
  {
    const auto store = open();
    journal::Commit commit;
    commit.election_base = store->size(journal::LogKind::kElection).value();
    commit.operations_base = store->size(journal::LogKind::kOperations).value();
    v1::OperationsEntry entry;
    entry.mutable_event()->set_code("test");
    for (int i = 0; i < 300; ++i) {
      entry.set_at_ms(static_cast<std::uint64_t>(i));
      const Bytes serialised = model::serialise(entry);
      commit.operations.push_back({journal::operations_leaf(serialised), serialised});
    }
    ASSERT_TRUE(store->commit(commit));
  }
  const std::string held = journal::dump(*open()).value();
  tamper("UPDATE tile SET hashes = CAST(substr(hashes, 1, 8191) || x'00' AS BLOB)");
  const daemon::FsckReport report = check();
  ASSERT_EQ(section(report, "operations log").faults_found, 1U);
  EXPECT_NE(section(report, "operations log").faults[0].find("position 255"), std::string::npos);
  ASSERT_TRUE(report.rebuildable());
  ASSERT_TRUE(journal::rebuild_journal(path_));
  EXPECT_TRUE(check().sound()) << check().first_fault();
  EXPECT_EQ(journal::dump(*open()).value(), held);
}

TEST_F(Fsck, SalvageOfASoundJournalBringsOutEverything) {
  const auto store = journal::SqliteStore::open_damaged(path_).value();
  const auto saved = daemon::salvage(identity_, *store, kElectionDayMs).value();
  EXPECT_EQ(saved.records, 11U);
  EXPECT_EQ(saved.entries, 11U);
  EXPECT_EQ(saved.manifests, 1U);
  EXPECT_TRUE(saved.lost.empty());
  EXPECT_TRUE(saved.parts_lost.empty());
  const Imported imported = import_into_fresh(saved.files);
  EXPECT_EQ(imported.ids, ids());
  EXPECT_EQ(imported.deferred, 0U);
}

// A column beside the record is damaged: reading the row refuses it, the record itself verifies.
TEST_F(Fsck, SalvageTakesARecordWhoseRowIsWrongButWhoseSignatureHolds) {
  tamper("UPDATE election SET unit = 'nowhere' WHERE position = 3");
  EXPECT_FALSE(check().sound());
  const auto store = journal::SqliteStore::open_damaged(path_).value();
  const auto saved = daemon::salvage(identity_, *store, kElectionDayMs).value();
  EXPECT_EQ(saved.records, 11U);
  EXPECT_TRUE(saved.lost.empty());
}

TEST_F(Fsck, SalvageNamesWhatIsLostAndNeverSavesWhatDoesNotVerify) {
  const std::vector<RecordId> all = log();
  tamper(
      "UPDATE election SET record = CAST(substr(record, 1, length(record) - 1) || x'00' AS BLOB) "
      "WHERE position = 6");
  tamper("DELETE FROM election WHERE position = 10");
  const auto store = journal::SqliteStore::open_damaged(path_).value();
  const auto saved = daemon::salvage(identity_, *store, kElectionDayMs).value();
  ASSERT_EQ(saved.lost.size(), 1U) << "the last one is known to nobody but its own row";
  EXPECT_EQ(saved.lost[0].position, 6U);
  EXPECT_NE(saved.lost[0].why.find("bad_signature"), std::string::npos) << saved.lost[0].why;
  const std::set<RecordId> imported = import_into_fresh(saved.files).ids;
  EXPECT_EQ(imported.size(), 9U);
  EXPECT_FALSE(imported.contains(all[6]));
}

// Any byte, through every layer: found and told, or nothing that counts is another; salvage never
// brings out what was not there; and begun anew with what was saved, beside a commission above that
// had received everything, the node has every record and every figure again. In parts, each with
// every sixteenth of the bytes it takes: all of them with URNA_LONG, a sample otherwise.
constexpr std::size_t kParts = 16;
class FsckBytes : public Fsck, public testing::WithParamInterface<std::size_t> {
 protected:
  // Nobody votes in these at 140101: whoever is above sends their slices elsewhere.
  inline static const std::set<std::string> kNotSentHere{"city-146200", "council-140102"};

  static bool takes_all() { return std::getenv("URNA_LONG") != nullptr; }
  static bool takes(std::size_t at, char byte) {
    const std::size_t stride = takes_all() ? 1 : byte == 0 ? 4'099 : 331;
    return at % stride == 0 && at / stride % kParts == GetParam();
  }

  void SetUp() override {
    Fsck::SetUp();
    const auto store = journal::SqliteStore::open_damaged(path_).value();
    const auto saved = daemon::salvage(identity_, *store, kElectionDayMs).value();
    TestNode whole(election_, "140101");
    TestNode above(election_, "PL");
    import(whole.engine(), whole.certificates(), saved.files);
    Wires wires;
    std::vector<Bytes> parts = election_.first().parts;
    parts.push_back(election_.national().certificate->der);
    wires.enter(above, election_.first().record, parts);
    wires.connect(whole, above);
    wires.run();
    all_ = ids();
    ASSERT_EQ(ids_of(above), all_);
    figures_ = figures_of(whole.core(), kNotSentHere);
    above_ = above.store().backup();
  }
  static std::set<RecordId> ids_of(TestNode& node) {
    const std::vector<RecordId> log = node.log();
    return {log.begin(), log.end()};
  }
  void repair(const std::vector<std::string>& files) {
    TestNode above(election_, "PL");
    above.restore(above_->backup());
    TestNode begun(election_, "140101", 2);
    import(begun.engine(), begun.certificates(), files);
    EXPECT_TRUE(std::ranges::includes(all_, ids_of(begun)));
    Wires wires;
    wires.connect(begun, above);
    wires.run();
    EXPECT_EQ(ids_of(begun), all_);
    EXPECT_EQ(figures_of(begun.core(), kNotSentHere), figures_);
    EXPECT_EQ(ids_of(above), all_);
    ++repaired_;
  }
  // Puts back what the last one changed; counts what was found.
  void look_at(const Bytes& sound, std::size_t at) {
    Bytes changed = sound;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    put(changed);
    const auto opened = journal::SqliteStore::open_damaged(path_);
    if (!opened) {
      ++found_;
      repair({});
      return;
    }
    const auto report = daemon::check_journal(tier_, identity_, **opened);
    if (!report || !report->sound()) {
      ++found_;
      if (report) {
        EXPECT_FALSE(report->first_fault().empty());
      }
    } else {
      ++harmless_;
      EXPECT_EQ(content_of(**opened, *engine_over(**opened)), before_);
    }
    const auto saved = daemon::salvage(identity_, **opened, kElectionDayMs);
    EXPECT_TRUE(bytes() == changed) << "it wrote to the journal";
    if (!saved) {
      EXPECT_EQ(saved.error().code, ErrorCode::kCorrupt) << saved.error().message;
      EXPECT_LT(at, 4'096U) << "only without its first page nothing can be read";
      repair({});
      return;
    }
    // Saved or named, each of them; only the last is known to nobody but its own row.
    EXPECT_GE(saved->records + saved->lost.size() + 1, all_.size());
    repair(saved->files);
  }

  std::set<RecordId> all_;
  std::string figures_;
  std::unique_ptr<journal::MemoryStore> above_;
  std::size_t repaired_ = 0;
  std::size_t found_ = 0;
  std::size_t harmless_ = 0;
};

TEST_P(FsckBytes, AnyByteIsFoundOrChangesNothingAndAPeerRepairsIt) {
  const Bytes sound = bytes();
  for (std::size_t at = 0; at < sound.size(); ++at) {
    if (!takes(at, sound[at])) continue;
    SCOPED_TRACE(at);
    look_at(sound, at);
    if (HasFailure()) return;
  }
  RecordProperty("bytes", static_cast<int>(found_ + harmless_));
  RecordProperty("of", static_cast<int>(sound.size()));
  EXPECT_GT(found_, 0U);
  EXPECT_GT(repaired_, 0U);
  // Of a sample a part may hold none.
  EXPECT_TRUE(harmless_ > 0 || !takes_all());
}

INSTANTIATE_TEST_SUITE_P(Part, FsckBytes, testing::Range(std::size_t{0}, kParts));

}  // namespace
}  // namespace urna::tests
