// Listens on a TCP port or a Unix socket and gives away the connections that come.
//
// gRPC 1.51's own listener ends for good with the first accept() that fails, as it does when
// descriptors run out; this one goes on. It also refuses connections beyond a number before they
// cost anything.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/base/error.h"

namespace urna::uplink {

class Acceptor {
 public:
  struct Hooks {
    // A new connection, non-blocking; whoever gets it closes it.
    std::function<void(int fd)> connection;
    // A connection was closed at once because there are too many.
    std::function<void()> refused;
    // About every kTick, between connections.
    std::function<void()> tick;
  };
  static constexpr std::chrono::milliseconds kTick{250};
  static constexpr std::chrono::seconds kTroubleShown{5};

  // `address`: "HOST:PORT" with a name, an IPv4 address or an IPv6 address in brackets (the first
  // address a name stands for is taken; port 0: any free one) or "unix:PATH" (a socket left there
  // is replaced). kUnavailable with the system's reason when it cannot be bound.
  static Result<std::unique_ptr<Acceptor>> bind(const std::string& address);
  // Stops; removes the Unix socket.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Starts the thread on which all hooks are called. `descriptor_end`: see DescriptorPlan.
  void start(int descriptor_end, Hooks hooks);
  // No hook is called when it returns. Connections given away stay.
  void stop();

  // With the port really bound.
  const std::string& address() const { return address_; }
  // Why connections could not be accepted in the last kTroubleShown; nullopt when all is well.
  std::optional<std::string> trouble() const;

 private:
  Acceptor() = default;
  Result<void> bind_socket(const std::string& path);
  Result<void> bind_port(const std::string& address);
  void run(int descriptor_end, const Hooks& hooks);
  // False when accept() failed for want of something: it would fail again at once.
  bool accept_one(int descriptor_end, const Hooks& hooks);
  void set_trouble(std::string what);

  std::string address_;
  std::string path_;  // of the Unix socket
  int listener_ = -1;
  int wake_ = -1;  // readable when it is to stop
  std::thread thread_;
  mutable std::mutex mutex_;
  std::string trouble_;
  std::chrono::steady_clock::time_point troubled_until_{};
};

}  // namespace urna::uplink
