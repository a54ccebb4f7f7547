#include "common/daemon/node_program.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>

#include "common/daemon/command_line.h"
#include "common/daemon/desk_command.h"
#include "common/daemon/import.h"
#include "common/daemon/inspection.h"
#include "common/daemon/node_runtime.h"
#include "common/daemon/runoff.h"
#include "common/daemon/terminal.h"
#include "common/daemon/upkeep.h"
#include "common/service/data_lock.h"
#include "common/service/signals.h"
#include "common/service/version.h"
#include "common/uplink/quiet.h"

namespace urna::daemon {

namespace {

constexpr std::chrono::milliseconds kTick{100};
// Waits between attempts to start anew after the store was lost.
constexpr std::chrono::milliseconds kRestartWait{1'000};

struct Loaded {
  NodeSettings settings;
  Tier::Stores stores;
};

Result<Loaded> load(const Tier& tier, const std::filesystem::path& file) {
  auto config = service::Config::load(file);
  if (!config) return std::unexpected(std::move(config.error()));
  Loaded loaded;
  loaded.settings = read_node_settings(config->root(), /*listens=*/true);
  loaded.stores = tier.store(config->root(), loaded.settings);
  if (auto good = config->finish(); !good) return std::unexpected(std::move(good.error()));
  return loaded;
}

// A log in a folder that is not there is a slip of the pen, not a wish for a new folder.
Result<std::unique_ptr<service::Logger>> open_log(const NodeSettings& settings) {
  service::LogOptions options;
  if (settings.log_file) {
    if (auto good = folder_exists(*settings.log_file, "log.file"); !good) {
      return std::unexpected(std::move(good.error()));
    }
    options.file = *settings.log_file;
  }
  options.level = settings.log_level;
  return service::Logger::open(std::move(options));
}

// Serves until a signal. A lost store makes everything start anew, for as long as it takes.
Result<void> serve_locked(const Tier& tier, const Loaded& loaded, service::Logger& logger,
                          service::ShutdownSignals& signals) {
  bool ever_started = false;
  for (;;) {
    auto runtime = NodeRuntime::start(tier, loaded.settings, loaded.stores.open, logger);
    if (!runtime) {
      // A first start that fails is a mistake to be shown; later the store is waited for.
      if (!ever_started) return std::unexpected(std::move(runtime.error()));
      logger.error("restart_failed", runtime.error().message);
      if (signals.wait_for(kRestartWait)) return {};
      continue;
    }
    ever_started = true;
    while (!(*runtime)->must_restart()) {
      if (!signals.wait_for(kTick)) {
        (*runtime)->tick();
        if (auto fault = (*runtime)->fault()) return std::unexpected(std::move(*fault));
        continue;
      }
      const std::string summary = (*runtime)->summary();
      runtime->reset();
      logger.info("stopped", summary);
      return {};
    }
    logger.error("store_lost", "the store was lost; starting anew from the journal");
  }
}

Result<void> serve(const Tier& tier, const Loaded& loaded, service::ShutdownSignals& signals) {
  const auto lock = service::DataLock::take(loaded.settings.data);
  // After the lock, which makes the data folder that the log may be in.
  auto logger = open_log(loaded.settings);
  if (!logger) return std::unexpected(std::move(lock ? logger.error() : Error(lock.error())));
  auto served = lock ? serve_locked(tier, loaded, **logger, signals)
                     : Result<void>(std::unexpected(lock.error()));
  // Whoever watches only the log learns of it too; on standard error one line is enough.
  if (!served && loaded.settings.log_file) (*logger)->error("start_failed", served.error().message);
  return served;
}

// What the command runoff is asked for.
struct RunoffArguments {
  std::string date;
  std::vector<std::string> withdrawn;
  bool partial = false;
  std::filesystem::path output;
};

void add_runoff_options(CLI::App& command, RunoffArguments& arguments) {
  command.add_option("--date", arguments.date, "date of the new definition, YYYY-MM-DD; today");
  command
      .add_option("--withdrawn", arguments.withdrawn,
                  "CONTEST=OPTION: this candidate withdrew or died after round one, and the next "
                  "takes the place; may be repeated")
      ->allow_extra_args(false);
  command.add_flag("--partial", arguments.partial,
                   "go on without the contests that are not decided yet");
  command.add_option("--output", arguments.output, "a new file; standard output without it");
}

Result<void> runoff(const Tier& tier, const Loaded& loaded, const RunoffArguments& arguments) {
  RunoffOrder order{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()),
                    arguments.withdrawn};
  if (!arguments.date.empty()) {
    const auto date = parse_day(arguments.date);
    if (!date) {
      return fail(ErrorCode::kInvalidArgument,
                  "--date " + arguments.date + " is no day; write it as 2026-11-22");
    }
    order.date = *date;
  }
  std::optional<std::filesystem::path> output;
  if (!arguments.output.empty()) output = arguments.output;
  return write_runoff(tier, loaded.settings, loaded.stores.read, order, arguments.partial, output);
}

int report(const Tier& tier, const Result<void>& result) {
  if (result) return 0;
  complain(tier.program, result.error().message);
  return 1;
}

}  // namespace

int run_node_program(const Tier& tier, int argc, char** argv) {
  uplink::quieten_libraries();
  CLI::App app{tier.description, tier.program};
  app.set_version_flag("--version", service::software_name(tier.program));
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 success, 1 failure, 2 wrong usage, both with one line on stderr.\n"
      "Every configuration key is explained in deploy/examples/" +
      tier.program + ".toml.");
  std::filesystem::path config;
  std::filesystem::path file;
  const auto with_config = [&](CLI::App* command) {
    command->add_option("-c,--config", config, "configuration file (TOML)")
        ->required()
        ->check(CLI::ExistingFile);
    return command;
  };
  with_config(app.add_subcommand("serve", tier.is_centre
                                              ? "Take streams from below until stopped"
                                              : "Take streams from below and send upward until "
                                                "stopped"));
  with_config(
      app.add_subcommand("import",
                         "Take in a file: a removable medium, a definition or a signed record. "
                         "Works beside a running server and without one"))
      ->add_option("FILE", file, "the file")
      ->required()
      ->check(CLI::ExistingFile);
  with_config(app.add_subcommand("tally",
                                 "Print the received totals as CSV, from the journal alone. Not "
                                 "while the server runs: its status page and /api/status.json "
                                 "have them"));
  with_config(app.add_subcommand(
      "results",
      "Print who is elected as CSV, from the final protocols that hold; also while the server "
      "runs"));
  RunoffArguments runoff_arguments;
  add_runoff_options(
      *with_config(app.add_subcommand(
          "runoff",
          "Describe the definition of the second round for urna-ca: the one in force and the "
          "runoffs that follow from the final protocols of mayors; also while the server runs. "
          "What is not decided yet is told, and nothing is written")),
      runoff_arguments);
  UpkeepArguments upkeep;
  add_upkeep_commands(app, upkeep, with_config);
  IdentitySettings licence;
  auto* desk = with_config(app.add_subcommand(
      "desk",
      "Decide for a commission: read commands from standard input, one a line, sign each with a "
      "licence and give it to this node. \"help\" lists them; protocols are named by the control "
      "code on their paper. Works beside a running server and without one"));
  desk->add_option("--licence", licence.key, "the person's key, PKCS#8 in PEM")
      ->required()
      ->check(CLI::ExistingFile);
  desk->add_option("--certificate", licence.certificate, "the licence's certificate, PEM")
      ->required()
      ->check(CLI::ExistingFile);
  desk->add_option("--password-file", licence.password_file,
                   "the licence's password; asked for on the terminal when it is not given")
      ->check(CLI::ExistingFile);
  if (const auto ended = parse_command_line(app, argc, argv)) return *ended;
  auto signals = service::ShutdownSignals::create();
  if (!signals) return report(tier, std::unexpected(signals.error()));
  auto loaded = load(tier, config);
  if (!loaded) return report(tier, std::unexpected(loaded.error()));
  if (app.got_subcommand("serve")) return report(tier, serve(tier, *loaded, *signals));
  if (app.got_subcommand("import")) {
    return report(tier, import_file(tier, loaded->settings, loaded->stores.open, file));
  }
  if (is_upkeep(app)) return run_upkeep(app, tier, loaded->settings, loaded->stores, upkeep);
  if (app.got_subcommand("results")) {
    return report(tier, print_results(tier, loaded->settings, loaded->stores.read));
  }
  if (app.got_subcommand("runoff")) {
    return report(tier, runoff(tier, *loaded, runoff_arguments));
  }
  if (app.got_subcommand("desk")) {
    licence.anchors = loaded->settings.identity.anchors;
    const auto refused = run_desk(tier, loaded->settings, loaded->stores.open, loaded->stores.read,
                                  licence, *signals);
    if (!refused) return report(tier, std::unexpected(refused.error()));
    return *refused == 0 ? 0 : 1;
  }
  return report(tier, print_tally(tier, loaded->settings, loaded->stores.open));
}

}  // namespace urna::daemon
