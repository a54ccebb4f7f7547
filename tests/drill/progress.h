// A progress bar on stderr: counts, rate, time left. On a terminal it redraws one line, elsewhere
// it prints a line every few seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace urna::drill {

class Progress {
 public:
  Progress(std::string what, std::uint64_t total);
  // Ends the line.
  ~Progress();

  // Safe from any thread.
  void add(std::uint64_t done);
  void set(std::uint64_t done);

 private:
  void draw(bool last);

  const std::string what_;
  const std::uint64_t total_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point begun_;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace urna::drill
