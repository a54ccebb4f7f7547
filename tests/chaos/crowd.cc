#include "tests/chaos/crowd.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <expected>
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

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kGoAway = 7,
  kWindowUpdate = 8
};
constexpr std::uint16_t kInitialWindow = 4;      // a setting, RFC 9113 §6.5.2
constexpr std::int64_t kWindowAtFirst = 65'535;  // RFC 9113 §6.9.2
constexpr std::size_t kSettingBytes = 6;
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;

std::uint32_t number_in(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(at, size)) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  return number;
}

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;

  // The server wants no more of the call. Headers without the end of the stream only begin an
  // answer.
  bool stops() const {
    return type == kReset || type == kGoAway || (type == kHeaders && (flags & kEndStream) != 0);
  }
};

// How much the server lets a client send, RFC 9113 §6.9: on the connection, and on its stream.
struct Windows {
  std::int64_t connection = kWindowAtFirst;
  std::int64_t stream = kWindowAtFirst;
  std::int64_t initial = kWindowAtFirst;

  std::int64_t open() const { return std::min(connection, stream); }
  void take(const Frame& frame) {
    if (frame.type == kWindowUpdate && frame.payload.size() == 4) {
      (frame.stream == 0 ? connection : stream) += number_in(frame.payload, 0, 4);
    }
    if (frame.type != kSettings) return;
    for (std::size_t at = 0; at + kSettingBytes <= frame.payload.size(); at += kSettingBytes) {
      if (number_in(frame.payload, at, 2) != kInitialWindow) continue;
      const std::int64_t now = number_in(frame.payload, at + 2, 4);
      stream += now - initial;
      initial = now;
    }
  }
};

// Why nothing could be read or written.
enum class End { kOver, kNoAnswer };

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
  Windows windows;

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
  // Until it is let in, or `deadline` has passed.
  bool join(const std::string& address, Clock::time_point deadline, bool greeting) {
    do {
      if (connect(address) && (!greeting || greet())) return true;
      leave();
      std::this_thread::sleep_for(kRetryPause);
    } while (Clock::now() < deadline);
    return false;
  }
  // Where a call stands whose patience the socket keeps.
  End end_of(int result) const {
    const int error = SSL_get_error(ssl.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? End::kNoAnswer
                                                                         : End::kOver;
  }
  std::optional<End> write(std::string_view bytes) const {
    const int sent = SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (sent == static_cast<int>(bytes.size())) return std::nullopt;
    return end_of(sent);
  }
  std::optional<End> read(char* bytes, std::size_t size) const {
    for (std::size_t have = 0; have < size;) {
      const int got = SSL_read(ssl.get(), bytes + have, static_cast<int>(size - have));
      if (got <= 0) return end_of(got);
      have += static_cast<std::size_t>(got);
    }
    return std::nullopt;
  }
  std::expected<Frame, End> next_frame() const {
    char head[kFrameHead];
    auto end = read(head, sizeof head);
    if (end) return std::unexpected(*end);
    const std::string_view bytes(head, sizeof head);
    Frame frame{static_cast<std::uint8_t>(head[3]), static_cast<std::uint8_t>(head[4]),
                number_in(bytes, 5, 4), std::string(number_in(bytes, 0, 3), '\0')};
    if (!frame.payload.empty()) end = read(frame.payload.data(), frame.payload.size());
    if (end) return std::unexpected(*end);
    return frame;
  }
  // Whether the server said something that was not read yet.
  bool has_said() const {
    pollfd readable{socket, POLLIN, 0};
    return SSL_pending(ssl.get()) > 0 || ::poll(&readable, 1, 0) > 0;
  }
  bool greet() {
    if (write(kGreeting)) return false;
    const auto settings = next_frame();
    if (!settings || settings->type != kSettings) return false;
    windows = {};
    windows.take(*settings);
    return true;
  }
  // Sends what the windows allow of a message whose first bytes tell its length, until the server
  // stops the call or all of `sent` went. False when it did not stop it by `deadline`.
  bool is_stopped(const Message& message, std::uint64_t& sent, Clock::time_point deadline) {
    const std::string told = std::string(1, '\0') + big_endian(message.told, 4);
    while (Clock::now() < deadline) {
      const auto room = std::min<std::int64_t>(
          {windows.open(), kFrameBytes, static_cast<std::int64_t>(message.sent - sent)});
      if (room <= static_cast<std::int64_t>(told.size()) || has_said()) {
        const auto said = next_frame();
        if (!said) return said.error() == End::kOver;
        if (said->stops()) return true;
        windows.take(*said);
        continue;
      }
      std::string payload = sent == 0 ? told : std::string();
      payload.resize(static_cast<std::size_t>(room), 'x');
      if (const auto end = write(frame(kData, 0, 1, payload))) return *end == End::kOver;
      windows.connection -= room;
      windows.stream -= room;
      sent += static_cast<std::uint64_t>(room);
    }
    return false;
  }
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
  return each([&](Member& member) { return member.join(address, deadline, true); });
}

Crowd::Calls Crowd::begin_calls(const std::string& address, const std::string& path,
                                const Message& message, Seconds patience) {
  std::atomic<std::size_t> begun{0};
  std::atomic<std::uint64_t> taken{0};
  const std::size_t stopped = each([&](Member& member) {
    if (!member.join(address, Clock::now() + kAnswerPatience, true)) return false;
    set_patience(member.socket, patience);
    if (member.write(frame(kHeaders, kEndHeaders, 1, call_headers(path)))) return false;
    std::uint64_t sent = 0;
    const bool stop = member.is_stopped(message, sent, Clock::now() + patience);
    if (sent > 0) ++begun;
    taken += sent;
    return stop;
  });
  return {begun, stopped, taken};
}

std::size_t Crowd::begin_slowly(const std::string& address, Seconds patience) {
  const auto deadline = Clock::now() + patience;
  return each([&](Member& member) { return member.join(address, deadline, false); });
}

std::size_t Crowd::drip() {
  return each([&](Member& member) {
    if (!member.ssl || member.dripped >= kGreeting.size()) return false;
    return !member.write(kGreeting.substr(member.dripped++, 1));
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
