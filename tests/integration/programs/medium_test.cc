// R18: a medium that is carried over gives exactly what sending would have.

#include <gtest/gtest.h>

#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {
namespace {

class Medium : public testing::Test {
 protected:
  void SetUp() override {
    config_ = scene_.install("140101-1");
    const std::string chair = scene_.licence(scene_.election().chair("140101-1")).string();
    for (const char* contest : {"council-140101", "mayor-140101", "powiat-140100"}) {
      const auto file = scene_.protocol_file(scene_.election().protocol("140101-1", contest));
      const Ran ran = run_program(
          "urna-precinct",
          {"sign", "--config", config_.string(), file.string(), "--licence", chair, "--offline"});
      ASSERT_EQ(ran.status, 0) << ran.errors;
    }
    medium_ = scene_.root() / "medium.urna";
    const Ran ran =
        run_program("urna-precinct", {"export", "--config", config_.string(), medium_.string()});
    ASSERT_EQ(ran.status, 0) << ran.errors;
    EXPECT_NE(ran.output.find("4 records"), std::string::npos) << ran.output;
  }
  Ran territorial(const std::string& command, const std::filesystem::path& file = {}) {
    std::vector<std::string> arguments{command, "--config",
                                       (scene_.folder_of("140101") / "urna.toml").string()};
    if (!file.empty()) arguments.push_back(file.string());
    return run_program("urna-territorial", arguments);
  }
  std::string medium_bytes() { return *service::read_file(medium_, 1 << 24); }
  // A fresh installation of the gmina that has the definition and nothing else.
  void fresh_gmina() {
    std::filesystem::remove_all(scene_.folder_of("140101"));
    scene_.install("140101");
    const Ran ran = territorial("import", scene_.root() / "definition.urna");
    ASSERT_EQ(ran.status, 0) << ran.errors;
  }
  struct Outcome {
    std::vector<RecordId> log;
    std::string tally;
  };
  Outcome outcome() {
    const Ran tally = territorial("tally");
    EXPECT_EQ(tally.status, 0) << tally.errors;
    const Ran fsck = territorial("fsck");
    EXPECT_EQ(fsck.status, 0) << fsck.errors;
    EXPECT_NE(fsck.output.find("every hash, signature and effect holds"), std::string::npos);
    return {log_of(scene_.journal_of("140101")), tally.output};
  }

  Scene scene_;
  std::filesystem::path config_;
  std::filesystem::path medium_;
};

TEST_F(Medium, GivesWhatAStreamWouldHaveGivenWithAServerRunningAndWithout) {
  fresh_gmina();
  {
    Served server("urna-territorial", scene_, "140101");
    Install setup;
    setup.upstreams = {server.as_upstream()};
    scene_.install("140101-1", setup);
    EXPECT_EQ(run_program("urna-precinct", {"sync", "--config", config_.string()}).status, 0);
    EXPECT_EQ(server.stop(), 0);
  }
  const Outcome streamed = outcome();
  ASSERT_EQ(streamed.log.size(), 4U);
  // 100 votes for the first list, 40 for each of the two others, of 1,000 voters.
  EXPECT_NE(streamed.tally.find("council-140101,1,140101,1,option,1,100\n"), std::string::npos)
      << streamed.tally;
  EXPECT_NE(streamed.tally.find("council-140101,1,140101,1,point,p1,1000\n"), std::string::npos);

  fresh_gmina();
  {
    Served server("urna-territorial", scene_, "140101");
    const Ran ran = territorial("import", medium_);
    EXPECT_EQ(ran.status, 0) << ran.errors;
    EXPECT_NE(ran.output.find("4 records: 3 admitted, 1 already here, 0 refused"),
              std::string::npos)
        << ran.output;
    EXPECT_EQ(server.stop(), 0);
  }
  const Outcome beside = outcome();
  EXPECT_EQ(beside.log, streamed.log);
  EXPECT_EQ(beside.tally, streamed.tally);

  fresh_gmina();
  EXPECT_EQ(territorial("import", medium_).status, 0);
  const Outcome alone = outcome();
  EXPECT_EQ(alone.log, streamed.log);
  EXPECT_EQ(alone.tally, streamed.tally);

  const Ran again = territorial("import", medium_);
  EXPECT_EQ(again.status, 0);
  EXPECT_NE(again.output.find("4 records: 0 admitted, 4 already here, 0 refused"),
            std::string::npos)
      << again.output;
  EXPECT_EQ(outcome().log, streamed.log);
}

TEST_F(Medium, BeforeTheDefinitionItsRecordsWaitAndTheOperatorIsToldWhatToDo) {
  Install setup;
  setup.definition = false;
  scene_.install("140101", setup);
  const Ran early = territorial("import", medium_);
  EXPECT_EQ(early.status, 1);
  EXPECT_NE(early.errors.find("import the definition"), std::string::npos) << early.errors;
  EXPECT_EQ(territorial("import", scene_.root() / "definition.urna").status, 0);
  EXPECT_EQ(territorial("import", medium_).status, 0);
  EXPECT_EQ(log_of(scene_.journal_of("140101")).size(), 4U);
}

TEST_F(Medium, OneChangedByteAndTheWholeFileIsRefused) {
  const std::string good = medium_bytes();
  const node::NodeIdentity identity = scene_.election().node_identity("140101");
  trust::CertificateBook certificates(scene_.election().anchors());
  ASSERT_TRUE(node::batches_of_file(good, certificates, identity, kElectionDayMs).has_value());
  for (std::size_t i = 0; i < good.size(); i += 7) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
    EXPECT_FALSE(node::batches_of_file(bad, certificates, identity, kElectionDayMs).has_value())
        << i;
  }
  for (std::size_t size = 0; size < good.size(); size += 11) {
    EXPECT_FALSE(
        node::batches_of_file(good.substr(0, size), certificates, identity, kElectionDayMs))
        << size;
  }
  EXPECT_FALSE(node::batches_of_file(good + good, certificates, identity, kElectionDayMs));
  EXPECT_FALSE(node::batches_of_file(good + "x", certificates, identity, kElectionDayMs));
}

TEST_F(Medium, EveryByteOfASmallOneCounts) {
  // A journal with the definition alone.
  const auto config = scene_.install("140101-2");
  const auto file = scene_.root() / "small.urna";
  ASSERT_EQ(
      run_program("urna-precinct", {"export", "--config", config.string(), file.string()}).status,
      0);
  const std::string good = *service::read_file(file, 1 << 24);
  const node::NodeIdentity identity = scene_.election().node_identity("140101");
  trust::CertificateBook certificates(scene_.election().anchors());
  ASSERT_TRUE(node::batches_of_file(good, certificates, identity, kElectionDayMs).has_value());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EXPECT_FALSE(node::batches_of_file(bad, certificates, identity, kElectionDayMs).has_value())
        << i;
  }
}

// A found stick needs no key to claim a block of a gigabyte.
TEST_F(Medium, ABlockLongerThanABatchIsRefusedBeforeItIsRead) {
  const node::NodeIdentity identity = scene_.election().node_identity("140101");
  trust::CertificateBook certificates(scene_.election().anchors());
  const std::size_t size = node::kSignedBatchBytesMax + (1 << 20);
  std::string bytes(node::kMediumMagic);
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(size >> shift & 0xff));
  }
  bytes.append(size, '\n');
  const auto read = node::batches_of_file(bytes, certificates, identity, kElectionDayMs);
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().message.find("longer than any batch"), std::string::npos)
      << read.error().message;
}

TEST_F(Medium, TheProgramUsesNothingOfAChangedFile) {
  fresh_gmina();
  const std::string good = medium_bytes();
  for (const std::size_t i : {std::size_t{3}, std::size_t{16}, good.size() / 3, good.size() - 1}) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    const Ran ran = territorial("import", scene_.write("bad.urna", bad));
    EXPECT_TRUE(says_in_one_line(ran, "")) << i;
    EXPECT_EQ(ran.output, "");
  }
  EXPECT_EQ(log_of(scene_.journal_of("140101")).size(), 1U);
}

}  // namespace
}  // namespace urna::tests
