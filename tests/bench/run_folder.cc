#include "tests/bench/run_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace urna::bench {

namespace {

constexpr int kStopped = 130;  // as a shell tells of a program ended by SIGINT

}  // namespace

Result<std::unique_ptr<RunFolder>> RunFolder::make() {
  auto signals = service::ShutdownSignals::create();
  if (!signals) return std::unexpected(std::move(signals.error()));
  return std::unique_ptr<RunFolder>(new RunFolder(std::move(*signals)));
}

RunFolder::RunFolder(service::ShutdownSignals signals) : signals_(std::move(signals)) {
  ::chmod(folder_.path().c_str(), 0755);  // the database's own user works below it
  ::setenv("TMPDIR", folder_.path().c_str(), 1);
  watcher_ = std::thread([this] { watch(); });
}

RunFolder::~RunFolder() {
  signals_.request();
  watcher_.join();
}

// Servers and client end with this process, and the database's supervisor removes what it left.
void RunFolder::watch() {
  if (signals_.wait() == service::ShutdownSignals::Cause::kRequested) return;
  std::error_code ignored;
  // What still runs may write once more into a folder that is being removed.
  for (int i = 0; i < 3; ++i) std::filesystem::remove_all(folder_.path(), ignored);
  ::_exit(kStopped);
}

}  // namespace urna::bench
