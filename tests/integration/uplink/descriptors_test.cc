// Outsiders open more connections than a server has file descriptors for. The server is a process
// of its own with a low limit; the connections come from this one.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <iterator>
#include <thread>

#include "tests/integration/uplink/live_node.h"
#include "tests/integration/uplink/raw_peer.h"
#include "tests/support/loopback.h"

namespace urna::tests {
namespace {

constexpr rlim_t kDescriptors = 384;
// 192 are kept for other things.
constexpr std::size_t kConnectionsTaken = kDescriptors - 192;
constexpr std::size_t kConnectionsTried = 600;

std::size_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Runs one of the disabled tests below in a process of its own, to talk to it line by line.
class Child {
 public:
  explicit Child(const std::string& test) {
    int down[2];
    int up[2];
    EXPECT_EQ(::pipe2(down, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(up, O_CLOEXEC), 0);
    const std::string filter = "--gtest_filter=" + test;
    const char* arguments[] = {"self", "--gtest_also_run_disabled_tests", filter.c_str(), nullptr};
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(down[0], 0);
      ::dup2(up[1], 3);
      ::execv("/proc/self/exe", const_cast<char**>(arguments));
      ::_exit(127);
    }
    ::close(down[0]);
    ::close(up[1]);
    to_ = down[1];
    from_ = up[0];
  }
  ~Child() { end(); }

  std::string line() const {
    std::string text;
    for (char one = 0; ::read(from_, &one, 1) == 1 && one != '\n';) text += one;
    return text;
  }
  std::string ask(const std::string& question) const {
    const std::string text = question + "\n";
    EXPECT_EQ(::write(to_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return line();
  }
  // Its exit code.
  int end() {
    if (pid_ <= 0) return -1;
    ::close(to_);
    ::close(from_);
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
};

void say(const std::string& text) {
  const std::string whole = text + "\n";
  if (::write(3, whole.data(), whole.size()) < 0) std::abort();
}

void set_limit(rlim_t most) {
  const rlimit limit{most, most};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

// The parts of the child. Its election must be the parent's: certificates go along in files.
TEST(DescriptorsChild, DISABLED_ServesWithFewDescriptors) {
  set_limit(kDescriptors);
  SmallElection election(kElection, until_next_year());
  LiveNode server(election, "140100");
  uplink::ServerOptions options;
  options.listen = "127.0.0.1:0";
  server.listen(std::move(options));
  EXPECT_TRUE(server.told("streams_lowered"));
  say(server.address());
  for (std::string question; std::getline(std::cin, question);) {
    if (question == "trouble") say(server.server().trouble().value_or("none"));
    if (question == "refused") say(std::to_string(server.refused("too_many_connections")));
    if (question == "files") say(std::to_string(open_files()));
    if (question == "knock") {
      RawSubmit peer(raw_channel(server.address(), election.id(), server.unit(),
                                 tls_of(election, election.node("140101"))));
      const auto receipt = peer.ask(node::seal_batch(election.node_identity("140101"),
                                                     batch_of(election.id(), "140101", 1, {})));
      say(receipt ? "answered" : "silence");
    }
    if (question == "eat") {
      // Everything else in the process takes all that is left: accept() itself fails.
      static std::vector<int> eaten;
      while (eaten.empty() || eaten.back() >= 0) eaten.push_back(::open("/dev/null", O_RDONLY));
      say("full");
    }
    if (question == "spare") {
      for (int fd = 3; fd < static_cast<int>(kDescriptors); ++fd) {
        std::error_code error;
        if (std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error) ==
            "/dev/null") {
          ::close(fd);
        }
      }
      say("spared");
    }
  }
}

std::vector<int> connect_many(const std::string& address, std::size_t count) {
  std::vector<int> connections;
  for (std::size_t i = 0; i < count; ++i) connections.push_back(test::connect_to(address));
  return connections;
}

void close_all(std::vector<int>& connections) {
  for (const int connection : connections) ::close(connection);
  connections.clear();
}

TEST(Descriptors, MoreConnectionsThanThereAreDescriptorsDoNotMakeAServerDeaf) {
  Child server("DescriptorsChild.DISABLED_ServesWithFewDescriptors");
  const std::string address = server.line();
  ASSERT_NE(address.find(':'), std::string::npos);
  EXPECT_EQ(server.ask("knock"), "answered");
  auto connections = connect_many(address, kConnectionsTried);
  EXPECT_TRUE(eventually(
      [&] { return server.ask("trouble") == "connections are refused: too many are open"; }));
  EXPECT_TRUE(eventually(
      [&] { return std::stoul(server.ask("refused")) >= kConnectionsTried - kConnectionsTaken; }));
  // What other parts of the process need is left to them.
  EXPECT_LT(std::stoul(server.ask("files")), kDescriptors - 128);
  close_all(connections);
  EXPECT_TRUE(eventually([&] { return server.ask("knock") == "answered"; }));
  EXPECT_TRUE(eventually([&] { return server.ask("trouble") == "none"; }));
  EXPECT_EQ(server.end(), 0);
}

TEST(Descriptors, AProcessWithoutAnyDescriptorLeftAcceptsAgainWhenItHasSome) {
  Child server("DescriptorsChild.DISABLED_ServesWithFewDescriptors");
  const std::string address = server.line();
  ASSERT_NE(address.find(':'), std::string::npos);
  EXPECT_EQ(server.ask("eat"), "full");
  auto connections = connect_many(address, 20);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_NE(server.ask("trouble").find("Too many open files"), std::string::npos);
  EXPECT_EQ(server.ask("spare"), "spared");
  close_all(connections);
  EXPECT_TRUE(eventually([&] { return server.ask("knock") == "answered"; }));
  EXPECT_TRUE(eventually([&] { return server.ask("trouble") == "none"; }));
  EXPECT_EQ(server.end(), 0);
}

}  // namespace
}  // namespace urna::tests
