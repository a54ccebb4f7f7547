#include "tests/bench/run_folder.h"

#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

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

// Servers and client end with this process, and after them the database, which may write into a
// folder that is being removed: somebody must stay behind and try again.
void RunFolder::watch() {
  if (signals_.wait() == service::ShutdownSignals::Cause::kRequested) return;
  std::fputs("urna-bench: stopped\n", stderr);
  const char* script =
      "i=0; while [ -e \"$0\" ] && [ $i -lt 100 ]; do "
      "rm -rf \"$0\" 2>/dev/null; i=$((i + 1)); sleep 0.1; done";
  std::string folder = folder_.path().string();
  char* arguments[] = {const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>(script),
                       folder.data(), nullptr};
  pid_t cleaner = 0;
  ::posix_spawn(&cleaner, "/bin/sh", nullptr, nullptr, arguments, environ);
  ::_exit(kStopped);
}

}  // namespace urna::bench
