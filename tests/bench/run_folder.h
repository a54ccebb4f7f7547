// Everything a run puts on disk, in one folder that is gone afterwards, also when the run is
// stopped by SIGINT or SIGTERM.
#pragma once

#include <memory>
#include <thread>

#include "common/base/error.h"
#include "common/service/signals.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {

// Make it first thing in main, before any thread. From then on temporary folders of this process
// and its children lie inside it.
class RunFolder {
 public:
  static Result<std::unique_ptr<RunFolder>> make();
  ~RunFolder();

 private:
  explicit RunFolder(service::ShutdownSignals signals);
  void watch();

  const test::TemporaryFolder folder_;
  service::ShutdownSignals signals_;
  std::thread watcher_;
};

}  // namespace urna::bench
