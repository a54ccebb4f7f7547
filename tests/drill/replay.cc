#include "tests/drill/replay.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "tests/drill/comparison.h"
#include "tests/drill/evening.h"
#include "tests/drill/run.h"
#include "tests/drill/transfer.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {

namespace {

Result<void> plan(Run& run) {
  if (!run.has_evening()) return {};
  const auto incidents =
      choose_incidents(run.data, run.setup.election, run.options.by_medium, run.options.seed);
  if (!incidents) return std::unexpected(incidents.error());
  run.incidents = *incidents;
  run.expected = expect_results(run.data, run.options.seed);
  run.evening_before = run.options.work && evening_played(run.folder).has_value();
  return {};
}

Result<void> start_system(Run& run) {
  if (run.options.disturbance != nullptr) {
    if (auto prepared = run.options.disturbance->prepare(run); !prepared) return prepared;
  }
  std::cerr << "starting " << run.setup.servers.size() << " servers and a database\n";
  auto started = run.system.start();
  if (!started) return started;
  std::cerr << "live page: http://" << run.system.status_page() << "/\n";
  if (const auto status = run.centre_status()) {
    run.log_before = (*status)["log"].value("size", std::uint64_t{0});
    run.all_there_before = received_in(*status) == run.unspoiled();
  }
  return {};
}

void serve_on(Run& run) {
  if (!run.options.serve_afterwards) return;
  std::cerr << "\nEverything keeps running. Look at http://" << run.system.status_page()
            << "/ and end with Ctrl-C.\n";
  run.signals.wait();
}

Result<int> play(Run& run) {
  if (auto done = plan(run); !done) return std::unexpected(std::move(done.error()));
  if (auto done = start_system(run); !done) return std::unexpected(std::move(done.error()));
  Transfer transfer(run);
  if (auto done = transfer.play(); !done) return std::unexpected(std::move(done.error()));
  if (run.has_evening()) {
    if (auto done = Evening(run, transfer).play(); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  const auto live = run.wait_for_centre(run.unspoiled(), 0, [](std::uint64_t) {});
  if (!live) return std::unexpected(live.error());
  if (auto all = run.wait_until_followed(); !all) return std::unexpected(std::move(all.error()));
  serve_on(run);
  if (auto done = run.system.stop(); !done) return std::unexpected(std::move(done.error()));
  if (run.options.disturbance != nullptr) run.options.disturbance->leave();
  Comparison comparison(run, *live);
  if (auto done = comparison.compare(); !done) return std::unexpected(std::move(done.error()));
  if (!run.options.report.empty()) {
    if (auto written = write_report(run.options.report, run.data, run.outcome); !written) {
      return std::unexpected(std::move(written.error()));
    }
  }
  comparison.print_table();
  return run.wrong == 0 ? 0 : 1;
}

// However a replay ends, nothing happens to it afterwards.
struct Farewell {
  Disturbance* disturbance;
  ~Farewell() {
    if (disturbance != nullptr) disturbance->leave();
  }
};

}  // namespace

Result<int> replay(const Dataset& data, const Published& published, const ReplayOptions& options,
                   service::ShutdownSignals& signals) {
  std::vector<Spoil> spoils;
  if (options.spoil > 0) {
    auto chosen = choose_spoils(data, options.spoil, options.seed);
    if (!chosen) return std::unexpected(std::move(chosen.error()));
    spoils = std::move(*chosen);
  }
  std::optional<test::TemporaryFolder> temporary;
  std::filesystem::path folder;
  if (options.work) {
    folder = std::filesystem::absolute(*options.work);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(ErrorCode::kUnavailable, folder.string() + ": " + error.message());
  } else {
    folder = temporary.emplace().path();
  }
  auto setup = prepare(data, folder, wall_clock_ms());
  if (!setup) return std::unexpected(std::move(setup.error()));
  Run run(data, published, options, folder, std::move(*setup), signals);
  run.outcome.spoiled = std::move(spoils);
  const Farewell farewell{options.disturbance};
  return play(run);
}

}  // namespace urna::drill
