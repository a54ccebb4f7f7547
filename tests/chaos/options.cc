#include "tests/chaos/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "tests/chaos/conductor.h"
#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

constexpr std::size_t kKillsMax = 100'000;
constexpr std::size_t kClientsMin = 2;
constexpr std::size_t kClientsMax = 8'000;

}  // namespace

void add_options(CLI::App& replay, Options& options) {
  std::vector<std::string> names;
  std::string help =
      "while precincts send, let these happen, one after another, each in its stretch of the "
      "transfer, and check that nothing anybody has a receipt for is missing:";
  for (const NamedScenario& one : scenarios()) {
    names.emplace_back(one.name);
    help += " " + names.back() + " (" + std::string(one.what) + ");";
  }
  help.pop_back();
  help += ". Not into a kept system (--work)";
  replay.add_option("--chaos", options.names, help)
      ->delimiter(',')
      ->check(CLI::IsMember(names))
      ->excludes("--work");
  replay
      .add_option("--chaos-seed", options.extent.seed,
                  "chooses what is left to chance in what happens; moments are the machine's")
      ->capture_default_str();
  replay.add_option("--chaos-kills", options.extent.kills, "how often \"kills\" ends something")
      ->check(CLI::Range(std::size_t{1}, kKillsMax))
      ->capture_default_str();
  replay.add_option("--chaos-clients", options.extent.clients, "how many clients \"storm\" has")
      ->check(CLI::Range(kClientsMin, kClientsMax))
      ->capture_default_str();
}

std::unique_ptr<drill::Disturbance> make_disturbance(const Options& options) {
  if (options.names.empty()) return nullptr;
  Extent extent = options.extent;
  extent.scenarios = options.names.size();
  std::vector<std::unique_ptr<Scenario>> chosen;
  for (const std::string& name : options.names) {
    const auto one = std::ranges::find(scenarios(), name, &NamedScenario::name);
    chosen.push_back(one->make(extent));
  }
  return std::make_unique<Conductor>(std::move(chosen), extent);
}

}  // namespace urna::chaos
