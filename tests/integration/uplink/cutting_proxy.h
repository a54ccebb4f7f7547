// A TCP proxy on the loopback address that breaks connections off after so many bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace urna::tests {

class CuttingProxy {
 public:
  // Passes everything on to `target` ("127.0.0.1:PORT").
  explicit CuttingProxy(std::string target);
  ~CuttingProxy();

  const std::string& address() const { return address_; }
  // Connections made from now on are broken off, both ways, after so many bytes upward.
  void cut_after(std::uint64_t bytes) { bytes_max_ = bytes; }
  std::uint64_t connections() const { return connections_; }

 private:
  void accept_all();
  void carry(int client, int server, std::uint64_t bytes_max) const;

  const std::string target_;
  std::string address_;
  int listener_ = -1;
  std::atomic<std::uint64_t> bytes_max_{~std::uint64_t{0}};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> threads_;  // of the acceptor
  std::jthread acceptor_;
};

// A connected TCP socket to "127.0.0.1:PORT", or -1.
int connect_to(const std::string& address);

}  // namespace urna::tests
