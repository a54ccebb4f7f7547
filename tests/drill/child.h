// Programs started by the drill: they end with it, whatever happens to it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace urna::drill {

// A running program. Start it from the thread that outlives it: the kernel ends it with that
// thread.
class Child {
 public:
  // Output and errors go to `log`, appended. kUnavailable when it cannot be started.
  static Result<Child> start(const std::vector<std::string>& command,
                             const std::filesystem::path& log);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  // Stops it if it still runs.
  ~Child();

  pid_t pid() const { return pid_; }
  bool running();
  // SIGTERM, then SIGKILL after `grace`. The exit status: 0-255, or 128 + the signal that ended it.
  int stop(std::chrono::milliseconds grace);
  // SIGKILL, and waits for its end.
  void kill();
  // Waits for it to end by itself.
  int wait();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  bool reap(bool block);

  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

struct RunOptions {
  std::filesystem::path input = "/dev/null";                  // read as standard input
  std::function<void(std::string_view)> on_output = nullptr;  // told of every piece as it comes
  bool keep_output = true;                                    // in Finished
};

// Runs a program to its end; its standard output.
struct Finished {
  int status = 0;
  std::string output;
};
Result<Finished> run_program(const std::vector<std::string>& command,
                             const std::filesystem::path& log, const RunOptions& options = {});

// The most memory a running process had resident so far, KiB; 0 when there is none of this number,
// or it has ended, or is not yet the program it is to become.
std::uint64_t peak_resident_kib_of(pid_t pid);

// The folder this program was started from: where its siblings are.
std::filesystem::path own_folder();

}  // namespace urna::drill
