#include "common/service/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

#include "common/base/check.h"

namespace urna::service {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Result<ShutdownSignals> ShutdownSignals::create() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  FileHandle signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid() && error == 0) error = errno;
  FileHandle requests(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!requests.valid() && error == 0) error = errno;
  if (error != 0) {
    return fail(ErrorCode::kInternal,
                "cannot wait for signals: " + std::generic_category().message(error));
  }
  return ShutdownSignals(std::move(signals), std::move(requests));
}

ShutdownSignals::Cause ShutdownSignals::wait() {
  for (;;) {
    if (const auto cause = wait_for(std::chrono::hours(1))) return *cause;
  }
}

std::optional<ShutdownSignals::Cause> ShutdownSignals::wait_for(milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    const int left_ms = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    pollfd sources[2] = {{signals_.get(), POLLIN, 0}, {requests_.get(), POLLIN, 0}};
    const int ready = ::poll(sources, 2, left_ms);
    URNA_CHECK(ready >= 0 || errno == EINTR);
    if (ready == 0) return std::nullopt;
    if (ready < 0) continue;

    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      return info.ssi_signo == SIGINT ? Cause::kInterrupt : Cause::kTerminate;
    }
    if (sources[1].revents & POLLIN) return Cause::kRequested;
  }
}

void ShutdownSignals::request() {
  const std::uint64_t one = 1;
  // It can fail only when the counter is full, and then the waiter is awake already.
  [[maybe_unused]] const ssize_t written = ::write(requests_.get(), &one, sizeof one);
}

}  // namespace urna::service
