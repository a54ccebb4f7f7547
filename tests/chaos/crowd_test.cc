#include "tests/chaos/crowd.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/drill/keyring.h"
#include "tests/support/temporary_folder.h"

namespace urna::chaos {
namespace {

constexpr std::chrono::seconds kPatience{10};  // for what comes
constexpr std::chrono::seconds kSilence{1};    // for what must not come
constexpr Crowd::Message kMessage{1U << 20, 1U << 16};

std::string frame(char type, char flags, char stream, const std::string& payload) {
  return std::string{'\0', '\0', static_cast<char>(payload.size()), type, flags, '\0', '\0', '\0'} +
         stream + payload;
}

const std::string kSettings = frame(4, 0, 0, "");
const std::string kHangUp = "hang up";

// Takes one connection after another, greets, and answers the first bytes of each with the same.
// It reads on and says nothing more, but hangs up when told to.
class Server {
 public:
  Server(const trust::Identity& identity, std::string answer)
      : answer_(std::move(answer)), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    const auto& der = identity.certificate_der;
    SSL_CTX_use_certificate_ASN1(context_.get(), static_cast<int>(der.size()),
                                 reinterpret_cast<const unsigned char*>(der.data()));
    const std::string pem = *identity.key.to_pem(std::nullopt);
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(bytes.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void run() const {
    for (int socket; (socket = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(socket)) {
      const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
      SSL_set_fd(ssl.get(), socket);
      if (SSL_accept(ssl.get()) == 1) serve(*ssl);
    }
  }
  void serve(SSL& ssl) const {
    SSL_write(&ssl, kSettings.data(), static_cast<int>(kSettings.size()));
    char bytes[4'096];
    std::size_t read = 0;
    bool answered = false;
    for (int got; (got = SSL_read(&ssl, bytes, sizeof bytes)) > 0;) {
      read += static_cast<std::size_t>(got);
      if (answered || read < sizeof bytes) continue;  // more than a greeting
      answered = true;
      if (answer_ == kHangUp) return;
      if (!answer_.empty()) SSL_write(&ssl, answer_.data(), static_cast<int>(answer_.size()));
    }
  }

  const std::string answer_;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

class CrowdCalls : public testing::Test {
 protected:
  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }

  trust::Identity identity() {
    const auto election = *model::ElectionId::parse("pl-2014-test");
    auto keyring = drill::Keyring::open(folder_.path() / "keys.json", election,
                                        *model::UnitId::parse("PL"), 1'416'120'000'000);
    EXPECT_TRUE(keyring);
    return *keyring->identity(
        {election, *model::UnitId::parse("305001-1"), trust::Role::kPrecinctNode});
  }
  // One client's call at a server that answers so.
  Crowd::Calls call(const std::string& answer, std::chrono::seconds patience = kSilence) {
    const trust::Identity own = identity();
    const Server server(own, answer);
    std::vector<trust::Identity> one;
    one.push_back(identity());
    const auto crowd = Crowd::make(one);
    EXPECT_TRUE(crowd);
    const auto calls = (*crowd)->begin_calls(server.address(), "/a", kMessage, patience);
    (*crowd)->close();
    return calls;
  }

  test::TemporaryFolder folder_;
};

TEST_F(CrowdCalls, AResetAGoodByeTrailersAndHangingUpStop) {
  const std::pair<const char*, std::string> answers[] = {
      {"reset", frame(3, 0, 1, std::string(4, '\0'))},
      {"good-bye", frame(7, 0, 0, std::string(8, '\0'))},
      {"trailers", frame(1, 5, 1, "\x88")},
      {"hanging up", kHangUp}};
  for (const auto& [name, answer] : answers) {
    const Crowd::Calls calls = call(answer, kPatience);
    EXPECT_EQ(calls.begun, 1u) << name;
    EXPECT_EQ(calls.stopped, 1u) << name;
  }
}

// Headers that do not end the stream only begin an answer; a ping and settings are none.
TEST_F(CrowdCalls, SilenceAndAnythingElseDoNot) {
  const std::pair<const char*, std::string> answers[] = {
      {"silence", ""},
      {"headers", frame(1, 4, 1, "\x88")},
      {"ping", frame(6, 0, 0, std::string(8, '\0'))},
      {"settings", kSettings}};
  for (const auto& [name, answer] : answers) {
    const Crowd::Calls calls = call(answer);
    EXPECT_EQ(calls.begun, 1u) << name;
    EXPECT_EQ(calls.stopped, 0u) << name;
  }
}

// 65,535 bytes fit into the first window (RFC 9113 §6.9.2); both windows must grow for more.
TEST_F(CrowdCalls, NoMoreIsSentThanTheServerTakes) {
  EXPECT_EQ(call("").taken, 65'535u);
  const std::string by_one{'\0', '\0', '\0', '\1'};
  EXPECT_EQ(call(frame(8, 0, 0, by_one)).taken, 65'535u);
}

TEST_F(CrowdCalls, WithoutAServerNothingBegins) {
  std::vector<trust::Identity> one;
  one.push_back(identity());
  const auto crowd = Crowd::make(one);
  ASSERT_TRUE(crowd);
  const Crowd::Calls calls = (*crowd)->begin_calls("127.0.0.1:1", "/a", kMessage, kSilence);
  EXPECT_EQ(calls.begun, 0u);
  EXPECT_EQ(calls.stopped, 0u);
}

}  // namespace
}  // namespace urna::chaos
