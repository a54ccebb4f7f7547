// urna-sim: runs the simulated nation from seeds and says which seeds break an invariant.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/sim/warsaw.h"
#include "tests/sim/world.h"

namespace {

void print(const urna::sim::RunReport& report) {
  std::printf("seed %llu: %llu steps, %llu records, %llu s, digest %016llx",
              static_cast<unsigned long long>(report.seed),
              static_cast<unsigned long long>(report.steps),
              static_cast<unsigned long long>(report.records),
              static_cast<unsigned long long>(report.virtual_ms / 1'000),
              static_cast<unsigned long long>(report.digest));
  for (const auto& [what, times] : report.counts) {
    std::printf(", %s %llu", what.c_str(), static_cast<unsigned long long>(times));
  }
  std::printf("\n");
}

struct Options {
  std::uint64_t seeds = 100;
  std::uint64_t first_seed = 1;
  bool verbose = false;
  bool trace = false;
  std::string nodes = "small";
  std::string data;
};

// Seeds that broke something.
std::uint64_t run_seeds(const Options& options) {
  urna::sim::Keyring keys;
  std::uint64_t violated = 0;
  for (std::uint64_t seed = options.first_seed; seed - options.first_seed < options.seeds; ++seed) {
    urna::sim::World::Trace trace;
    if (options.trace) trace = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    const auto report = urna::sim::World(seed, keys, trace).run();
    if (options.verbose) print(report);
    if (report.violations.empty()) continue;
    ++violated;
    std::printf(
        "seed %llu breaks an invariant; to repeat it:\n  urna-sim --seeds 1 --first-seed %llu\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
    for (const std::string& violation : report.violations) std::printf("  %s\n", violation.c_str());
    std::fflush(stdout);
  }
  return violated;
}

// Seeds that broke something; each is another order of the same protocols.
std::uint64_t run_warsaw(const Options& options) {
  const auto dataset = urna::drill::read_warsaw(options.data);
  if (!dataset) {
    std::fprintf(stderr, "urna-sim: %s\n", dataset.error().message.c_str());
    return options.seeds;
  }
  urna::sim::Keyring keys;
  std::uint64_t violated = 0;
  for (std::uint64_t seed = options.first_seed; seed - options.first_seed < options.seeds; ++seed) {
    urna::sim::Warsaw warsaw(*dataset, keys, seed);
    std::vector<std::string> wrong = warsaw.run();
    for (std::string& difference : warsaw.differences()) wrong.push_back(std::move(difference));
    for (const auto& [contest, totals] : warsaw.totals()) {
      if (!options.verbose) continue;
      std::printf("%-22s %5llu protocols %9llu valid votes %9llu eligible\n", contest.c_str(),
                  static_cast<unsigned long long>(totals.protocols),
                  static_cast<unsigned long long>(totals.valid_votes),
                  static_cast<unsigned long long>(totals.eligible));
    }
    if (wrong.empty()) continue;
    ++violated;
    std::printf("to repeat it:\n  urna-sim --nodes warsaw --data %s --seeds 1 --first-seed %llu\n",
                options.data.c_str(), static_cast<unsigned long long>(seed));
    for (const std::string& one : wrong) std::printf("  %s\n", one.c_str());
  }
  return violated;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Runs a small election in one process, with a network, disks and machines that fail, and "
      "checks\n"
      "after every step that nothing acknowledged is lost and every total is right. The same seed\n"
      "gives the same run."};
  Options options;
  app.set_version_flag("--version", "urna-sim " URNA_VERSION);
  app.add_option("--seeds", options.seeds, "How many seeds to run, one after the other")
      ->capture_default_str();
  app.add_option("--first-seed", options.first_seed, "The first of them")->capture_default_str();
  app.add_option("--nodes", options.nodes,
                 "small: a nation of a few precincts with faults; warsaw: the 4,430 protocols of\n"
                 "Warsaw in 2014 through 18 districts, city and centre, without faults")
      ->check(CLI::IsMember({"small", "warsaw"}))
      ->capture_default_str();
  app.add_option("--data", options.data, "Where 2014-warsaw/ lies, for --nodes warsaw")
      ->envname("URNA_DATA");
  app.add_flag("--verbose", options.verbose, "One line per seed: what happened in it");
  app.add_flag("--trace", options.trace, "Every event of every seed, for looking into one that fails");
  CLI11_PARSE(app, argc, argv);
  const std::uint64_t violated =
      options.nodes == "warsaw" ? run_warsaw(options) : run_seeds(options);
  std::printf("seeds run: %llu, violations: %llu\n", static_cast<unsigned long long>(options.seeds),
              static_cast<unsigned long long>(violated));
  return violated == 0 ? 0 : 1;
}
