#include "tests/integration/uplink/cutting_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/check.h"

namespace urna::tests {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool send_all(int to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// So that the other end sees a broken connection, not an orderly end.
void break_off(int socket) {
  const linger now{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(socket);
}

}  // namespace

int connect_to(const std::string& address) {
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  const int connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = loopback(port);
  if (connect(connected, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return connected;
  close(connected);
  return -1;
}

CuttingProxy::CuttingProxy(std::string target) : target_(std::move(target)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own = loopback(0);
  socklen_t size = sizeof own;
  URNA_CHECK(bind(listener_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  URNA_CHECK(listen(listener_, 64) == 0);
  URNA_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&own), &size) == 0);
  address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
  acceptor_ = std::jthread([this] { accept_all(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  acceptor_.join();  // adds no more
  threads_.clear();
  close(listener_);
}

void CuttingProxy::accept_all() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++connections_;
    const int server = connect_to(target_);
    if (server < 0) {
      break_off(client);
      continue;
    }
    threads_.emplace_back(
        [this, client, server, most = bytes_max_.load()] { carry(client, server, most); });
  }
}

void CuttingProxy::carry(int client, int server, std::uint64_t bytes_max) const {
  std::uint64_t upward = 0;
  char buffer[16'384];
  for (bool open = true; open && !stopping_ && upward < bytes_max;) {
    pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(both, 2, 20) <= 0) continue;
    for (int i = 0; i < 2 && open; ++i) {
      if ((both[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      const std::size_t most =
          i == 0 ? std::min<std::uint64_t>(sizeof buffer, bytes_max - upward) : sizeof buffer;
      const ssize_t got = recv(both[i].fd, buffer, most, 0);
      open = got > 0 && send_all(i == 0 ? server : client, buffer, static_cast<std::size_t>(got));
      if (i == 0 && got > 0) upward += static_cast<std::uint64_t>(got);
    }
  }
  break_off(client);
  break_off(server);
}

}  // namespace urna::tests
