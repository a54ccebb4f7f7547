// Many clients that speak TLS and HTTP/2 by hand, well and badly, to see that a server stands them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/trust/certificate.h"

namespace urna::chaos {

// Not thread-safe. Connections stay open until close() or the end of the object.
class Crowd {
 public:
  // One member for each identity. kInvalidArgument when a key cannot be read.
  static Result<std::unique_ptr<Crowd>> make(const std::vector<trust::Identity>& identities);
  ~Crowd();

  // Every member connects to "127.0.0.1:PORT" at once, with a certificate of its own, and again
  // when it is turned away, for at most `patience`. How many were greeted by the server.
  std::size_t storm(const std::string& address, std::chrono::seconds patience);

  // Every member begins a call, to `path`, with a message that is told to be of `bytes`, and sends
  // as much of it as the server takes. How many were told to stop or were cut off.
  std::size_t send_oversize(const std::string& address, const std::string& path,
                            std::uint32_t bytes);

  // Every member connects and from then on sends one byte of its greeting with each drip(). How
  // many are connected still.
  std::size_t begin_slowly(const std::string& address);
  std::size_t drip();

  void close();
  std::size_t size() const { return members_.size(); }

 private:
  struct Member;
  Crowd();
  template <class Work>
  std::size_t each(Work work);

  std::vector<std::unique_ptr<Member>> members_;
};

// Connections that say nothing. Those the server closes are not made again.
class Idlers {
 public:
  ~Idlers();
  // How many could be made.
  std::size_t connect(const std::string& address, std::size_t count);
  void close();

 private:
  std::vector<int> sockets_;
};

}  // namespace urna::chaos
