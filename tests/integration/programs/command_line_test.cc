// What a stranger meets first: help, version, and an answer to wrong usage.

#include <gtest/gtest.h>

#include "common/service/version.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {
namespace {

class CommandLine : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Programs, CommandLine,
                         testing::Values("urna-central", "urna-territorial", "urna-precinct"),
                         [](const auto& tested) { return tested.param.substr(5); });

TEST_P(CommandLine, HelpExplainsTheProgramAndEverySubcommand) {
  const Ran help = run_program(GetParam(), {"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.errors, "");
  EXPECT_NE(help.output.find("Exit status"), std::string::npos);
  EXPECT_NE(help.output.find("deploy/examples/" + GetParam() + ".toml"), std::string::npos);
  const std::vector<std::string> commands =
      GetParam() == "urna-precinct"
          ? std::vector<std::string>{"contests", "blank",  "check", "sign",    "sync",   "run",
                                     "export",   "status", "fsck",  "salvage", "backup", "restore"}
          : std::vector<std::string>{"serve",   "import", "tally",  "fsck",
                                     "salvage", "backup", "restore"};
  for (const std::string& command : commands) {
    EXPECT_NE(help.output.find("\n  " + command), std::string::npos) << command;
    const Ran own = run_program(GetParam(), {command, "--help"});
    EXPECT_EQ(own.status, 0) << command;
    EXPECT_NE(own.output.find("--config"), std::string::npos) << command;
  }
}

TEST_P(CommandLine, VersionIsTheBuilds) {
  const Ran version = run_program(GetParam(), {"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.output, service::software_name(GetParam()) + "\n");
}

TEST_P(CommandLine, WrongUsageEndsWithTwoAndOneLineThatNamesWhatIsWrong) {
  const std::string first = GetParam() == "urna-precinct" ? "status" : "serve";
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{}, "no command is given"},
      {{"dance"}, "unknown command 'dance'"},
      {{"dance\nno"}, "unknown command 'dance\\x0ano'"},
      {{"--colour"}, "unknown option --colour"},
      {{first}, "--config"},
      {{first, "--config", "/dev/null", "--colour"}, "--colour"}};
  for (const auto& [arguments, part] : wrong) {
    const Ran ran = run_program(GetParam(), arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_TRUE(ran.errors.starts_with(GetParam() + ": ")) << ran.errors;
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
    EXPECT_NE(ran.errors.find(part), std::string::npos) << ran.errors;
    EXPECT_EQ(ran.output, "");
  }
}

TEST(CommandLineOfTheCentre, ServeDoesNotSayThatItSendsUpward) {
  const Ran help = run_program("urna-central", {"serve", "--help"});
  EXPECT_NE(help.output.find("Take streams from below"), std::string::npos);
  EXPECT_EQ(help.output.find("upward"), std::string::npos);
}

TEST_P(CommandLine, AConfigurationThatIsNotThereIsNamed) {
  const Ran ran = run_program(GetParam(), {GetParam() == "urna-precinct" ? "status" : "serve",
                                           "--config", "/no/such.toml"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.errors.find("/no/such.toml"), std::string::npos);
}

}  // namespace
}  // namespace urna::tests
