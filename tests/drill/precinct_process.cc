#include "tests/drill/precinct_process.h"

#include <signal.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "common/service/files.h"
#include "tests/drill/child.h"
#include "tests/drill/in_parallel.h"

namespace urna::drill {

namespace {

constexpr std::chrono::milliseconds kPoll{10};
constexpr std::chrono::milliseconds kPause{100};  // before it is begun again
constexpr std::size_t kAtOnce = 4;
constexpr int kWaitSeconds = 10;  // for receipts, each time it is run

std::filesystem::path log_of(const PrecinctInstallation& installation) {
  return installation.folder / "log.txt";
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

Result<void> write_installation(const PrecinctInstallation& installation,
                                const std::filesystem::path& anchors) {
  const std::filesystem::path& folder = installation.folder;
  auto written = service::write_file_atomically(folder / "node.key", installation.key_pem, 0600);
  if (written) {
    written = service::write_file_atomically(folder / "node.crt", installation.certificate_pem);
  }
  if (!written) return written;
  std::ostringstream toml;
  toml << "data = \"data\"\n\n[identity]\nanchors = " << quoted(anchors.string())
       << "\ncertificate = \"node.crt\"\nkey = \"node.key\"\n\n"
       << "[sending]\nfailover_ms = " << installation.failover.count() << "\n";
  for (const uplink::Upstream& upstream : installation.upstreams) {
    toml << "\n[[upstream]]\nunit = " << quoted(upstream.unit.str())
         << "\naddress = " << quoted(upstream.address) << "\n";
  }
  return service::write_file_atomically(folder / "urna.toml", toml.str());
}

}  // namespace

Result<void> PrecinctProcesses::send(const PrecinctInstallation& installation,
                                     std::chrono::seconds patience) {
  if (auto written = write_installation(installation, anchors_); !written) return written;
  if (auto sent = run_until_done(installation, patience); !sent) return sent;
  const std::lock_guard lock(mutex_);
  done_.push_back(installation);
  return {};
}

Result<void> PrecinctProcesses::send_again(const std::string& upstream,
                                           std::chrono::seconds patience) {
  std::vector<PrecinctInstallation> all;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(done_, std::back_inserter(all), [&](const PrecinctInstallation& one) {
      return one.upstreams.front().unit.str() == upstream;
    });
  }
  return in_parallel(all.size(), kAtOnce,
                     [&](std::size_t i) { return run_until_done(all[i], patience); });
}

Result<void> PrecinctProcesses::run_until_done(const PrecinctInstallation& installation,
                                               std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto status = run_once(installation);
    if (!status) return std::unexpected(status.error());
    if (*status == 0) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kUnavailable,
                  "no receipts in time; see " + log_of(installation).string());
    }
    std::this_thread::sleep_for(kPause);
  }
}

Result<int> PrecinctProcesses::run_once(const PrecinctInstallation& installation) {
  auto child = Child::start(
      {program_.string(), "sync", "--config", (installation.folder / "urna.toml").string(),
       "--wait", std::to_string(kWaitSeconds)},
      log_of(installation));
  if (!child) return std::unexpected(std::move(child.error()));
  {
    const std::lock_guard lock(mutex_);
    running_.push_back(child->pid());
  }
  begun_.notify_all();
  for (;;) {
    {
      // Waited for and struck off in one step.
      const std::lock_guard lock(mutex_);
      note_memory(child->pid());
      if (!child->running()) {
        std::erase(running_, child->pid());
        return child->wait();
      }
    }
    std::this_thread::sleep_for(kPoll);
  }
}

bool PrecinctProcesses::wait_for_one(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return begun_.wait_for(lock, patience, [&] { return !running_.empty(); });
}

bool PrecinctProcesses::kill_one(std::uint64_t draw) {
  const std::lock_guard lock(mutex_);
  if (running_.empty()) return false;
  const pid_t chosen = running_[draw % running_.size()];
  note_memory(chosen);
  return ::kill(chosen, SIGKILL) == 0;
}

std::uint64_t PrecinctProcesses::peak_resident_kib() const {
  const std::lock_guard lock(mutex_);
  return peak_resident_kib_;
}

void PrecinctProcesses::note_memory(pid_t pid) {
  peak_resident_kib_ = std::max(peak_resident_kib_, peak_resident_kib_of(pid));
}

}  // namespace urna::drill
