// Clean shutdown: SIGINT and SIGTERM become something a thread can wait for.
//
// Nothing runs in a signal handler. The signals are blocked and read from a descriptor, so create
// this object first thing in main, before any thread: threads started later inherit the mask.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>

#include "common/base/error.h"
#include "common/service/file_handle.h"

namespace urna::service {

class ShutdownSignals {
 public:
  // Blocks SIGINT and SIGTERM in the calling thread and ignores SIGPIPE: a peer that goes away is
  // an error of a write, not the end of the process.
  static Result<ShutdownSignals> create();

  ShutdownSignals(ShutdownSignals&&) = default;
  ShutdownSignals& operator=(ShutdownSignals&&) = default;
  // Signals go on being blocked: a second one must not cut short the shutdown the first began.
  ~ShutdownSignals() = default;

  enum class Cause { kInterrupt, kTerminate, kRequested };

  // Waits for a signal or request(). One thread waits at a time.
  Cause wait();
  // nullopt after `timeout`.
  std::optional<Cause> wait_for(std::chrono::milliseconds timeout);

  // Wakes the waiter from any thread, e.g. when the store is lost. It stays requested.
  void request();

 private:
  ShutdownSignals(FileHandle signals, FileHandle requests)
      : signals_(std::move(signals)), requests_(std::move(requests)) {}

  FileHandle signals_;
  FileHandle requests_;
};

}  // namespace urna::service
