#include "common/service/status.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "common/service/file_handle.h"
#include "common/service/files.h"
#include "common/service/http_status.h"
#include "common/service/snapshot.h"
#include "tests/unit/service/fake_status.h"
#include "tests/unit/service/temporary_folder.h"

namespace urna::service {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

FileHandle connect_to(const std::string& address) {
  const std::size_t colon = address.find(':');
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr);
  FileHandle handle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{10, 0};
  ::setsockopt(handle.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int connected =
      ::connect(handle.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
  EXPECT_EQ(connected, 0);
  return handle;
}

// Sends the bytes and reads until the server closes.
std::string ask(const std::string& address, const std::string& request) {
  const FileHandle handle = connect_to(address);
  EXPECT_EQ(::send(handle.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string answer;
  char chunk[4096];
  for (ssize_t got; (got = ::recv(handle.get(), chunk, sizeof chunk, 0)) > 0;) {
    answer.append(chunk, static_cast<std::size_t>(got));
  }
  return answer;
}

std::string get(const std::string& address, const std::string& path,
                const std::string& headers = "") {
  return ask(address, "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n" + headers + "\r\n");
}

std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

class StatusServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = StatusServer::start(
        {.address_file = folder_ / "address", .snapshot_age_max = milliseconds(0)},
        {[this] { return make_(); }, [] { return std::string("urna_x 1\n"); },
         [this] { return trouble_; }});
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_ = std::move(*started);
  }
  std::string get(const std::string& path, const std::string& headers = "") {
    return service::get(server_->address(), path, headers);
  }

  TemporaryFolder folder_;
  std::function<std::string()> make_ = [] { return std::string("{\"n\":1}"); };
  std::optional<std::string> trouble_;
  std::unique_ptr<StatusServer> server_;
};

TEST_F(StatusServerTest, AnotherHostNameIsRefused) {
  const std::string answer =
      ask(server_->address(), "GET /api/status.json HTTP/1.1\r\nHost: evil.example:80\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(answer, Not(HasSubstr("\"n\"")));
}

TEST_F(StatusServerTest, ARequestWithoutAHostIsRefused) {
  EXPECT_THAT(ask(server_->address(), "GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 421"));
}

TEST_F(StatusServerTest, OtherMethodsAreRefused) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const std::string request = std::string(method) +
                                " /api/status.json HTTP/1.1\r\nHost: " + server_->address() +
                                "\r\nContent-Length: 0\r\n\r\n";
    EXPECT_THAT(ask(server_->address(), request), StartsWith("HTTP/1.1 405")) << method;
  }
}

TEST_F(StatusServerTest, OtherPathsAreNotFound) {
  for (const char* path : {"/x", "/api", "/../etc/passwd", "/status.json", "/api/status.json/"}) {
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 404")) << path;
  }
}

TEST_F(StatusServerTest, RubbishIsAnsweredOrCutAndTheServerLives) {
  for (const std::string& rubbish :
       {std::string("\0\1\2\r\n\r\n", 7), std::string("GET\r\n\r\n"),
        "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"}) {
    EXPECT_THAT(ask(server_->address(), rubbish), Not(StartsWith("HTTP/1.1 200")));
  }
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(StatusServerTest, ASourceThatThrowsIsA500AndTheServerLives) {
  make_ = []() -> std::string { throw std::runtime_error("secret detail"); };
  const std::string answer = get("/api/status.json");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(StatusServerTest, TroubleIsA503WithItsReason) {
  trouble_ = "the disk is full";
  const std::string answer = get("/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(body_of(answer), "the disk is full\n");
}

TEST_F(StatusServerTest, ConnectionsThatSayNothingDoNotKeepOthersOut) {
  const FileHandle idle = connect_to(server_->address());
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
}

// Each byte comes well before any read would time out.
TEST(StatusServer, PeersThatSendAByteNowAndThenDoNotKeepOthersOut) {
  const auto text = [] { return std::string(); };
  const auto fine = []() -> std::optional<std::string> { return std::nullopt; };
  const auto server =
      StatusServer::start({.threads = 2, .request_time = milliseconds(300)}, {text, text, fine});
  ASSERT_TRUE(server.has_value());
  const std::string& address = (*server)->address();
  std::vector<FileHandle> slow;
  for (int i = 0; i < 8; ++i) slow.push_back(connect_to(address));
  std::atomic<bool> done = false;
  std::jthread trickle([&] {
    while (!done) {
      for (const FileHandle& one : slow) ::send(one.get(), "G", 1, MSG_NOSIGNAL);
      std::this_thread::sleep_for(milliseconds(50));
    }
  });
  EXPECT_THAT(service::get(address, "/healthz"), StartsWith("HTTP/1.1 200"));
  done = true;
  trickle.join();
  // They were cut off in the midst of their request.
  char byte = 0;
  for (const FileHandle& one : slow) EXPECT_LE(::recv(one.get(), &byte, 1, 0), 0);
}

TEST(StatusServer, APeerThatDoesNotReadItsAnswerIsCutOff) {
  const auto large = [] { return std::string(64 << 20, 'x'); };
  const auto fine = []() -> std::optional<std::string> { return std::nullopt; };
  const auto server = StatusServer::start({.threads = 1, .answer_time = milliseconds(300)},
                                          {large, [] { return std::string("m"); }, fine});
  ASSERT_TRUE(server.has_value());
  const std::string& address = (*server)->address();
  const FileHandle deaf = connect_to(address);
  const std::string request = "GET /api/status.json HTTP/1.1\r\nHost: " + address + "\r\n\r\n";
  ::send(deaf.get(), request.data(), request.size(), MSG_NOSIGNAL);
  EXPECT_THAT(service::get(address, "/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(StatusServerTest, TheSameStatusIsNotSentTwice) {
  const std::string first = get("/api/status.json");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(body_of(first), "{\"n\":1}");
  const std::size_t at = first.find("ETag: ") + 6;
  const std::string tag = first.substr(at, first.find('\r', at) - at);
  const std::string second = get("/api/status.json", "If-None-Match: " + tag + "\r\n");
  EXPECT_THAT(second, StartsWith("HTTP/1.1 304"));
  EXPECT_EQ(body_of(second), "");

  make_ = [] { return std::string("{\"n\":2}"); };
  const std::string third = get("/api/status.json", "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(body_of(third), "{\"n\":2}");
}

TEST_F(StatusServerTest, ThePageNamesNothingOutsideTheServer) {
  for (const char* path : {"/", "/status.css", "/status.js"}) {
    const std::string answer = get(path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << path;
    EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'")) << path;
    std::string body = body_of(answer);
    // The name of SVG's namespace looks like an address and is never fetched.
    if (const auto at = body.find("http://www.w3.org/2000/svg"); at != std::string::npos) {
      body.erase(at, 26);
    }
    EXPECT_THAT(body, Not(HasSubstr("http://"))) << path;
    EXPECT_THAT(body, Not(HasSubstr("https://"))) << path;
  }
}

TEST_F(StatusServerTest, MetricsAreServedAsText) {
  const std::string answer = get("/metrics");
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_EQ(body_of(answer), "urna_x 1\n");
}

TEST_F(StatusServerTest, TheAddressFileNamesThePortAndGoesAwayWithTheServer) {
  EXPECT_EQ(read_file(folder_ / "address", 100).value(), server_->address() + "\n");
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "address"));
}

TEST(StatusServer, APortThatIsTakenIsNamed) {
  const auto text = [] { return std::string(); };
  const auto fine = []() -> std::optional<std::string> { return std::nullopt; };
  const auto first = StatusServer::start({}, {text, text, fine});
  ASSERT_TRUE(first.has_value());
  const auto second = StatusServer::start({.listen = (*first)->address()}, {text, text, fine});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr((*first)->address()));
}

TEST(StatusServer, AnAddressOffTheLoopbackIsRefused) {
  const auto text = [] { return std::string(); };
  const auto fine = []() -> std::optional<std::string> { return std::nullopt; };
  for (const char* listen : {"0.0.0.0:8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                             "127.0.0.1:8x", "example:80", ":80", ""}) {
    const auto server = StatusServer::start({.listen = listen}, {text, text, fine});
    ASSERT_FALSE(server.has_value()) << listen;
    EXPECT_EQ(server.error().code, ErrorCode::kInvalidArgument) << listen;
  }
}

TEST(StatusServer, AnAddressFileThatCannotBeWrittenIsAnError) {
  const auto text = [] { return std::string(); };
  const auto fine = []() -> std::optional<std::string> { return std::nullopt; };
  EXPECT_FALSE(StatusServer::start({.address_file = "/no/such/folder/address"}, {text, text, fine})
                   .has_value());
}

TEST(Snapshot, ManyViewersShareOneUntilItIsOld) {
  int made = 0;
  SharedSnapshot snapshot([&made] { return std::to_string(++made); }, milliseconds(60'000));
  const auto first = snapshot.get();
  EXPECT_EQ(snapshot.get(), first);
  EXPECT_EQ(made, 1);
}

TEST(Status, TheJsonCarriesEveryField) {
  const json status = json::parse(to_json(fake_status(50)));
  for (const char* key :
       {"election", "mode", "unit", "software", "updated_ms", "definition_version", "definition",
        "log", "contests", "units", "states", "upstreams", "refused"}) {
    EXPECT_TRUE(status.contains(key)) << key;
  }
  EXPECT_EQ(status["contests"][0]["options"][0]["name"], "Kandydat 1");
  EXPECT_EQ(status["units"][1]["parent"], "146501");
  EXPECT_EQ(status["upstreams"][1]["connected"], false);
  EXPECT_EQ(status["log"]["root"], std::string(64, 'a'));
  EXPECT_EQ(status["log"]["counted"], status["log"]["size"]);
}

TEST(Status, ANameThatIsNotUtf8DoesNotThrow) {
  NodeStatus status;
  status.unit = "\xFF\xFE";
  EXPECT_EQ(json::parse(to_json(status))["unit"], "\uFFFD\uFFFD");
}

TEST(Status, EqualStatusesGiveEqualBytes) {
  EXPECT_EQ(to_json(fake_status(42)), to_json(fake_status(42)));
}

}  // namespace
}  // namespace urna::service
