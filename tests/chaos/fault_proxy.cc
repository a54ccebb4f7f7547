#include "tests/chaos/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <unordered_map>

#include "common/base/check.h"
#include "tests/drill/random.h"

namespace urna::chaos {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kEventsMax = 64;
constexpr int kBacklog = 1'024;
constexpr int kIdleMs = 100;
constexpr int kBusyMs = 1;  // while a piece waits for its time

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::unexpected<Error> system_error(const std::string& what) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(errno));
}

Result<std::uint16_t> port_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const int port = colon == address.npos ? 0 : std::atoi(address.c_str() + colon + 1);
  if (port <= 0 || port > 65'535) {
    return fail(ErrorCode::kInvalidArgument, "'" + address + "' is no address");
  }
  return static_cast<std::uint16_t>(port);
}

// The other end sees a broken connection, not an orderly end.
void break_off(int socket) {
  const linger now{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(socket);
}

int new_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

}  // namespace

struct FaultProxy::Link {
  int listener = -1;
  std::uint16_t target = 0;
  std::string address;
  LinkFaults faults;
  std::uint64_t number = 0;  // in the order of their making
  Counts counts;
};

// One direction of a connection: what was read from one end and not yet written to the other.
struct FaultProxy::Way {
  std::array<char, kPieceBytes> bytes{};
  std::size_t begin = 0;
  std::size_t end = 0;
  Clock::time_point due{};  // not passed on before
  bool ended = false;       // the reading end is at its end
  bool told = false;        // and the other end knows

  bool empty() const { return begin == end; }
};

struct FaultProxy::Connection {
  std::array<int, 2> sockets{-1, -1};    // the client's, the target's
  std::array<Way, 2> ways;               // [0] upward: read from sockets[0]
  std::array<std::uint32_t, 2> asked{};  // what epoll was asked for
  Link* link = nullptr;
  drill::SplitMix64 random{0};
  bool connected = false;
  bool dead = false;  // lost bytes: says nothing any more
  std::uint64_t upward = 0;
  std::optional<std::uint64_t> cut_after_bytes;
};

// Everything of the thread; links and faults are also set from outside, under the mutex.
class FaultProxy::Loop {
 public:
  explicit Loop(std::uint64_t seed) : seed_(seed) {}
  ~Loop();

  Result<void> open();
  void run();
  void stop();
  Result<std::string> add(const std::string& name, const std::string& target);

  mutable std::mutex mutex;
  std::map<std::string, std::unique_ptr<Link>> links;
  LinkFaults of_new_links;

 private:
  using Open = std::unordered_map<Connection*, std::unique_ptr<Connection>>;
  struct Watched {
    Link* link = nullptr;  // of a listener
    Connection* connection = nullptr;
    int side = 0;
  };

  void accept_all(Link& link);
  void watch(int fd, std::uint32_t events, int operation) const;
  // Both return false when the connection is over.
  bool serve(Connection& connection, int side, std::uint32_t events);
  bool carry(Connection& connection);
  bool read(Connection& connection, int way);
  bool write(Connection& connection, int way, const LinkFaults& faults);
  // What becomes of a piece just read; false: the connection is cut.
  bool decide(Connection& connection, Way& way, const LinkFaults& faults);
  void ask(Connection& connection);
  void end(Connection& connection);
  void carry_due();

  const std::uint64_t seed_;
  int epoll_ = -1;
  int wake_ = -1;
  bool stopping_ = false;
  std::unordered_map<int, Watched> watched_;  // by descriptor
  Open open_;
};

FaultProxy::Loop::~Loop() {
  for (auto& [at, connection] : open_) {
    for (const int fd : connection->sockets) break_off(fd);
  }
  for (auto& [name, link] : links) ::close(link->listener);
  if (wake_ >= 0) ::close(wake_);
  if (epoll_ >= 0) ::close(epoll_);
}

Result<void> FaultProxy::Loop::open() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || wake_ < 0) return system_error("epoll");
  watch(wake_, EPOLLIN, EPOLL_CTL_ADD);
  return {};
}

void FaultProxy::Loop::watch(int fd, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  URNA_CHECK(::epoll_ctl(epoll_, operation, fd, &event) == 0);
}

void FaultProxy::Loop::stop() {
  {
    const std::lock_guard lock(mutex);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t woken = ::write(wake_, &one, sizeof one);
}

Result<std::string> FaultProxy::Loop::add(const std::string& name, const std::string& target) {
  const auto port = port_of(target);
  if (!port) return std::unexpected(port.error());
  const std::lock_guard lock(mutex);
  if (const auto known = links.find(name); known != links.end()) {
    known->second->target = *port;
    return known->second->address;
  }
  auto link = std::make_unique<Link>();
  link->listener = new_socket();
  sockaddr_in own = loopback(0);
  socklen_t size = sizeof own;
  if (link->listener < 0 ||
      ::bind(link->listener, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      ::listen(link->listener, kBacklog) != 0 ||
      ::getsockname(link->listener, reinterpret_cast<sockaddr*>(&own), &size) != 0) {
    const auto error = system_error("listening for " + name);
    if (link->listener >= 0) ::close(link->listener);
    return error;
  }
  link->target = *port;
  link->address = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
  link->faults = of_new_links;
  link->number = links.size();
  watched_[link->listener] = {link.get(), nullptr, 0};
  watch(link->listener, EPOLLIN, EPOLL_CTL_ADD);
  return links.emplace(name, std::move(link)).first->second->address;
}

void FaultProxy::Loop::run() {
  std::array<epoll_event, kEventsMax> events{};
  bool waiting = false;
  for (;;) {
    const int came = ::epoll_wait(epoll_, events.data(), kEventsMax, waiting ? kBusyMs : kIdleMs);
    const std::lock_guard lock(mutex);
    if (stopping_) return;
    for (int i = 0; i < came; ++i) {
      const auto found = watched_.find(events[i].data.fd);
      if (found == watched_.end()) continue;  // closed by an event before this one
      const Watched what = found->second;
      if (what.link != nullptr) {
        accept_all(*what.link);
      } else if (!serve(*what.connection, what.side, events[i].events)) {
        end(*what.connection);
      }
    }
    carry_due();
    waiting = std::ranges::any_of(open_, [](const auto& one) {
      return !one.second->ways[0].empty() || !one.second->ways[1].empty();
    });
  }
}

void FaultProxy::Loop::accept_all(Link& link) {
  for (;;) {
    const int client = ::accept4(link.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    ++link.counts.connections;
    const int server = new_socket();
    const sockaddr_in to = loopback(link.target);
    if (server < 0 || (::connect(server, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
                       errno != EINPROGRESS)) {
      if (server >= 0) ::close(server);
      break_off(client);
      continue;
    }
    const int yes = 1;
    for (const int fd : {client, server}) {
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    auto connection = std::make_unique<Connection>();
    connection->sockets = {client, server};
    connection->link = &link;
    connection->random = drill::SplitMix64(seed_ ^ (link.number << 32) ^ link.counts.connections);
    connection->cut_after_bytes = link.faults.cut_after_bytes;
    connection->asked = {EPOLLIN, EPOLLOUT};
    for (int side = 0; side < 2; ++side) {
      watched_[connection->sockets[side]] = {nullptr, connection.get(), side};
      watch(connection->sockets[side], connection->asked[side], EPOLL_CTL_ADD);
    }
    open_.emplace(connection.get(), std::move(connection));
  }
}

bool FaultProxy::Loop::serve(Connection& connection, int side, std::uint32_t events) {
  if (!connection.connected && side == 1) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.sockets[1], SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return false;
    connection.connected = true;
  }
  if ((events & EPOLLERR) != 0) return false;
  // At a socket's end there may still be bytes to read.
  if ((events & (EPOLLIN | EPOLLHUP)) != 0 && !read(connection, side)) return false;
  return carry(connection);
}

bool FaultProxy::Loop::read(Connection& connection, int way_of) {
  Way& way = connection.ways[way_of];
  if (!way.empty() || way.ended) return true;
  const LinkFaults& faults = connection.link->faults;
  std::size_t most = kPieceBytes;
  if (way_of == 0 && connection.cut_after_bytes) {
    most = std::min<std::uint64_t>(most, *connection.cut_after_bytes - connection.upward);
    if (most == 0) return true;
  }
  const ssize_t got = ::recv(connection.sockets[way_of], way.bytes.data(), most, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) {
    way.ended = true;
    return true;
  }
  way.begin = 0;
  way.end = static_cast<std::size_t>(got);
  ++connection.link->counts.pieces;
  if (way_of == 0) connection.upward += static_cast<std::uint64_t>(got);
  return decide(connection, way, faults);
}

bool FaultProxy::Loop::decide(Connection& connection, Way& way, const LinkFaults& faults) {
  drill::SplitMix64& random = connection.random;
  Counts& counts = connection.link->counts;
  way.due = Clock::now();
  if (faults.silent || connection.dead) {
    connection.dead = true;
    ++counts.swallowed;
    way.begin = way.end;
    return true;
  }
  if (random.chance(faults.cut_permille)) {
    ++counts.cut;
    return false;
  }
  if (random.chance(faults.corrupt_permille)) {
    way.bytes[random.below(way.end)] ^= static_cast<char>(1U << random.below(8));
    ++counts.corrupted;
  }
  if (faults.delay_ms_max > 0) {
    way.due += std::chrono::milliseconds(random.below(faults.delay_ms_max + 1));
    ++counts.delayed;
  }
  if (faults.slice_bytes_max > 0) ++counts.sliced;
  return true;
}

bool FaultProxy::Loop::write(Connection& connection, int way_of, const LinkFaults& faults) {
  Way& way = connection.ways[way_of];
  const int to = connection.sockets[1 - way_of];
  if (way_of == 0 && !connection.connected) return true;
  if (!way.empty() && Clock::now() >= way.due) {
    std::size_t length = way.end - way.begin;
    if (faults.slice_bytes_max > 0) {
      length = std::min<std::size_t>(length, 1 + connection.random.below(faults.slice_bytes_max));
    }
    const ssize_t sent = ::send(to, way.bytes.data() + way.begin, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) way.begin += static_cast<std::size_t>(sent);
  }
  if (way.empty() && way.ended && !way.told && !connection.dead) {
    ::shutdown(to, SHUT_WR);
    way.told = true;
  }
  return true;
}

bool FaultProxy::Loop::carry(Connection& connection) {
  const LinkFaults& faults = connection.link->faults;
  for (int way = 0; way < 2; ++way) {
    if (!write(connection, way, faults)) return false;
  }
  const bool spent = connection.cut_after_bytes && connection.ways[0].empty() &&
                     connection.upward >= *connection.cut_after_bytes;
  if (spent) {
    ++connection.link->counts.cut;
    return false;
  }
  const bool both_ended = connection.ways[0].ended && connection.ways[1].ended &&
                          connection.ways[0].empty() && connection.ways[1].empty();
  if (both_ended || (connection.dead && (connection.ways[0].ended || connection.ways[1].ended))) {
    return false;
  }
  ask(connection);
  return true;
}

// Reads only where there is room, waits for room to write only where a piece is due.
void FaultProxy::Loop::ask(Connection& connection) {
  const auto now = Clock::now();
  for (int side = 0; side < 2; ++side) {
    const Way& from = connection.ways[side];
    const Way& to = connection.ways[1 - side];
    std::uint32_t events = 0;
    if (from.empty() && !from.ended) events |= EPOLLIN;
    if (!to.empty() && now >= to.due) events |= EPOLLOUT;
    if (side == 1 && !connection.connected) events |= EPOLLOUT;
    if (events == connection.asked[side]) continue;
    connection.asked[side] = events;
    watch(connection.sockets[side], events, EPOLL_CTL_MOD);
  }
}

void FaultProxy::Loop::end(Connection& connection) {
  const bool orderly = connection.ways[0].ended && connection.ways[1].ended;
  for (const int fd : connection.sockets) {
    watched_.erase(fd);
    if (orderly) {
      ::close(fd);
    } else {
      break_off(fd);
    }
  }
  open_.erase(&connection);
}

void FaultProxy::Loop::carry_due() {
  std::vector<Connection*> over;
  const auto now = Clock::now();
  for (auto& [at, connection] : open_) {
    const bool due = std::ranges::any_of(
        connection->ways, [&](const Way& way) { return !way.empty() && now >= way.due; });
    if (due && !carry(*connection)) over.push_back(at);
  }
  for (Connection* one : over) end(*one);
}

FaultProxy::FaultProxy(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {
  thread_ = std::thread([this] { loop_->run(); });
}

FaultProxy::~FaultProxy() {
  loop_->stop();
  thread_.join();
}

Result<std::unique_ptr<FaultProxy>> FaultProxy::start(std::uint64_t seed) {
  auto loop = std::make_unique<Loop>(seed);
  if (auto opened = loop->open(); !opened) return std::unexpected(std::move(opened.error()));
  return std::unique_ptr<FaultProxy>(new FaultProxy(std::move(loop)));
}

Result<std::string> FaultProxy::add(const std::string& link, const std::string& target) {
  return loop_->add(link, target);
}

Result<void> FaultProxy::set(const std::string& link, const LinkFaults& faults) {
  const std::lock_guard lock(loop_->mutex);
  const auto found = loop_->links.find(link);
  if (found == loop_->links.end()) return fail(ErrorCode::kNotFound, "no link " + link);
  found->second->faults = faults;
  return {};
}

void FaultProxy::set_all(const LinkFaults& faults) {
  const std::lock_guard lock(loop_->mutex);
  loop_->of_new_links = faults;
  for (auto& [name, link] : loop_->links) link->faults = faults;
}

std::vector<std::string> FaultProxy::links() const {
  const std::lock_guard lock(loop_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, link] : loop_->links) names.push_back(name);
  return names;
}

FaultProxy::Counts& FaultProxy::Counts::operator+=(const Counts& other) {
  connections += other.connections;
  pieces += other.pieces;
  delayed += other.delayed;
  sliced += other.sliced;
  corrupted += other.corrupted;
  cut += other.cut;
  swallowed += other.swallowed;
  return *this;
}

std::map<std::string, FaultProxy::Counts> FaultProxy::counts_by_link() const {
  const std::lock_guard lock(loop_->mutex);
  std::map<std::string, Counts> all;
  for (const auto& [name, link] : loop_->links) all[name] = link->counts;
  return all;
}

FaultProxy::Counts FaultProxy::counts() const {
  Counts sum;
  for (const auto& [link, counts] : counts_by_link()) sum += counts;
  return sum;
}

}  // namespace urna::chaos
