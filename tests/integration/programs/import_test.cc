// What `import` tells its operator: what came in, under which ids, and what is in force now.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/daemon/terminal.h"
#include "common/node/transfer_file.h"
#include "common/service/files.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {
namespace {

class Import : public testing::Test {
 protected:
  void SetUp() override {
    Install setup;
    setup.definition = false;
    scene_.install("140101", setup);
  }
  Ran import(const std::filesystem::path& file) {
    return run_program(
        "urna-territorial",
        {"import", "--config", (scene_.folder_of("140101") / "urna.toml").string(), file.string()});
  }
  // The medium of a precinct with one protocol.
  std::filesystem::path medium_of(const std::string& precinct, const std::string& contest) {
    const auto config = scene_.install(precinct);
    const auto file = scene_.protocol_file(scene_.election().protocol(precinct, contest));
    const Ran ran = run_program(
        "urna-precinct", {"sign", "--config", config.string(), file.string(), "--offline",
                          "--licence", scene_.licence(scene_.election().chair(precinct)).string()});
    EXPECT_EQ(ran.status, 0) << ran.errors;
    const auto medium = scene_.root() / (precinct + ".urna");
    EXPECT_EQ(run_program("urna-precinct", {"export", "--config", config.string(), medium.string()})
                  .status,
              0);
    return medium;
  }
  Scene scene_;
};

TEST_F(Import, AnOlderDefinitionIsKeptAndToldToBeOutOfForceWithAServerAndWithout) {
  const auto first = scene_.write("first.urna", scene_.definition_bytes(scene_.election()));
  scene_.election().change_slice("council-140101");
  const auto second = scene_.write("second.urna", scene_.definition_bytes(scene_.election()));
  const std::string id = scene_.election().current().statement.hex();
  for (const bool beside : {false, true}) {
    std::filesystem::remove_all(scene_.folder_of("140101") / "data");
    std::unique_ptr<Served> server;
    if (beside) server = std::make_unique<Served>("urna-territorial", scene_, "140101");
    const Ran newer = import(second);
    EXPECT_EQ(newer.status, 0) << newer.errors;
    EXPECT_NE(newer.output.find("definition version 2, statement " + id + ": in force"),
              std::string::npos)
        << newer.output;
    const Ran older = import(first);
    EXPECT_EQ(older.status, 0) << older.errors;
    EXPECT_NE(older.output.find("older than version 2 held here; kept, not in force"),
              std::string::npos)
        << older.output;
    if (beside) {
      const auto status = nlohmann::json::parse(server->get("/api/status.json").second);
      EXPECT_EQ(status["definition"], id);
      EXPECT_EQ(server->stop(), 0);
    }
  }
}

TEST_F(Import, EveryRecordIsToldWithItsStatement) {
  ASSERT_EQ(import(scene_.root() / "definition.urna").status, 0);
  const Ran ran = import(medium_of("140101-1", "council-140101"));
  const std::string id =
      SmallElection::statement(scene_.election().protocol("140101-1", "council-140101")).hex();
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_NE(ran.output.find("protocol 140101-1 council-140101/1 revision 1, statement " + id +
                            ": admitted\n"),
            std::string::npos)
      << ran.output;
}

TEST_F(Import, ARefusedBatchIsToldWithFileSenderAndReason) {
  ASSERT_EQ(import(scene_.root() / "definition.urna").status, 0);
  const auto medium = medium_of("140102-1", "council-140102");
  const Ran ran = import(medium);
  EXPECT_TRUE(says_in_one_line(ran, medium.string()));
  EXPECT_TRUE(says_in_one_line(ran, "batch 1, sent by 140102-1"));
  EXPECT_TRUE(says_in_one_line(ran, "the sender does not lie under 140101"));
}

TEST(Terminal, WhatATerminalWouldObeyIsEscapedAndNothingElse) {
  EXPECT_EQ(daemon::printable("Łódź 1 – „ok”\\"), "Łódź 1 – „ok”\\");
  EXPECT_EQ(daemon::printable("a\x1b[2Jb\nc\x7f"), "a\\x1b[2Jb\\x0ac\\x7f");
  EXPECT_EQ(daemon::printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(daemon::printable("\u009b"
                              "1m\u202etxt"),
            "\\u{9b}1m\\u{202e}txt");
  // Cut off, overlong, a surrogate, past the end.
  EXPECT_EQ(daemon::printable("\xc5"), "\\xc5");
  EXPECT_EQ(daemon::printable("\xc0\x8a"), "\\xc0\\x8a");
  EXPECT_EQ(daemon::printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(daemon::printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

}  // namespace
}  // namespace urna::tests
