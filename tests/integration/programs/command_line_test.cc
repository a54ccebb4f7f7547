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
          ? std::vector<std::string>{"check", "sign", "sync", "run", "export", "status"}
          : std::vector<std::string>{"serve", "import", "verify", "tally"};
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

TEST_P(CommandLine, WrongUsageEndsWithTwoAndAWordOnWhatIsWrong) {
  const std::vector<std::vector<std::string>> wrong = {
      {}, {"dance"}, {"--colour"}, {GetParam() == "urna-precinct" ? "status" : "serve"}};
  for (const auto& arguments : wrong) {
    const Ran ran = run_program(GetParam(), arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.errors, "");
    EXPECT_EQ(ran.output, "");
  }
}

TEST_P(CommandLine, AConfigurationThatIsNotThereIsNamed) {
  const Ran ran = run_program(GetParam(), {GetParam() == "urna-precinct" ? "status" : "serve",
                                           "--config", "/no/such.toml"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.errors.find("/no/such.toml"), std::string::npos);
}

}  // namespace
}  // namespace urna::tests
