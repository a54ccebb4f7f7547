// A server's life: stopped in the middle of traffic, on a full disk, on a damaged journal.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "common/journal/merkle.h"
#include "common/journal/sqlite_store.h"
#include "common/model/strict.h"
#include "common/service/files.h"
#include "common/trust/record.h"
#include "tests/integration/programs/scene.h"
#include "tests/integration/uplink/raw_peer.h"
#include "tests/support/process.h"

namespace urna::tests {
namespace {

class Lifecycle : public testing::Test {
 protected:
  void SetUp() override { scene_.install("140101"); }
  std::unique_ptr<RawSubmit> open(const Served& server) {
    SmallElection& election = scene_.election();
    return std::make_unique<RawSubmit>(raw_channel(server.address(), election.id(), "140101",
                                                   tls_of(election, election.node("140101-1"))));
  }
  v1::SignedBatch batch(std::uint64_t sequence, const std::vector<Bytes>& records) {
    SmallElection& election = scene_.election();
    return node::seal_batch(election.node_identity("140101-1"),
                            batch_of(election.id(), "140101-1", sequence, records,
                                     {election.chair("140101-1").certificate->der}));
  }
  Bytes record(std::uint32_t number) {
    SmallElection& election = scene_.election();
    v1::Body body = election.protocol("140101-1", "council-140101", 1 + number % 500);
    body.mutable_protocol()->set_seat("Szkoła " + std::to_string(number));
    return election.sign_by_chair(body);
  }
  Ran territorial(const std::string& command) {
    return run_program("urna-territorial",
                       {command, "--config", (scene_.folder_of("140101") / "urna.toml").string()});
  }
  Scene scene_;
};

TEST_F(Lifecycle, StoppedInTheMiddleOfTrafficItEndsCleanlyAndHasAllItAcknowledged) {
  std::vector<std::pair<std::uint64_t, RecordId>> acknowledged;
  std::uint32_t number = 0;
  for (int life = 0; life < 2; ++life) {
    Served server("urna-territorial", scene_, "140101");
    const auto stream = open(server);
    std::atomic<bool> busy{false};
    std::jthread sender([&] {
      for (std::uint64_t sequence = 1;; ++sequence) {
        const Bytes one = record(++number);
        const auto receipt = stream->ask(batch(sequence, {one}));
        if (!receipt) return;
        ASSERT_EQ(receipt->outcomes_size(), 1) << receipt->refused();
        acknowledged.emplace_back(receipt->outcomes(0).admitted_at(),
                                  trust::envelope_ids(one)->record);
        busy = acknowledged.size() > 50;
      }
    });
    EXPECT_TRUE(eventually([&] { return busy.load(); }));
    EXPECT_EQ(server.stop(), 0);
    sender.join();
  }
  const std::vector<RecordId> log = log_of(scene_.journal_of("140101"));
  for (const auto& [position, id] : acknowledged) {
    ASSERT_LT(position, log.size());
    EXPECT_EQ(log[position], id);
  }
  EXPECT_EQ(territorial("fsck").status, 0);
}

TEST_F(Lifecycle, ServesItsStatusAndItsMetrics) {
  Served server("urna-territorial", scene_, "140101");
  const auto stream = open(server);
  ASSERT_TRUE(stream->ask(batch(1, {record(1)})));
  EXPECT_EQ(server.get("/healthz").first, 200);
  EXPECT_EQ(server.get("/").first, 200);
  const auto [status, metrics] = server.get("/metrics");
  EXPECT_EQ(status, 200);
  EXPECT_NE(metrics.find("urna_"), std::string::npos);
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(Lifecycle, AddressFilesAreThereWhileItServesAndNotAfterwards) {
  const auto uplink = scene_.folder_of("140101") / "uplink.address";
  const auto http = scene_.folder_of("140101") / "http.address";
  Served server("urna-territorial", scene_, "140101");
  // A second one, which cannot start, leaves them alone.
  EXPECT_NE(territorial("serve").status, 0);
  EXPECT_TRUE(std::filesystem::exists(uplink));
  EXPECT_TRUE(std::filesystem::exists(http));
  EXPECT_EQ(server.stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(uplink));
  EXPECT_FALSE(std::filesystem::exists(http));
}

TEST_F(Lifecycle, WithTooFewOpenFilesAllowedItSaysSoInOneLineAndDoesNotStart) {
  const auto ran =
      test::run({"/bin/sh", "-c", "ulimit -n 100; \"$0\" serve --config \"$1\" 2>&1; test $? != 0",
                 program_path("urna-territorial").string(),
                 (scene_.folder_of("140101") / "urna.toml").string()});
  ASSERT_TRUE(ran.has_value()) << ran.error().message;
  EXPECT_NE(ran->find("a limit of 100 open files is too low"), std::string::npos) << *ran;
}

TEST_F(Lifecycle, AChangedByteInTheJournalIsFound) {
  {
    Served server("urna-territorial", scene_, "140101");
    const auto stream = open(server);
    const Bytes one = record(1);
    ASSERT_TRUE(stream->ask(batch(1, {one})));
    stream->cancel();
    EXPECT_EQ(server.stop(), 0);
    EXPECT_EQ(territorial("fsck").status, 0);
  }
  // Somewhere in the protocol's text, which stands in the file as it was signed.
  std::string bytes = *service::read_file(scene_.journal_of("140101"), 1 << 28);
  const std::size_t at = bytes.find("Szko");
  ASSERT_NE(at, bytes.npos);
  bytes[at] = 's';
  ASSERT_TRUE(service::write_file_atomically(scene_.journal_of("140101"), bytes, 0600));
  EXPECT_TRUE(says_in_one_line(territorial("fsck"), "election log, position 1"));
  EXPECT_TRUE(says_in_one_line(territorial("serve"), "election log, position 1"));
}

// Whoever can write the file can make every hash fit again; a signature nobody can.
TEST_F(Lifecycle, ARecordPutIntoTheJournalWithoutASignatureIsFoundBehindTheRunningServer) {
  {
    Served server("urna-territorial", scene_, "140101");
    EXPECT_EQ(server.stop(), 0);
  }
  v1::SignedRecord forged;
  ASSERT_TRUE(forged.ParseFromString(record(7)));
  forged.mutable_signature()->front() ^= 1;
  const Bytes bytes = model::serialise(forged);
  {
    journal::SqliteStore::Options options;
    options.path = scene_.journal_of("140101");
    auto store = journal::SqliteStore::open(std::move(options)).value();
    journal::Commit commit;
    commit.election_base = *store->size(journal::LogKind::kElection);
    commit.operations_base = *store->size(journal::LogKind::kOperations);
    journal::ElectionEntry entry;
    entry.id = trust::envelope_ids(bytes)->record;
    entry.leaf = journal::record_leaf(bytes, entry.id);
    entry.record = bytes;
    entry.kind = static_cast<std::uint8_t>(trust::Kind::kProtocol);
    entry.source = "140101";
    entry.unit = "140101-1";
    entry.voivodeship = "140000";
    commit.election.push_back(entry);
    const Bytes der = scene_.election().chair("140101-1").certificate->der;
    commit.blobs.push_back({Digest{scene_.election().chair("140101-1").id().bytes}, der});
    ASSERT_TRUE(store->commit(commit).has_value());
  }
  EXPECT_TRUE(says_in_one_line(territorial("tally"), "is not signed as it must be"));
  Served server("urna-territorial", scene_, "140101");
  EXPECT_TRUE(eventually([&] { return server.get("/healthz").first == 503; }));
  EXPECT_NE(server.get("/healthz").second.find("is not signed as it must be"), std::string::npos);
  EXPECT_EQ(server.stop(), 0);
}

// A file system of a few megabytes of its own, for root.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path at) : at_(std::move(at)) {
    std::filesystem::create_directories(at_);
    mounted_ = mount("none", at_.c_str(), "tmpfs", 0, "size=6m,mode=700") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(at_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  void fill() const {
    std::ofstream ballast(at_ / "ballast", std::ios::binary);
    const std::string page(4'096, '\0');
    while (ballast.write(page.data(), 4'096) && ballast.flush()) {
    }
  }
  void make_room() const { std::filesystem::remove(at_ / "ballast"); }

 private:
  const std::filesystem::path at_;
  bool mounted_ = false;
};

TEST_F(Lifecycle, AFullDiskGivesNoReceiptAndSaysSoUntilThereIsRoom) {
  const SmallDisk disk(scene_.folder_of("140101") / "data");
  if (!disk.mounted()) GTEST_SKIP() << "a file system cannot be mounted here";
  Served server("urna-territorial", scene_, "140101");
  std::uint32_t number = 0;
  std::vector<RecordId> acknowledged;
  const auto send = [&](RawSubmit& stream, std::uint64_t sequence) {
    const Bytes one = record(++number);
    const auto receipt = stream.ask(batch(sequence, {one}));
    if (receipt) acknowledged.push_back(trust::envelope_ids(one)->record);
    return receipt.has_value();
  };
  const auto stream = open(server);
  ASSERT_TRUE(send(*stream, 1));
  EXPECT_EQ(server.get("/healthz").first, 200);

  disk.fill();
  // Some room may be left inside the journal's own files.
  std::uint64_t sequence = 2;
  while (sequence < 5'000 && send(*stream, sequence)) ++sequence;
  ASSERT_LT(sequence, 5'000U);
  const grpc::Status why = stream->finish();
  EXPECT_FALSE(why.ok());
  EXPECT_EQ(server.get("/healthz").first, 503);
  EXPECT_NE(server.get("/healthz").second, "");
  EXPECT_FALSE(send(*open(server), 1));
  EXPECT_TRUE(server.child().running());

  disk.make_room();
  const auto later = open(server);
  EXPECT_TRUE(send(*later, 1));
  EXPECT_EQ(server.get("/healthz").first, 200);
  later->cancel();
  EXPECT_EQ(server.stop(), 0);
  const std::vector<RecordId> log = log_of(scene_.journal_of("140101"));
  for (const RecordId& id : acknowledged) EXPECT_NE(std::ranges::find(log, id), log.end());
  EXPECT_EQ(territorial("fsck").status, 0);
}

}  // namespace
}  // namespace urna::tests
