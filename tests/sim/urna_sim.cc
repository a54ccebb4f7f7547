// urna-sim: runs the simulated nation from seeds and says which seeds break an invariant.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "tests/sim/campaign.h"
#include "tests/sim/twins.h"
#include "tests/sim/warsaw.h"
#include "tests/sim/world.h"

namespace {

struct Options {
  std::uint64_t seeds = 100;
  std::uint64_t first_seed = 1;
  unsigned jobs = urna::sim::default_jobs();
  bool verbose = false;
  bool trace = false;
  bool list_twins = false;
  std::string twin;
  std::string nodes = "small";
  std::string data;
};

unsigned long long number(std::uint64_t value) { return value; }

void print(const urna::sim::RunReport& report) {
  std::printf("seed %llu: %llu steps, %llu records, %llu s, digest %016llx", number(report.seed),
              number(report.steps), number(report.records), number(report.virtual_ms / 1'000),
              number(report.digest));
  for (const auto& [what, times] : report.counts) {
    std::printf(", %s %llu", what.c_str(), number(times));
  }
  std::printf("\n");
}

void print_violations(const Options& options, const urna::sim::RunReport& report) {
  std::printf(
      "seed %llu breaks an invariant; to repeat it:\n  urna-sim --seeds 1 --first-seed %llu",
      number(report.seed), number(report.seed));
  if (!options.twin.empty()) std::printf(" --twin %s", options.twin.c_str());
  std::printf("\n");
  for (const std::string& violation : report.violations) std::printf("  %s\n", violation.c_str());
  std::fflush(stdout);
}

// Where the work stands, on a terminal only, a few times a second.
class Progress {
 public:
  explicit Progress(std::uint64_t all) : all_(all) {}
  ~Progress() { clear(); }

  void show(std::uint64_t done, std::uint64_t violated) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - last_ < std::chrono::milliseconds(250)) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    std::fprintf(stderr, "\r%llu/%llu seeds, %llu violations, %.0f/s ", number(done), number(all_),
                 number(violated), static_cast<double>(done) / seconds);
  }
  void clear() const {
    if (shown_) std::fprintf(stderr, "\r\x1b[K");
  }

 private:
  const std::uint64_t all_;
  const bool shown_ = isatty(STDERR_FILENO) == 1;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = begun_;
};

struct Outcome {
  std::uint64_t run = 0;
  std::uint64_t violated = 0;
};

Outcome run_traced(const Options& options) {
  urna::sim::Keyring keys;
  Outcome outcome;
  for (; outcome.run < options.seeds; ++outcome.run) {
    const auto report = urna::sim::World(options.first_seed + outcome.run, keys, [](auto& line) {
                          std::printf("%s\n", line.c_str());
                        }).run();
    if (options.verbose) print(report);
    if (report.violations.empty()) continue;
    ++outcome.violated;
    print_violations(options, report);
  }
  return outcome;
}

urna::Result<Outcome> run_seeds(const Options& options) {
  if (options.trace) return run_traced(options);
  urna::sim::Keyring keys;
  Outcome outcome;
  Progress progress(options.seeds);
  const auto seen = [&](const urna::sim::RunReport& report) {
    ++outcome.run;
    if (options.verbose || !report.violations.empty()) progress.clear();
    if (options.verbose) print(report);
    if (!report.violations.empty()) {
      ++outcome.violated;
      print_violations(options, report);
    }
    progress.show(outcome.run, outcome.violated);
    return options.twin.empty() || report.violations.empty();
  };
  const auto run = [&](std::uint64_t seed) { return urna::sim::World(seed, keys).run(); };
  auto done = urna::sim::run_campaign({options.first_seed, options.seeds, options.jobs}, run, seen);
  if (!done) return std::unexpected(std::move(done.error()));
  return outcome;
}

// Each seed is another order of the same protocols.
urna::Result<Outcome> run_warsaw(const Options& options) {
  const auto dataset = urna::drill::read_warsaw(options.data);
  if (!dataset) return std::unexpected(dataset.error());
  urna::sim::Keyring keys;
  Outcome outcome;
  for (; outcome.run < options.seeds; ++outcome.run) {
    const std::uint64_t seed = options.first_seed + outcome.run;
    urna::sim::Warsaw warsaw(*dataset, keys, seed);
    std::vector<std::string> wrong = warsaw.run();
    for (std::string& difference : warsaw.differences()) wrong.push_back(std::move(difference));
    for (const auto& [contest, totals] : warsaw.totals()) {
      if (!options.verbose) continue;
      std::printf("%-22s %5llu protocols %9llu valid votes %9llu eligible\n", contest.c_str(),
                  number(totals.protocols), number(totals.valid_votes), number(totals.eligible));
    }
    if (wrong.empty()) continue;
    ++outcome.violated;
    std::printf("to repeat it:\n  urna-sim --nodes warsaw --data %s --seeds 1 --first-seed %llu\n",
                options.data.c_str(), number(seed));
    for (const std::string& one : wrong) std::printf("  %s\n", one.c_str());
  }
  return outcome;
}

// False: there is no such twin.
bool choose_twin(const std::string& name) {
  const urna::sim::TwinInfo* twin = urna::sim::find_twin(name);
  if (twin != nullptr) urna::sim::choose_twin(twin->twin);
  return twin != nullptr;
}

void list_twins() {
  for (const urna::sim::TwinInfo& twin : urna::sim::all_twins()) {
    std::printf("%-26.*s breaks %c: %.*s\n", static_cast<int>(twin.name.size()), twin.name.data(),
                twin.invariant, static_cast<int>(twin.what.size()), twin.what.data());
  }
}

void add_options(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "urna-sim " URNA_VERSION);
  app.add_option("--seeds", options.seeds, "How many seeds to run")->capture_default_str();
  app.add_option("--first-seed", options.first_seed, "The first of them")->capture_default_str();
  app.add_option(
         "--jobs", options.jobs,
         "Seeds run at a time, each in a process of its own; the result is the same for any")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--nodes", options.nodes,
                 "small: a nation of a few precincts with faults; warsaw: the 4,430 protocols of\n"
                 "Warsaw in 2014 through 18 districts, city and centre, without faults")
      ->check(CLI::IsMember({"small", "warsaw"}))
      ->capture_default_str();
  app.add_option("--data", options.data, "Where 2014-warsaw/ lies, for --nodes warsaw")
      ->envname("URNA_DATA");
  app.add_flag("--verbose", options.verbose, "One line per seed: what happened in it");
  app.add_flag("--trace", options.trace,
               "Every event of every seed, one after the other: for looking into one that fails");
  app.add_option("--twin", options.twin,
                 "Runs an engine that is deliberately broken, until the first seed that shows it");
  app.add_flag("--list-twins", options.list_twins,
               "The broken engines, and which invariant each breaks");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Runs a small election in one process, with a network, disks, machines and peers that fail, "
      "lie or\n"
      "come back from old copies. After every step, of each node that changed in it: what it "
      "acknowledged\n"
      "is on its disk, what it signed is true, and every effect and total is right. The same seed "
      "gives the\n"
      "same run. Ends with 1 when a seed breaks an invariant."};
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  if (options.list_twins) {
    list_twins();
    return 0;
  }
  if (!options.twin.empty() && !choose_twin(options.twin)) {
    std::fprintf(stderr, "urna-sim: no twin is called %s; see --list-twins\n",
                 options.twin.c_str());
    return 2;
  }
  const auto outcome = options.nodes == "warsaw" ? run_warsaw(options) : run_seeds(options);
  if (!outcome) {
    std::fprintf(stderr, "urna-sim: %s\n", outcome.error().message.c_str());
    return 2;
  }
  std::printf("seeds run: %llu, violations: %llu\n", number(outcome->run),
              number(outcome->violated));
  return outcome->violated == 0 ? 0 : 1;
}
