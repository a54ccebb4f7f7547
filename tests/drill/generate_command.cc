#include "tests/drill/generate_command.h"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "tests/drill/progress.h"

namespace urna::drill {

namespace {

void print(const GenerateOptions& options, const GenerateCounts& counts, double seconds) {
  const std::pair<const char*, std::uint64_t> lines[] = {
      {"units", counts.units},
      {"precincts", counts.precincts},
      {"contests", counts.contests},
      {"lists and candidates on ballots", counts.options},
      {"protocols", counts.protocols},
      {"rows of votes", counts.votes},
      {"places where no vote is held", counts.uncontested}};
  for (const auto& [what, count] : lines) {
    std::printf("%-35s %12llu\n", what, static_cast<unsigned long long>(count));
  }
  std::printf("\n%.1f MB in %s, %.1f s\n", static_cast<double>(counts.bytes) / 1e6,
              options.output.c_str(), seconds);
  std::printf("replay it with: urna-drill replay --dataset generated --data %s\n",
              options.output.c_str());
}

}  // namespace

CLI::App* add_generate_command(CLI::App& app, GenerateOptions& options) {
  CLI::App* generate = app.add_subcommand(
      "generate",
      "Write an invented nation as CSV files, to be replayed like official results: units, "
      "contests of every kind and protocols in the country's proportions. The same options give "
      "the same bytes everywhere");
  generate->add_option("--output", options.output, "folder to write to: a new or an empty one")
      ->required();
  generate
      ->add_option("--precincts", options.precincts,
                   "precincts of the whole nation; everything else is in proportion")
      ->check(CLI::Range(kNationPrecinctsMin, kNationPrecinctsMax))
      ->capture_default_str();
  generate->add_option("--seed", options.seed, "chooses everything that is invented")
      ->check([](const std::string& text) {
        return text.starts_with('-') ? "Value " + text + " is below 0" : std::string();
      })
      ->capture_default_str();
  return generate;
}

int run_generate(const GenerateOptions& options, service::ShutdownSignals& signals) {
  const auto begun = std::chrono::steady_clock::now();
  std::optional<Progress> progress;  // from when something is written
  const auto counts = generate(options, [&](std::uint32_t precincts) {
    if (!progress) progress.emplace("precincts    ", options.precincts);
    progress->set(precincts);
    return !signals.wait_for(std::chrono::milliseconds(0));
  });
  progress.reset();
  if (!counts) {
    std::cerr << "urna-drill: " << counts.error().message << "\n";
    const ErrorCode code = counts.error().code;
    return code == ErrorCode::kInvalidArgument || code == ErrorCode::kAlreadyExists ? 2 : 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  print(options, *counts, took.count());
  return 0;
}

}  // namespace urna::drill
