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

  // Every member begins a call, to `path`, with a message that is told to be of `told` bytes, sends
  // as much of it as the server takes, at most `sent` (less than `told`), and listens, all in all
  // for `patience`.
  struct Message {
    std::uint32_t told = 0;
    std::uint32_t sent = 0;
  };
  struct Calls {
    std::size_t begun = 0;    // the server greeted, and took the beginning
    std::size_t stopped = 0;  // of those: it reset the call or ended it, said good-bye or hung up
    std::uint64_t taken = 0;  // bytes, of all
  };
  Calls begin_calls(const std::string& address, const std::string& path, const Message& message,
                    std::chrono::seconds patience);

  // Every member connects, and again when it is turned away, for at most `patience`; from then on
  // it sends one byte of its greeting with each drip(). How many are connected, how many sent it.
  std::size_t begin_slowly(const std::string& address, std::chrono::seconds patience);
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
