#include "tests/drill/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace urna::drill {

namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::milliseconds kLine{5'000};
constexpr int kBarWidth = 30;

}  // namespace

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)),
      total_(std::max<std::uint64_t>(1, total)),
      terminal_(isatty(STDERR_FILENO) != 0),
      begun_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  const std::lock_guard lock(mutex_);
  draw(true);
}

void Progress::add(std::uint64_t done) {
  const std::lock_guard lock(mutex_);
  done_ += done;
  draw(false);
}

void Progress::set(std::uint64_t done) {
  const std::lock_guard lock(mutex_);
  done_ = done;
  draw(false);
}

void Progress::draw(bool last) {
  const auto now = std::chrono::steady_clock::now();
  if (!last && now - drawn_ < (terminal_ ? kRedraw : kLine)) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  const double left = rate > 0 ? static_cast<double>(total_ - std::min(total_, done_)) / rate : 0;
  std::string bar(static_cast<std::size_t>(share * kBarWidth), '#');
  bar.resize(kBarWidth, '.');
  std::fprintf(stderr, "%s%s [%s] %llu/%llu %3.0f%%  %.0f/s  %.0f s left%s", terminal_ ? "\r" : "",
               what_.c_str(), bar.c_str(), static_cast<unsigned long long>(done_),
               static_cast<unsigned long long>(total_), share * 100, rate, left,
               terminal_ && !last ? "  " : "\n");
  std::fflush(stderr);
}

}  // namespace urna::drill
