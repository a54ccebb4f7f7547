#include "common/uplink/acceptor.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/base/check.h"

namespace urna::uplink {

namespace {

constexpr std::string_view kUnix = "unix:";
// A peer that acknowledges nothing for so long is gone, milliseconds.
constexpr unsigned kUnacknowledgedMsMax = 30'000;
// Rest after accept() failed for want of descriptors or memory.
constexpr std::chrono::milliseconds kPause{50};

std::unexpected<Error> cannot_listen(const std::string& address, const std::string& why) {
  return fail(ErrorCode::kUnavailable, "cannot listen on " + address + ": " + why);
}

std::string reason(int error) { return std::generic_category().message(error); }

// The error of one connection, not of the listener: accept(2) says to treat these as "try again".
bool concerns_one_connection(int error) {
  return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPROTO ||
         error == EPERM || error == ENETDOWN || error == ENOPROTOOPT || error == EHOSTDOWN ||
         error == ENONET || error == EHOSTUNREACH || error == EOPNOTSUPP || error == ENETUNREACH;
}

void prepare(int connection) {
  const int yes = 1;
  // Both fail on a Unix socket, which needs neither.
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(connection, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMsMax,
               sizeof kUnacknowledgedMsMax);
}

// The port of a bound socket.
int port_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

}  // namespace

Result<std::unique_ptr<Acceptor>> Acceptor::bind(const std::string& address) {
  std::unique_ptr<Acceptor> made(new Acceptor);
  made->wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made->wake_ < 0) return cannot_listen(address, reason(errno));
  const auto bound = address.starts_with(kUnix) ? made->bind_socket(address.substr(kUnix.size()))
                                                : made->bind_port(address);
  if (!bound) return std::unexpected(bound.error());
  if (::listen(made->listener_, SOMAXCONN) != 0) return cannot_listen(address, reason(errno));
  return made;
}

Result<void> Acceptor::bind_socket(const std::string& path) {
  address_ = std::string(kUnix) + path;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path) {
    return cannot_listen(address_, "the path must have 1 to 107 bytes");
  }
  std::ranges::copy(path, name.sun_path);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) return cannot_listen(address_, reason(errno));
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(path.c_str());
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return cannot_listen(address_, reason(errno));
  }
  path_ = path;
  return {};
}

Result<void> Acceptor::bind_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return cannot_listen(address, "it names no port");
  std::string host = address.substr(0, colon);
  const std::string service = address.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo wanted{};
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &wanted, &found);
  if (failed != 0) {
    return cannot_listen(address, failed == EAI_SYSTEM ? reason(errno) : ::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> first(found, ::freeaddrinfo);
  listener_ = ::socket(first->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) return cannot_listen(address, reason(errno));
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(listener_, first->ai_addr, first->ai_addrlen) != 0) {
    return cannot_listen(address, reason(errno));
  }
  address_ = address.substr(0, colon + 1) + std::to_string(port_of(listener_));
  return {};
}

Acceptor::~Acceptor() {
  stop();
  if (listener_ >= 0) ::close(listener_);
  if (wake_ >= 0) ::close(wake_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void Acceptor::start(int descriptor_end, Hooks hooks) {
  thread_ =
      std::thread([this, descriptor_end, hooks = std::move(hooks)] { run(descriptor_end, hooks); });
}

void Acceptor::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  URNA_CHECK(::write(wake_, &one, sizeof one) == sizeof one);
  thread_.join();
}

void Acceptor::run(int descriptor_end, const Hooks& hooks) {
  using Clock = std::chrono::steady_clock;
  auto next_tick = Clock::now() + kTick;
  Clock::time_point resting_until{};
  for (;;) {
    const auto now = Clock::now();
    if (now >= next_tick) {
      hooks.tick();
      next_tick = now + kTick;
    }
    const bool resting = now < resting_until;
    pollfd watched[] = {{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(
        (resting ? std::min(next_tick, resting_until) : next_tick) - now);
    const int ready = ::poll(watched, resting ? 1 : 2, static_cast<int>(wait.count()));
    if (ready > 0 && watched[0].revents != 0) return;
    if (ready > 0 && watched[1].revents != 0 && !accept_one(descriptor_end, hooks)) {
      resting_until = Clock::now() + kPause;
    }
  }
}

bool Acceptor::accept_one(int descriptor_end, const Hooks& hooks) {
  const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0) {
    if (concerns_one_connection(errno)) return true;
    set_trouble("connections cannot be accepted: " + reason(errno));
    return false;
  }
  if (connection >= descriptor_end) {
    ::close(connection);
    set_trouble("connections are refused: too many are open");
    hooks.refused();
    return true;
  }
  prepare(connection);
  hooks.connection(connection);
  return true;
}

void Acceptor::set_trouble(std::string what) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(what);
  troubled_until_ = std::chrono::steady_clock::now() + kTroubleShown;
}

std::optional<std::string> Acceptor::trouble() const {
  const std::lock_guard lock(mutex_);
  if (std::chrono::steady_clock::now() >= troubled_until_) return std::nullopt;
  return trouble_;
}

}  // namespace urna::uplink
