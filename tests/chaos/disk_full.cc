#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <vector>

#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

namespace fs = std::filesystem;

// A journal of an election takes less.
constexpr std::size_t kDiskKib = 64 << 10;
constexpr std::size_t kDiskKibPerProtocol = 24;
constexpr std::chrono::seconds kTroublePatience{60};
constexpr Milliseconds kPoll{50};
constexpr int kUnavailableStatus = 503;

class DiskFull final : public Scenario {
 public:
  explicit DiskFull(const Extent& extent) : random_(extent.seed) {}
  ~DiskFull() override {
    if (!disk_.empty()) ::umount2(disk_.c_str(), MNT_DETACH);
  }

  // The data folder of a node that precincts send to is a small disk of its own.
  Result<void> prepare(drill::Run& run) override {
    run_ = &run;
    const auto& precincts = run.data.precincts;
    node_ = run.setup.routes.at(precincts[random_.below(precincts.size())].teryt).front();
    if (node_ == run.system.centre()) {
      return fail(ErrorCode::kInvalidArgument, "no territorial node takes precincts' protocols");
    }
    const fs::path data = drill::files_of(run.folder, node_).folder / "data";
    std::error_code error;
    fs::create_directories(data, error);
    if (error) return fail(ErrorCode::kUnavailable, data.string() + ": " + error.message());
    if (::mount("tmpfs", data.c_str(), "tmpfs", MS_NODEV | MS_NOSUID, size().c_str()) != 0) {
      why_not_ = std::strerror(errno);
      std::cerr << "chaos: disk-full: SKIPPED, mounting a small disk: " << why_not_ << "\n";
      return {};
    }
    disk_ = data;
    return {};
  }

  // What comes while the disk is full comes to this node.
  Wish wish(std::size_t precinct) const override {
    const drill::Route& way = run_->setup.routes.at(run_->data.precincts[precinct].teryt);
    return way.front() == node_ ? Wish::kWants : Wish::kTakes;
  }

  Result<void> play(Stage& stage) override {
    if (disk_.empty()) {
      stage.note("disk full", "SKIPPED: mounting is not possible: " + why_not_);
      return {};
    }
    stage.reached(0.3);
    if (auto go_on = stage.pause(Milliseconds(500), Milliseconds(1'500)); !go_on) return go_on;
    const auto filled = fill();
    if (!filled) return std::unexpected(filled.error());
    stage.note("bytes that filled the disk of " + node_, std::to_string(*filled));
    stage.reached(0.7);
    auto told = wait_for_trouble(stage);
    std::error_code error;
    fs::remove(ballast(), error);
    if (!told) return told;
    stage.fault_over("disk full");
    stage.reached(1);
    return {};
  }

 private:
  fs::path ballast() const { return disk_ / "ballast"; }

  // Of the disk, as mount() takes it.
  std::string size() const {
    std::size_t protocols = 0;
    for (const drill::DatasetProtocol& protocol : run_->data.protocols) {
      const drill::Route& way = run_->setup.routes.at(run_->data.precinct_of(protocol).teryt);
      if (std::ranges::find(way, node_) != way.end()) ++protocols;
    }
    return "mode=0755,size=" + std::to_string(kDiskKib + kDiskKibPerProtocol * protocols) + "k";
  }

  // To the last byte.
  Result<std::uint64_t> fill() const {
    const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return fail(ErrorCode::kUnavailable, "cannot fill " + disk_.string());
    const std::vector<char> bytes(1 << 16);
    std::uint64_t written = 0;
    for (std::size_t piece = bytes.size(); piece > 0;) {
      const ssize_t now = ::write(file, bytes.data(), piece);
      if (now > 0) written += static_cast<std::uint64_t>(now);
      if (now < 0) piece /= 2;
    }
    ::close(file);
    return written;
  }

  // Until the node says of itself that it cannot write.
  Result<void> wait_for_trouble(Stage& stage) const {
    const auto deadline = std::chrono::steady_clock::now() + kTroublePatience;
    while (stage.run().health_of(node_) != kUnavailableStatus) {
      if (std::chrono::steady_clock::now() > deadline) {
        return fail(ErrorCode::kInternal, node_ + " does not say that its disk is full");
      }
      if (auto go_on = stage.pause(kPoll, kPoll); !go_on) return go_on;
    }
    return {};
  }

  drill::SplitMix64 random_;
  drill::Run* run_ = nullptr;
  std::string node_;
  fs::path disk_;  // empty: none
  std::string why_not_;
};

}  // namespace

std::unique_ptr<Scenario> make_disk_full(const Extent& extent) {
  return std::make_unique<DiskFull>(extent);
}

}  // namespace urna::chaos
