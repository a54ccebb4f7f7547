// urna-bench as it is called.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

#include "tests/drill/child.h"
#include "tests/support/temporary_folder.h"

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

// Entries of a folder; 0 when it is not there.
std::ptrdiff_t entries(const std::filesystem::path& folder) {
  std::error_code error;
  return std::distance(std::filesystem::directory_iterator(folder, error), {});
}

bool eventually(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// Not in the folder of other tests' temporary files, and short enough for a socket's path.
TEST(BenchCommand, ARunThatIsStoppedLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  ::chmod(folder.path().c_str(), 0755);
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  auto run = drill::Child::start({URNA_BENCH, "footprint", "--precincts", "100"}, "/dev/null");
  ::unsetenv("TMPDIR");
  ASSERT_TRUE(run.has_value());
  const auto database_runs = [&] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             folder.path(), std::filesystem::directory_options::skip_permission_denied)) {
      if (entry.path().filename() == "postmaster.pid") return true;
    }
    return false;
  };
  EXPECT_TRUE(eventually([&] {
    try {
      return database_runs();
    } catch (const std::filesystem::filesystem_error&) {
      return false;  // a folder went while it was looked at
    }
  }));
  EXPECT_EQ(run->stop(std::chrono::seconds(20)), 130);
  EXPECT_TRUE(eventually([&] { return entries(folder.path()) == 0; }));
}

}  // namespace
}  // namespace urna::bench
