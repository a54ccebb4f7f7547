#include "tests/chaos/fault_proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/support/loopback.h"

namespace urna::chaos {
namespace {

using namespace std::chrono_literals;

// Everything that comes back until the end, or until `patience` passes without a byte.
std::string read_all(int from, std::chrono::milliseconds patience = 30s) {
  std::string all;
  char buffer[4'096];
  for (;;) {
    pollfd waiting{from, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return all;
    const ssize_t got = recv(from, buffer, sizeof buffer, 0);
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

// Whether the connection breaks within the patience.
bool breaks(int socket) {
  pollfd waiting{socket, POLLIN, 0};
  char byte = 0;
  return poll(&waiting, 1, 5'000) > 0 && recv(socket, &byte, 1, 0) <= 0;
}

// Gives back what it gets, one connection at a time.
class Echo {
 public:
  Echo() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof own;
    bind(listener_, reinterpret_cast<const sockaddr*>(&own), sizeof own);
    listen(listener_, 16);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&own), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~Echo() {
    thread_.request_stop();
    thread_.join();
    close(listener_);
  }
  const std::string& address() const { return address_; }

 private:
  void serve(const std::stop_token& stop) const {
    while (!stop.stop_requested()) {
      pollfd waiting{listener_, POLLIN, 0};
      if (poll(&waiting, 1, 20) <= 0) continue;
      const int one = accept(listener_, nullptr, nullptr);
      char buffer[4'096];
      while (!stop.stop_requested()) {
        pollfd open{one, POLLIN, 0};
        if (poll(&open, 1, 20) <= 0) continue;
        const ssize_t got = recv(one, buffer, sizeof buffer, 0);
        if (got <= 0 || send(one, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) != got)
          break;
      }
      close(one);
    }
  }
  int listener_ = -1;
  std::string address_;
  std::jthread thread_;
};

class FaultProxyTest : public testing::Test {
 protected:
  // A connection through a fresh link to the echo, with these faults.
  int connect_with(const LinkFaults& faults, std::uint64_t seed = 1) {
    proxy_ = *FaultProxy::start(seed);
    const auto address = proxy_->add("link", echo_.address());
    EXPECT_TRUE(proxy_->set("link", faults).has_value());
    return test::connect_to(*address);
  }
  // What comes back of `bytes`; sending happens beside, so that nothing stands still.
  static std::string through(int socket, const std::string& bytes) {
    std::jthread sender([&] {
      std::size_t sent = 0;
      while (sent < bytes.size()) {
        const ssize_t now = send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) return;
        sent += static_cast<std::size_t>(now);
      }
      shutdown(socket, SHUT_WR);
    });
    std::string back = read_all(socket);
    close(socket);
    return back;
  }
  // Whether the proxy has swallowed that many pieces, before long.
  bool swallows(std::uint64_t pieces) {
    for (int i = 0; i < 3'000 && proxy_->counts().swallowed < pieces; ++i) {
      std::this_thread::sleep_for(10ms);
    }
    return proxy_->counts().swallowed >= pieces;
  }
  static std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
    return bytes;
  }

  Echo echo_;
  std::unique_ptr<FaultProxy> proxy_;
};

TEST_F(FaultProxyTest, RefusesAnAddressThatIsNone) {
  const auto proxy = *FaultProxy::start(1);
  EXPECT_EQ(proxy->add("link", "nowhere").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(proxy->add("link", "127.0.0.1:0").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(proxy->set("link", {}).error().code, ErrorCode::kNotFound);
}

TEST_F(FaultProxyTest, BreaksOffWhereNobodyListens) {
  const auto proxy = *FaultProxy::start(1);
  const auto address = proxy->add("link", "127.0.0.1:1");
  ASSERT_TRUE(address.has_value());
  const int socket = test::connect_to(*address);
  if (socket < 0) return;
  EXPECT_TRUE(breaks(socket));
  close(socket);
}

TEST_F(FaultProxyTest, IsReachedAtTheSameAddressByTheSameName) {
  const auto proxy = *FaultProxy::start(1);
  const auto first = proxy->add("link", echo_.address());
  EXPECT_EQ(*proxy->add("link", "127.0.0.1:1"), *first);
  EXPECT_NE(*proxy->add("other", echo_.address()), *first);
}

TEST_F(FaultProxyTest, PassesEverythingOnWithoutFaults) {
  const std::string bytes = pattern(1'000'000);
  EXPECT_EQ(through(connect_with({}), bytes), bytes);
  EXPECT_EQ(proxy_->counts().connections, 1U);
  EXPECT_GE(proxy_->counts().pieces, 2 * bytes.size() / FaultProxy::kPieceBytes);
}

TEST_F(FaultProxyTest, PassesEverythingOnInSlicesAndLate) {
  LinkFaults faults;
  faults.delay_ms_max = 5;
  faults.slice_bytes_max = 7;
  const std::string bytes = pattern(5'000);
  EXPECT_EQ(through(connect_with(faults), bytes), bytes);
  EXPECT_GT(proxy_->counts().sliced, 0U);
  EXPECT_GT(proxy_->counts().delayed, 0U);
}

TEST_F(FaultProxyTest, CorruptsOneBitOfAPieceAndLosesNothing) {
  LinkFaults faults;
  faults.corrupt_permille = 1'000;
  const std::string bytes = pattern(1'000);
  const std::string back = through(connect_with(faults), bytes);
  ASSERT_EQ(back.size(), bytes.size());
  int bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bits += __builtin_popcount(static_cast<unsigned char>(back[i] ^ bytes[i]));
  }
  EXPECT_GT(bits, 0);
  EXPECT_LE(bits, static_cast<int>(proxy_->counts().corrupted));
}

TEST_F(FaultProxyTest, CutsBothEnds) {
  LinkFaults faults;
  faults.cut_permille = 1'000;
  const int socket = connect_with(faults);
  ASSERT_EQ(send(socket, "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_TRUE(breaks(socket));
  EXPECT_EQ(proxy_->counts().cut, 1U);
  close(socket);
}

TEST_F(FaultProxyTest, CutsAfterSoManyBytesUpward) {
  LinkFaults faults;
  faults.cut_after_bytes = 100;
  const int socket = connect_with(faults);
  const std::string bytes = pattern(1'000);
  ASSERT_EQ(send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), 1'000);
  EXPECT_LE(read_all(socket).size(), 100U);
  EXPECT_EQ(proxy_->counts().cut, 1U);
  close(socket);
}

TEST_F(FaultProxyTest, SwallowsSilentlyAndTheConnectionStaysDeadAfterwards) {
  LinkFaults faults;
  faults.silent = true;
  const int socket = connect_with(faults);
  ASSERT_EQ(send(socket, "lost", 4, MSG_NOSIGNAL), 4);
  EXPECT_TRUE(swallows(1));
  ASSERT_TRUE(proxy_->set("link", {}).has_value());
  ASSERT_EQ(send(socket, "late", 4, MSG_NOSIGNAL), 4);
  EXPECT_TRUE(swallows(2));
  EXPECT_EQ(read_all(socket, 100ms), "");
  close(socket);
}

// Several kinds of faults at once, from many seeds: bytes that come are a beginning of those sent.
TEST_F(FaultProxyTest, NeverInventsOrReordersBytes) {
  LinkFaults faults;
  faults.delay_ms_max = 2;
  faults.slice_bytes_max = 3'000;
  faults.cut_permille = 50;
  const std::string bytes = pattern(200'000);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string back = through(connect_with(faults, seed), bytes);
    ASSERT_LE(back.size(), bytes.size());
    EXPECT_TRUE(bytes.starts_with(back)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace urna::chaos
