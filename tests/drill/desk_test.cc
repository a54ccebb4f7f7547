#include "tests/drill/desk.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/drill/child.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {
namespace {

using Lines = std::vector<std::string>;

// A program that plays a desk: a shell script whose body sees each command as $line.
class PlayedDesk : public testing::Test {
 protected:
  void play(const std::string& body, const std::string& end = "exit $status") {
    const auto program = folder_.path() / "program";
    std::ofstream(program) << "#!/bin/sh\nstatus=0\nrefuse() { echo \"refused $1\"; status=1; }\n"
                           << "cd " << folder_.path().string() << "\n"
                           << "while read -r line; do\n"
                           << body << "\ndone\n"
                           << end << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    options_ = {program,
                "c",
                "k",
                "l",
                folder_.path(),
                folder_.path() / "log",
                std::chrono::milliseconds(2'000),
                std::chrono::milliseconds(1),
                false};
  }
  Result<Lines> work(const Lines& commands) {
    taken_.clear();
    return work_at_desk(
        options_, commands, [&](std::string_view command) { taken_.emplace_back(command); },
        [] { return false; });
  }

  const test::TemporaryFolder folder_;
  DeskOptions options_;
  Lines taken_;
};

TEST_F(PlayedDesk, AProgramThatIsNotThereIsAnError) {
  play("");
  options_.program = "/nonexistent/program";
  EXPECT_FALSE(work({"confirm 1"}));
}

TEST_F(PlayedDesk, OneThatAnswersTooFewCommandsIsAnError) {
  play("echo ok; exit 0");
  EXPECT_FALSE(work({"confirm 1", "confirm 2"}));
}

TEST_F(PlayedDesk, OneThatEndsWithAnotherStatusThanItsAnswersSayIsAnError) {
  play("echo ok", "exit 1");
  EXPECT_FALSE(work({"confirm 1"}));
  play("refuse no", "exit 0");
  EXPECT_FALSE(work({"confirm 1"}));
}

TEST_F(PlayedDesk, WhatStaysRefusedIsNamedWithItsAnswer) {
  play("if [ \"$line\" = bad ]; then refuse 'no such code'; else echo ok done; fi");
  options_.patience = std::chrono::milliseconds(0);
  const auto wrong = work({"good", "bad"});
  ASSERT_TRUE(wrong) << wrong.error().message;
  EXPECT_EQ(*wrong, (Lines{"bad: no such code"}));
  EXPECT_EQ(taken_, (Lines{"good"}));
}

TEST_F(PlayedDesk, WhatIsRefusedIsGivenAgainAndNothingElse) {
  play(
      "echo \"$line\" >> seen; if [ \"$line\" = late ] && [ ! -e tried ]; then touch tried; "
      "refuse wait; else echo ok; fi");
  const auto wrong = work({"early", "late"});
  ASSERT_TRUE(wrong) << wrong.error().message;
  EXPECT_TRUE(wrong->empty());
  EXPECT_EQ(taken_, (Lines{"early", "late"}));
  std::ifstream seen(folder_.path() / "seen");
  std::string all((std::istreambuf_iterator<char>(seen)), {});
  EXPECT_EQ(all, "early\nlate\nlate\n");
}

TEST_F(PlayedDesk, WhatStillWaitsInTheQueueIsWrong) {
  play("echo '  a protocol'; echo \"ok 1 waiting\"");
  options_.ask_queue = true;
  options_.patience = std::chrono::milliseconds(0);
  const auto wrong = work({});
  ASSERT_TRUE(wrong) << wrong.error().message;
  EXPECT_EQ(*wrong, (Lines{"queue: 1 waiting"}));
}

TEST(RunProgram, ReadsItsInputAndTellsWhatItWrites) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "in") << "one\ntwo\n";
  std::string told;
  const auto finished =
      run_program({"/bin/cat"}, folder.path() / "log",
                  {folder.path() / "in", [&](std::string_view piece) { told += piece; }});
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(finished->output, "one\ntwo\n");
  EXPECT_EQ(told, finished->output);
}

TEST(RunProgram, AnInputThatIsNotThereIsAnError) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(run_program({"/bin/cat"}, folder.path() / "log", {folder.path() / "in", nullptr}));
}

}  // namespace
}  // namespace urna::drill
