// Preloaded after libfaketime into a server whose clock is to be wrong (clock.cc).
//
// Abseil, and gRPC's timers with it, wait for a moment of the time of day by asking the kernel
// itself (futex with FUTEX_CLOCK_REALTIME). The kernel's clock is right, so that moment is as far
// off as the clock is: every timer would come ten minutes late, or at once. On a machine whose
// clock is wrong, the kernel's is wrong too; here the moment is told in the kernel's own time.
#include <dlfcn.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include <cstdarg>
#include <cstdlib>
#include <ctime>

namespace {

constexpr long kWaitForMoment = FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME;

// As libfaketime reads it: "+600s".
long seconds_ahead() {
  static const long seconds = [] {
    const char* told = std::getenv("FAKETIME");
    return told == nullptr ? 0L : std::strtol(told, nullptr, 10);
  }();
  return seconds;
}

}  // namespace

extern "C" long syscall(long number, ...) noexcept {
  using Syscall = long (*)(long, ...);
  static const auto next = reinterpret_cast<Syscall>(::dlsym(RTLD_NEXT, "syscall"));
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);

  timespec moment{};
  const auto* told = reinterpret_cast<const timespec*>(arguments[3]);
  if (number == SYS_futex && (arguments[1] & ~FUTEX_PRIVATE_FLAG) == kWaitForMoment &&
      told != nullptr) {
    moment = *told;
    moment.tv_sec -= seconds_ahead();
    arguments[3] = reinterpret_cast<long>(&moment);
  }
  return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
              arguments[5]);
}
