// R25: backup, restore, fsck and salvage as programs, between real nodes.

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdlib>
#include <pqxx/pqxx>
#include <set>

#include "common/journal/sqlite_store.h"
#include "common/service/files.h"
#include "tests/integration/programs/scene.h"
#include "tests/support/private_postgres.h"

namespace urna::tests {
namespace {

// A powiat's node above a gmina's above two precincts.
class Upkeep : public testing::Test {
 protected:
  void SetUp() override {
    scene_.install("140100");
    for (const char* precinct : {"140101-1", "140101-2"}) scene_.install(precinct);
    scene_.install("140101");
  }
  std::string config_of(const std::string& unit) const {
    return (scene_.folder_of(unit) / "urna.toml").string();
  }
  Ran territorial(const std::string& unit, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, {"--config", config_of(unit)});
    return run_program("urna-territorial", arguments);
  }
  Ran precinct(const std::string& unit, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, {"--config", config_of(unit)});
    return run_program("urna-precinct", arguments);
  }
  void sign(const std::string& unit, const std::string& contest) {
    const auto file = scene_.protocol_file(scene_.election().protocol(unit, contest));
    const auto chair = scene_.licence(scene_.election().chair(unit)).string();
    const Ran ran = precinct(unit, {"sign", file.string(), "--licence", chair, "--offline"});
    ASSERT_EQ(ran.status, 0) << ran.errors;
  }
  // Installs a unit anew below a server that runs; its journal stays.
  void put_below(const std::string& unit, const Served& upper) {
    Install setup;
    setup.upstreams = {upper.as_upstream()};
    scene_.install(unit, setup);
  }
  Ran sync(const std::string& unit, const Served& gmina) {
    put_below(unit, gmina);
    return precinct(unit, {"sync"});
  }
  std::set<RecordId> ids(const std::string& unit) const {
    const auto log = log_of(scene_.journal_of(unit));
    return {log.begin(), log.end()};
  }
  LogId log_id(const std::string& unit) const {
    return journal::SqliteStore::open_read_only(scene_.journal_of(unit)).value()->log_id().value();
  }
  std::string tally(const std::string& unit) {
    const Ran ran = territorial(unit, {"tally"});
    EXPECT_EQ(ran.status, 0) << ran.errors;
    return ran.output;
  }
  bool has(const std::string& unit, const std::set<RecordId>& wanted) const {
    const auto held = ids(unit);
    return std::ranges::includes(held, wanted);
  }
  // Protocols of both precincts at the gmina and the powiat.
  void run_evening() {
    Served powiat("urna-territorial", scene_, "140100");
    put_below("140101", powiat);
    Served gmina("urna-territorial", scene_, "140101");
    for (const char* unit : {"140101-1", "140101-2"}) {
      for (const char* contest : {"council-140101", "mayor-140101", "powiat-140100"}) {
        sign(unit, contest);
      }
      const Ran sent = sync(unit, gmina);
      ASSERT_EQ(sent.status, 0) << sent.errors;
    }
    ASSERT_TRUE(eventually([&] { return has("140100", ids("140101")); }));
    EXPECT_EQ(gmina.stop(), 0);
    EXPECT_EQ(powiat.stop(), 0);
  }
  // Changes a byte of the record at this position in a file that is a journal.
  void flip(const std::filesystem::path& journal, std::uint64_t position) {
    Bytes record;
    {
      const auto store = journal::SqliteStore::open_read_only(journal).value();
      record = store->record_unchecked(position).value();
    }
    std::string bytes = *service::read_file(journal, 1 << 28);
    // The signature, at the record's end; a page may end within it.
    std::size_t at = bytes.npos;
    for (std::size_t from = record.size() - 16; at == bytes.npos; --from) {
      at = bytes.find(record.substr(from, 16));
    }
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    for (const char* suffix : {"-wal", "-shm"}) {
      std::filesystem::remove(journal.string() + suffix);
    }
    ASSERT_TRUE(service::write_file_atomically(journal, bytes, 0600));
  }

  Scene scene_;
};

// The whole way of a damaged journal: found, named, salvaged, begun anew, refilled by the nodes
// above and below.
TEST_F(Upkeep, ADamagedJournalIsFoundSalvagedAndRefilledToTheSameStatementsAndTotals) {
  run_evening();
  const std::set<RecordId> before = ids("140101");
  ASSERT_EQ(before.size(), 7U);
  const std::string totals = tally("140101");
  EXPECT_EQ(territorial("140101", {"fsck"}).status, 0);

  flip(scene_.journal_of("140101"), 1);
  const Ran found = territorial("140101", {"fsck"});
  EXPECT_TRUE(says_in_one_line({found.status, "", found.errors}, "position 1"));
  EXPECT_NE(found.output.find("election log"), std::string::npos);
  EXPECT_NE(found.output.find("DAMAGED"), std::string::npos);
  EXPECT_NE(found.output.find("salvage"), std::string::npos) << found.output;
  EXPECT_NE(found.output.find("deploy/runbooks/damaged.md"), std::string::npos) << found.output;
  EXPECT_NE(territorial("140101", {"serve"}).status, 0);

  const auto medium = scene_.root() / "saved.urna";
  const Ran saved = territorial("140101", {"salvage", "--output", medium.string()});
  EXPECT_EQ(saved.status, 1) << "something was lost";
  EXPECT_NE(saved.output.find("6 of 7 records saved"), std::string::npos) << saved.output;
  EXPECT_NE(saved.output.find("lost: position 1: bad_signature"), std::string::npos)
      << saved.output;
  EXPECT_TRUE(says_in_one_line(territorial("140101", {"salvage", "--output", medium.string()}),
                               "is there already"));

  // A fresh journal, a new log.
  const LogId damaged_log = log_id("140101");
  std::filesystem::rename(scene_.folder_of("140101") / "data", scene_.root() / "damaged");
  const Ran imported = territorial("140101", {"import", medium.string()});
  EXPECT_EQ(imported.status, 0) << imported.errors;
  EXPECT_EQ(ids("140101").size(), 6U);
  EXPECT_NE(log_id("140101"), damaged_log);
  {
    Served powiat("urna-territorial", scene_, "140100");
    put_below("140101", powiat);
    Served gmina("urna-territorial", scene_, "140101");
    EXPECT_TRUE(eventually([&] { return ids("140101") == before; })) << "from above";
    EXPECT_EQ(gmina.stop(), 0);
    EXPECT_EQ(powiat.stop(), 0);
  }
  EXPECT_EQ(tally("140101"), totals);
  EXPECT_EQ(ids("140100"), before);
  EXPECT_EQ(territorial("140101", {"fsck"}).status, 0);
  EXPECT_EQ(territorial("140100", {"fsck"}).status, 0);
}

// What nobody above has comes from below: precincts begin from zero with a log they do not know.
TEST_F(Upkeep, APrecinctSendsAgainWhatAFreshJournalAboveItLacks) {
  {
    Served gmina("urna-territorial", scene_, "140101");
    sign("140101-1", "council-140101");
    ASSERT_EQ(sync("140101-1", gmina).status, 0);
    EXPECT_EQ(gmina.stop(), 0);
  }
  const std::set<RecordId> before = ids("140101");
  std::filesystem::remove_all(scene_.folder_of("140101") / "data");
  Served gmina("urna-territorial", scene_, "140101");
  ASSERT_EQ(sync("140101-1", gmina).status, 0);
  EXPECT_EQ(gmina.stop(), 0);
  EXPECT_EQ(ids("140101"), before);
}

TEST_F(Upkeep, ABackupMadeWhileServingIsRestoredUnderANewLogIdAndGetsTheRestFromBelow) {
  const auto backup = scene_.root() / "yesterday.backup";
  {
    Served gmina("urna-territorial", scene_, "140101");
    sign("140101-1", "council-140101");
    ASSERT_EQ(sync("140101-1", gmina).status, 0);
    const Ran made = territorial("140101", {"backup", "--output", backup.string()});
    EXPECT_EQ(made.status, 0) << made.errors;
    EXPECT_NE(made.output.find("2 records"), std::string::npos) << made.output;
    EXPECT_TRUE(says_in_one_line(territorial("140101", {"backup", "--output", backup.string()}),
                                 "is there already"));
    EXPECT_TRUE(
        says_in_one_line(territorial("140101", {"restore", "--from", backup.string()}), "in use"));
    sign("140101-2", "council-140101");
    ASSERT_EQ(sync("140101-2", gmina).status, 0);
    EXPECT_EQ(gmina.stop(), 0);
  }
  const std::set<RecordId> before = ids("140101");
  ASSERT_EQ(before.size(), 3U);
  const LogId old_log = log_id("140101");

  EXPECT_TRUE(says_in_one_line(territorial("140101", {"restore", "--from", backup.string()}),
                               "--set-aside"));
  EXPECT_EQ(ids("140101"), before) << "nothing was changed";
  const auto aside = scene_.root() / "aside";
  const Ran restored =
      territorial("140101", {"restore", "--from", backup.string(), "--set-aside", aside.string()});
  ASSERT_EQ(restored.status, 0) << restored.errors;
  EXPECT_TRUE(std::filesystem::exists(aside / "journal.db"));
  EXPECT_EQ(ids("140101").size(), 2U);
  EXPECT_NE(log_id("140101"), old_log) << "before any receipt";
  EXPECT_EQ(territorial("140101", {"fsck"}).status, 0);

  Served gmina("urna-territorial", scene_, "140101");
  // Its own record was acknowledged in the log that is no more: it is sent again.
  ASSERT_EQ(sync("140101-2", gmina).status, 0);
  EXPECT_EQ(gmina.stop(), 0);
  EXPECT_EQ(ids("140101"), before);
}

TEST_F(Upkeep, ADamagedOrForeignBackupIsNotPutInPlace) {
  run_evening();
  const auto backup = scene_.root() / "a.backup";
  ASSERT_EQ(territorial("140101", {"backup", "--output", backup.string()}).status, 0);
  const std::set<RecordId> before = ids("140101");
  const auto aside = (scene_.root() / "aside").string();
  // Another node's.
  EXPECT_TRUE(says_in_one_line(
      territorial("140100", {"restore", "--from", backup.string(), "--set-aside", aside}),
      "another node's"));
  EXPECT_EQ(territorial("140100", {"fsck"}).status, 0);
  // Damaged.
  flip(backup, 1);
  EXPECT_TRUE(says_in_one_line(
      territorial("140101", {"restore", "--from", backup.string(), "--set-aside", aside}),
      "position 1"));
  EXPECT_EQ(ids("140101"), before);
  EXPECT_FALSE(std::filesystem::exists(aside));
  for (const auto& entry :
       std::filesystem::directory_iterator(scene_.journal_of("140101").parent_path())) {
    EXPECT_FALSE(entry.is_directory()) << entry.path() << " was left behind";
  }
}

TEST_F(Upkeep, RestoreIsAskedForInOneOfTwoWays) {
  for (const auto& wrong : {std::vector<std::string>{"restore"},
                            {"restore", "--set-aside", "x"},
                            {"restore", "--from", config_of("140101"), "--in-place"}}) {
    const Ran ran = territorial("140101", wrong);
    EXPECT_EQ(ran.status, 2) << ran.errors;
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
  }
}

TEST_F(Upkeep, AJournalPutBackByHandTakesANewLogIdInPlace) {
  run_evening();
  const LogId before = log_id("140101");
  const Ran ran = territorial("140101", {"restore", "--in-place"});
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_NE(log_id("140101"), before);
  EXPECT_EQ(ids("140101").size(), 7U);
}

TEST_F(Upkeep, ThePrecinctLooksAfterItsJournalLikeAServer) {
  sign("140101-1", "council-140101");
  const auto backup = scene_.root() / "precinct.backup";
  ASSERT_EQ(precinct("140101-1", {"backup", "--output", backup.string()}).status, 0);
  const Ran sound = precinct("140101-1", {"fsck"});
  EXPECT_EQ(sound.status, 0) << sound.errors;
  EXPECT_NE(sound.output.find("1 effective"), std::string::npos) << sound.output;
  const LogId before = log_id("140101-1");
  sign("140101-1", "mayor-140101");

  flip(scene_.journal_of("140101-1"), 1);
  EXPECT_TRUE(says_in_one_line(
      {precinct("140101-1", {"fsck"}).status, "", precinct("140101-1", {"fsck"}).errors},
      "position 1"));
  const auto medium = scene_.root() / "precinct.urna";
  EXPECT_EQ(precinct("140101-1", {"salvage", "--output", medium.string()}).status, 1);
  const Ran restored = precinct("140101-1", {"restore", "--from", backup.string(), "--set-aside",
                                             (scene_.root() / "aside").string()});
  EXPECT_EQ(restored.status, 0) << restored.errors;
  EXPECT_NE(log_id("140101-1"), before);
  EXPECT_EQ(precinct("140101-1", {"fsck"}).status, 0);
  // The mayor's protocol was saved, and goes on as a medium.
  Served gmina("urna-territorial", scene_, "140101");
  ASSERT_EQ(sync("140101-1", gmina).status, 0);
  const Ran imported = territorial("140101", {"import", medium.string()});
  EXPECT_EQ(imported.status, 0) << imported.errors;
  EXPECT_EQ(gmina.stop(), 0);
  EXPECT_EQ(ids("140101").size(), 3U);
}

TEST_F(Upkeep, AServerIsLookedThroughWhileItServes) {
  Served gmina("urna-territorial", scene_, "140101");
  sign("140101-1", "council-140101");
  ASSERT_EQ(sync("140101-1", gmina).status, 0);
  const Ran ran = territorial("140101", {"fsck"});
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_NE(ran.output.find("every hash, signature and effect holds"), std::string::npos);
  // What it shows itself is compared, too.
  EXPECT_NE(ran.output.find("its figures over 2 entries: sound"), std::string::npos) << ran.output;
  EXPECT_TRUE(says_in_one_line(territorial("140101", {"fsck", "--rebuild"}), "in use"));
  EXPECT_EQ(gmina.stop(), 0);
}

TEST_F(Upkeep, AFullDiskLeavesNoHalfBackupAndTheJournalAsItWas) {
  sign("140101-1", "council-140101");
  const auto disk = scene_.root() / "disk";
  std::filesystem::create_directories(disk);
  if (mount("none", disk.c_str(), "tmpfs", 0, "size=32k,mode=700") != 0) {
    GTEST_SKIP() << "a file system cannot be mounted here";
  }
  for (const char* command : {"backup", "salvage"}) {
    const Ran ran = precinct("140101-1", {command, "--output", (disk / "file").string()});
    EXPECT_TRUE(says_in_one_line(ran, "")) << command;
    EXPECT_TRUE(ran.errors.find("full") != std::string::npos ||
                ran.errors.find("No space left") != std::string::npos)
        << ran.errors;
    EXPECT_TRUE(std::filesystem::is_empty(disk)) << command;
  }
  EXPECT_EQ(umount2(disk.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(precinct("140101-1", {"fsck"}).status, 0);
}

// The centre's journal is a database: looked through by the same command, copied by other means.
TEST_F(Upkeep, TheCentreLooksThroughItsDatabaseAndTakesANewLogIdInPlace) {
  auto server = test::PrivatePostgres::start({.folder = {}, .fast_and_unsafe = true});
  if (!server) {
    if (std::getenv("CI") != nullptr) FAIL() << server.error().message;
    GTEST_SKIP() << server.error().message;
  }
  Install setup;
  setup.extra = "[database]\nconnection = \"" + (*server)->connection() + "\"\n";
  const std::string config = scene_.install("PL", setup).string();
  const auto central = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin() + 1, {"--config", config});
    return run_program("urna-central", arguments);
  };
  const auto change = [&](const std::string& sql) {
    pqxx::connection connection((*server)->connection());
    pqxx::work work(connection);
    const auto done = work.exec(sql);
    work.commit();
    return done;
  };
  const Ran imported = central({"import", (scene_.root() / "definition.urna").string()});
  ASSERT_EQ(imported.status, 0) << imported.errors;
  const Ran sound = central({"fsck"});
  EXPECT_EQ(sound.status, 0) << sound.errors;
  EXPECT_NE(sound.output.find("left to PostgreSQL"), std::string::npos) << sound.output;

  const auto file = (scene_.root() / "centre.backup").string();
  EXPECT_TRUE(says_in_one_line(central({"backup", "--output", file}), "deploy/backup central"));
  EXPECT_TRUE(says_in_one_line(central({"restore", "--from", config}), "deploy/restore central"));
  const std::string id = "SELECT encode(value, 'hex') FROM urna.meta WHERE name = 'log_id'";
  const auto before = change(id)[0][0].as<std::string>();
  const Ran restored = central({"restore", "--in-place"});
  EXPECT_EQ(restored.status, 0) << restored.errors;
  EXPECT_NE(change(id)[0][0].as<std::string>(), before);

  // What stands beside a record decides who is given it.
  change("UPDATE urna.log SET unit = '140101'");
  EXPECT_TRUE(says_in_one_line(
      {central({"fsck"}).status, "", central({"fsck"}).errors},
      "entry 0 of the election log is filed under unit '140101' and speaks of ''"));
  change("UPDATE urna.log SET unit = ''");
  EXPECT_EQ(central({"fsck"}).status, 0);

  change("UPDATE urna.record SET bytes = overlay(bytes placing '\\x00' from 60)");
  EXPECT_TRUE(says_in_one_line({central({"fsck"}).status, "", central({"fsck"}).errors},
                               "election log, position 0"));
  const Ran saved = central({"salvage", "--output", file});
  EXPECT_EQ(saved.status, 1);
  EXPECT_NE(saved.output.find("0 of 1 records saved"), std::string::npos) << saved.output;
  EXPECT_NE(saved.output.find("lost: position 0"), std::string::npos) << saved.output;
}

}  // namespace
}  // namespace urna::tests
