// urna-bench as it is called.
#include <gtest/gtest.h>

#include <string>

#include "tests/drill/child.h"

namespace urna::bench {
namespace {

drill::Finished bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), URNA_BENCH);
  const auto finished = drill::run_program(arguments, "/dev/null");
  EXPECT_TRUE(finished.has_value());
  return finished ? *finished : drill::Finished{};
}

TEST(BenchCommand, HelpNamesEverySubcommandAndHidesItsHelpers) {
  const auto help = bench({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* subcommand : {"ingest", "nation", "scale", "footprint"}) {
    EXPECT_NE(help.output.find(subcommand), std::string::npos) << subcommand;
    EXPECT_EQ(bench({subcommand, "--help"}).status, 0);
  }
  EXPECT_EQ(help.output.find("  client"), std::string::npos);
  EXPECT_EQ(help.output.find("  bare"), std::string::npos);
}

TEST(BenchCommand, WrongUsageExitsWithTwo) {
  EXPECT_EQ(bench({}).status, 2);
  EXPECT_EQ(bench({"speed"}).status, 2);
  EXPECT_EQ(bench({"ingest", "--rounds", "0"}).status, 2);
  EXPECT_EQ(bench({"ingest", "--batch", "257"}).status, 2);
  EXPECT_EQ(bench({"ingest", "--only", "d"}).status, 2);
  EXPECT_EQ(bench({"ingest", "--quick", "--full"}).status, 2);
  EXPECT_EQ(bench({"nation", "--times", "11"}).status, 2);
  EXPECT_EQ(bench({"scale", "--precincts", "0"}).status, 2);
}

TEST(BenchCommand, AHelperWithoutItsFilesFails) {
  EXPECT_EQ(bench({"client", "/nowhere/client.json"}).status, 1);
  EXPECT_EQ(bench({"bare", "--folder", "/nowhere", "--unit", "PL", "--database", "dbname=none",
                   "--address-file", "/nowhere/address"})
                .status,
            1);
}

}  // namespace
}  // namespace urna::bench
