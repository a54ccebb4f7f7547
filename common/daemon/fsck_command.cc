// The command: what it prints, and what it says to do.

#include <algorithm>
#include <iostream>
#include <thread>

#include "common/daemon/fsck.h"
#include "common/daemon/status_client.h"
#include "common/daemon/terminal.h"
#include "common/node/executor.h"
#include "common/service/data_lock.h"
#include "common/service/version.h"

namespace urna::daemon {

namespace {

void print(const FsckSection& section) {
  std::string line = section.name;
  line.resize(std::max<std::size_t>(line.size() + 1, 22), ' ');
  const char* verdict = section.skipped             ? ""
                        : section.faults_found == 0 ? ": sound"
                        : section.of_figures        ? ": DIFFERENT"
                                                    : ": DAMAGED";
  std::cout << line << printable(section.checked) << verdict << "\n";
  for (const std::string& fault : section.faults) std::cout << "  " << printable(fault) << "\n";
  if (section.faults_found > section.faults.size()) {
    std::cout << "  … and " << section.faults_found - section.faults.size() << " more\n";
  }
}

void print_next_steps(const Tier& tier, const FsckReport& report) {
  if (report.sound()) {
    std::cout << "every hash, signature and effect holds\n";
    return;
  }
  std::cout << "\nWhat to do:\n";
  if (report.journal_sound()) {
    std::cout << "  Every record is there and signed; what is worked out from them differs, so one "
                 "of two\n"
                 "  readings of the rules is wrong. Give out no total named above before it was "
                 "added up\n"
                 "  from the papers. Where only the running server differs, start it again and "
                 "look once\n"
                 "  more. Keep the journal, and report this with the lines above.\n";
    return;
  }
  if (report.rebuildable()) {
    std::cout << "  The records are all there; only what is made from them is wrong. Stop the\n"
                 "  server and run `"
              << tier.program
              << " fsck --rebuild` with the same configuration.\n"
                 "  Step by step: deploy/runbooks/damaged.md.\n";
    return;
  }
  std::cout << "  1. Stop the server. Do not edit, copy over or delete this journal.\n"
               "  2. `"
            << tier.program
            << " salvage --output FILE` saves every record that still verifies.\n"
               "  3. Restore a backup (`"
            << tier.program
            << " restore`), or begin with an empty data folder;\n"
               "     then `import` the saved file; a precinct's at the commission above.\n"
               "     Peers send what is missing.\n"
               "  Step by step: deploy/runbooks/damaged.md; docs/operator.md says more.\n";
}

Result<FsckReport> check_and_print(const Tier& tier, const LoadedIdentity& identity,
                                   const Tier::OpenStore& read, const FsckOptions& options) {
  auto store = read();
  if (!store) return std::unexpected(std::move(store.error()));
  auto report = check_journal(tier, identity, **store, options);
  if (!report) return report;
  const trust::Subject& self = identity.node.certificate->subject;
  std::cout << "journal of " << self.unit.str() << ", election " << self.election.str() << "\n";
  for (const FsckSection& section : report->sections) print(section);
  std::cout << std::flush;
  return report;
}

}  // namespace

Result<bool> run_fsck(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                      bool rebuild) {
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  std::optional<service::DataLock> lock;
  if (rebuild) {
    auto taken = service::DataLock::take(settings.data);
    if (!taken) return std::unexpected(std::move(taken.error()));
    lock.emplace(std::move(*taken));
  }
  node::ThreadPool pool(std::max(1U, std::thread::hardware_concurrency()));
  FsckOptions options;
  options.parallel = [&pool](std::size_t count, const std::function<void(std::size_t)>& work) {
    pool.parallel(count, work);
  };
  options.ask_status = [&settings] { return ask_status(settings); };
  auto report = check_and_print(tier, *identity, stores.damaged, options);
  if (!report) return std::unexpected(std::move(report.error()));
  if (rebuild && report->rebuildable()) {
    std::cout << "\nbuilding tiles and indexes anew …\n\n" << std::flush;
    if (auto built = stores.rebuild(); !built) return std::unexpected(std::move(built.error()));
    report = check_and_print(tier, *identity, stores.damaged, options);
    if (!report) return std::unexpected(std::move(report.error()));
  }
  print_next_steps(tier, *report);
  if (report->sound()) return true;
  std::cout << std::flush;
  const std::string what =
      report->journal_sound() ? "figures differ, " : "the journal is damaged, ";
  complain(tier.program,
           what + std::to_string(report->faults_found()) + " faults: " + report->first_fault());
  return false;
}

}  // namespace urna::daemon
