#include "tests/chaos/crowd.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string_view>
#include <thread>

#include "tests/support/loopback.h"

namespace urna::chaos {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::seconds;

constexpr std::size_t kThreads = 64;
constexpr Seconds kAnswerPatience{10};
constexpr std::chrono::milliseconds kRetryPause{100};
constexpr std::size_t kFrameHead = 9;
constexpr std::size_t kFrameBytes = 16'384;  // the most without asking, RFC 9113 §4.2
// The client's preface and an empty SETTINGS frame, RFC 9113 §3.4.
constexpr std::string_view kGreeting{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33};

enum FrameType : std::uint8_t { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kGoAway = 7 };

struct KeyEnd {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct SslEnd {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes; i-- > 0;) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream,
                  const std::string& payload) {
  return big_endian(static_cast<std::uint32_t>(payload.size()), 3) + static_cast<char>(type) +
         static_cast<char>(flags) + big_endian(stream, 4) + payload;
}

// A header as RFC 7541 §6.2.2 writes one that is in no table.
std::string literal(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + std::string(name) +
         static_cast<char>(value.size()) + std::string(value);
}

std::string call_headers(const std::string& path) {
  // 0x83, 0x87: ":method: POST" and ":scheme: https" of the static table.
  return std::string("\x83\x87") + literal(":path", path) + literal(":authority", "localhost") +
         literal("content-type", "application/grpc") + literal("te", "trailers");
}

void set_patience(int socket, Seconds patience) {
  const timeval limit{patience.count(), 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

struct Crowd::Member {
  std::shared_ptr<SSL_CTX> context;  // of all
  Bytes certificate_der;
  std::unique_ptr<EVP_PKEY, KeyEnd> key;
  std::unique_ptr<SSL, SslEnd> ssl;
  int socket = -1;
  std::size_t dripped = 0;

  ~Member() { leave(); }
  void leave() {
    ssl.reset();
    if (socket >= 0) ::close(socket);
    socket = -1;
    dripped = 0;
  }
  // A handshake that the server did not refuse yet: with TLS 1.3 it may do so afterwards.
  bool connect(const std::string& address) {
    leave();
    socket = test::connect_to(address);
    if (socket < 0) return false;
    set_patience(socket, kAnswerPatience);
    ssl.reset(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket);
    const auto* der = reinterpret_cast<const unsigned char*>(certificate_der.data());
    if (SSL_use_certificate_ASN1(ssl.get(), der, static_cast<int>(certificate_der.size())) == 1 &&
        SSL_use_PrivateKey(ssl.get(), key.get()) == 1 && SSL_connect(ssl.get()) == 1) {
      return true;
    }
    leave();
    return false;
  }
  bool write(std::string_view bytes) const {
    return SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
  }
  bool read(char* bytes, std::size_t size) const {
    for (std::size_t have = 0; have < size;) {
      const int got = SSL_read(ssl.get(), bytes + have, static_cast<int>(size - have));
      if (got <= 0) return false;
      have += static_cast<std::size_t>(got);
    }
    return true;
  }
  // The type of the next frame; nullopt when the connection is over.
  std::optional<std::uint8_t> next_frame() const {
    unsigned char head[kFrameHead];
    if (!read(reinterpret_cast<char*>(head), sizeof head)) return std::nullopt;
    std::string payload((std::size_t{head[0]} << 16) | (std::size_t{head[1]} << 8) | head[2], '\0');
    if (!payload.empty() && !read(payload.data(), payload.size())) return std::nullopt;
    return head[3];
  }
  bool greet() const { return write(kGreeting) && next_frame() == kSettings; }
};

Crowd::Crowd() = default;
Crowd::~Crowd() = default;

Result<std::unique_ptr<Crowd>> Crowd::make(const std::vector<trust::Identity>& identities) {
  static constexpr unsigned char kAlpn[] = {2, 'h', '2'};
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof kAlpn);
  // What the server is does not matter here.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  std::unique_ptr<Crowd> crowd(new Crowd);
  for (const trust::Identity& identity : identities) {
    auto member = std::make_unique<Member>();
    member->context = context;
    member->certificate_der = identity.certificate_der;
    const auto key = identity.key.to_pem(std::nullopt);
    if (!key) return std::unexpected(key.error());
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
        BIO_new_mem_buf(key->data(), static_cast<int>(key->size())), &BIO_free);
    member->key.reset(PEM_read_bio_PrivateKey(bytes.get(), nullptr, nullptr, nullptr));
    if (!member->key) return fail(ErrorCode::kInvalidArgument, "a key that cannot be read");
    crowd->members_.push_back(std::move(member));
  }
  return crowd;
}

// Work on all members by some threads; how often it was true.
template <class Work>
std::size_t Crowd::each(Work work) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(kThreads, members_.size()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at; (at = next.fetch_add(1)) < members_.size();) {
        if (work(*members_[at])) ++done;
      }
    });
  }
  threads.clear();
  return done;
}

std::size_t Crowd::storm(const std::string& address, Seconds patience) {
  const auto deadline = Clock::now() + patience;
  return each([&](Member& member) {
    do {
      if (member.connect(address) && member.greet()) return true;
      member.leave();
      std::this_thread::sleep_for(kRetryPause);
    } while (Clock::now() < deadline);
    return false;
  });
}

std::size_t Crowd::send_oversize(const std::string& address, const std::string& path,
                                 std::uint32_t bytes) {
  constexpr std::uint8_t kEndHeaders = 4;
  const std::string head = std::string(1, '\0') + big_endian(bytes, 4);  // of a gRPC message
  return each([&](Member& member) {
    if (!member.connect(address) || !member.greet()) return false;
    const std::string body = head + std::string(kFrameBytes - head.size(), 'x');
    if (!member.write(frame(kHeaders, kEndHeaders, 1, call_headers(path))) ||
        !member.write(frame(kData, 0, 1, body))) {
      return true;  // cut off
    }
    // A window of 64 KiB is what it may send before the server asks for more.
    for (int i = 0; i < 2; ++i) {
      if (!member.write(frame(kData, 0, 1, std::string(kFrameBytes, 'x')))) return true;
    }
    for (;;) {
      const auto type = member.next_frame();
      if (!type || *type == kHeaders || *type == kReset || *type == kGoAway) return true;
    }
  });
}

std::size_t Crowd::begin_slowly(const std::string& address) {
  return each([&](Member& member) { return member.connect(address); });
}

std::size_t Crowd::drip() {
  return each([&](Member& member) {
    if (!member.ssl || member.dripped >= kGreeting.size()) return false;
    return member.write(kGreeting.substr(member.dripped++, 1));
  });
}

void Crowd::close() {
  for (const auto& member : members_) member->leave();
}

Idlers::~Idlers() { close(); }

std::size_t Idlers::connect(const std::string& address, std::size_t count) {
  std::size_t made = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int socket = test::connect_to(address);
    if (socket < 0) continue;
    sockets_.push_back(socket);
    ++made;
  }
  return made;
}

void Idlers::close() {
  for (const int socket : sockets_) ::close(socket);
  sockets_.clear();
}

}  // namespace urna::chaos
