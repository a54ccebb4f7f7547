#include "tests/support/private_postgres.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/support/temporary_folder.h"

namespace urna::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

bool gone_within(std::chrono::seconds limit, const auto& is_gone) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!is_gone()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

bool alive(pid_t pid) { return ::kill(pid, 0) == 0; }

pid_t server_pid(const fs::path& folder) {
  pid_t pid = 0;
  std::ifstream(folder / "data" / "postmaster.pid") >> pid;
  return pid;
}

class PrivateServer : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/lib/postgresql/15/bin/postgres")) {
      if (std::getenv("CI") != nullptr) FAIL() << "PostgreSQL 15 is not installed";
      GTEST_SKIP() << "PostgreSQL 15 is not installed";
    }
    // The server's user must be able to enter it.
    fs::permissions(folder_.path(), fs::perms::others_exec, fs::perm_options::add);
  }

  TemporaryFolder folder_;
};

TEST_F(PrivateServer, FolderWithOtherThingsInItIsRefusedAndLeftAlone) {
  std::ofstream(folder_.path() / "thesis.txt") << "years of work";
  const auto started = PrivatePostgres::start({.folder = folder_.path()});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(fs::exists(folder_.path() / "thesis.txt"));
}

TEST_F(PrivateServer, FolderWithTooLongAPathIsRefused) {
  const auto started = PrivatePostgres::start({.folder = folder_.path() / std::string(90, 'x')});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(PrivateServer, ServerThatCannotStartSaysWhy) {
  const fs::path folder = folder_.path() / "server";
  ASSERT_TRUE(PrivatePostgres::start({.folder = folder, .keep = true, .fast_and_unsafe = true}));
  std::ofstream(folder / "data" / "postgresql.conf", std::ios::app) << "no_such_setting = 1\n";
  const auto started =
      PrivatePostgres::start({.folder = folder, .keep = true, .fast_and_unsafe = true});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(started.error().message.find("no_such_setting"), std::string::npos);
}

TEST_F(PrivateServer, NothingIsLeftAfterwards) {
  fs::path folder;
  pid_t pid = 0;
  {
    const auto server = PrivatePostgres::start({.folder = {}, .fast_and_unsafe = true});
    ASSERT_TRUE(server) << server.error().message;
    folder = (*server)->folder();
    pid = server_pid(folder);
    EXPECT_TRUE(alive(pid));
  }
  EXPECT_FALSE(alive(pid));
  EXPECT_FALSE(fs::exists(folder));
}

pid_t parent_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  pid_t parent = 0;
  file >> number >> name >> state >> parent;
  return parent;
}

// The server and its children: whoever removes a kept folder must not meet one of them.
bool anyone_runs_in(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code error;
    const fs::path at = fs::read_symlink(entry.path() / "cwd", error);
    if (!error && at.string().starts_with(folder.string())) return true;
  }
  return false;
}

TEST_F(PrivateServer, ServerHasEndedWhenTheDestructorReturns) {
  const fs::path folder = folder_.path() / "server";
  const PrivatePostgres::Options options{.folder = folder, .keep = true, .fast_and_unsafe = true};
  for (int round = 0; round < 3; ++round) {
    {
      const auto server = PrivatePostgres::start(options);
      ASSERT_TRUE(server) << server.error().message;
      ASSERT_TRUE((*server)->create_database("mine" + std::to_string(round)));
      EXPECT_TRUE(anyone_runs_in(folder));
    }
    EXPECT_FALSE(anyone_runs_in(folder));
    EXPECT_FALSE(fs::exists(folder / "data" / "postmaster.pid"));
  }
  fs::remove_all(folder);
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(PrivateServer, ServerHasEndedAlsoWhenItsSupervisorWasKilled) {
  const fs::path folder = folder_.path() / "server";
  {
    const auto server = PrivatePostgres::start({.folder = folder, .fast_and_unsafe = true});
    ASSERT_TRUE(server) << server.error().message;
    const pid_t supervisor = parent_of(server_pid(folder));
    ASSERT_GT(supervisor, 1);
    ::kill(supervisor, SIGKILL);
  }
  EXPECT_FALSE(anyone_runs_in(folder));
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(PrivateServer, ServerKilledBehindItsBackStartsAgain) {
  const fs::path folder = folder_.path() / "server";
  const auto server = PrivatePostgres::start({.folder = folder});
  ASSERT_TRUE(server) << server.error().message;
  const pid_t first = server_pid(folder);
  ::kill(first, SIGKILL);
  (*server)->crash();
  // The server's children notice a moment later; until then another one may not start.
  ASSERT_TRUE(gone_within(20s, [&] { return !anyone_runs_in(folder); }));
  const auto again = (*server)->start_again();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_NE(server_pid(folder), first);
  EXPECT_TRUE((*server)->create_database("mine"));
}

TEST_F(PrivateServer, SecondServerInOneFolderIsRefusedAndTheFirstGoesOn) {
  const PrivatePostgres::Options options{
      .folder = folder_.path() / "server", .keep = true, .fast_and_unsafe = true};
  const auto first = PrivatePostgres::start(options);
  ASSERT_TRUE(first) << first.error().message;
  const auto second =
      PrivatePostgres::start({.folder = options.folder, .keep = false, .fast_and_unsafe = true});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message.find("already"), std::string::npos);
  EXPECT_TRUE((*first)->create_database("mine"));
}

// A server that is only starting is easily missed.
TEST_F(PrivateServer, NothingIsLeftWhenTheParentIsKilledWhileTheServerStarts) {
  const fs::path folder = folder_.path() / "s";
  const PrivatePostgres::Options options{.folder = folder, .keep = true, .fast_and_unsafe = true};
  ASSERT_TRUE(PrivatePostgres::start(options));
  for (int round = 0; round < 5; ++round) {
    const pid_t parent = ::fork();
    if (parent == 0) {
      (void)PrivatePostgres::start(options);
      ::pause();
    }
    std::this_thread::sleep_for(3ms + round * 7ms);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    // A moment for a supervisor that has only been forked.
    std::this_thread::sleep_for(200ms);
    EXPECT_TRUE(gone_within(20s, [&] { return !anyone_runs_in(folder); })) << round;
  }
}

// The supervisor before this one, its parent killed, may write that its server has ended only now.
TEST_F(PrivateServer, EarlierSupervisorsLastWordDoesNotKeepThisServerAlive) {
  const fs::path folder = folder_.path() / "s";
  const PrivatePostgres::Options options{.folder = folder, .keep = true, .fast_and_unsafe = true};
  {
    const auto server = PrivatePostgres::start(options);
    ASSERT_TRUE(server) << server.error().message;
    std::ofstream(folder / "ended").flush();
    std::ofstream(folder / "ended.1").flush();
  }
  EXPECT_FALSE(anyone_runs_in(folder));
}

TEST_F(PrivateServer, FolderTheServersUserCannotReachIsNamed) {
  if (::geteuid() != 0) GTEST_SKIP() << "the server runs as the current user";
  fs::permissions(folder_.path(), fs::perms::owner_all);
  const auto started = PrivatePostgres::start({.folder = folder_.path() / "server"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(started.error().message.find(folder_.path().string()), std::string::npos);
}

TEST_F(PrivateServer, KeptFolderIsUsedAgain) {
  const fs::path folder = folder_.path() / "server";
  const PrivatePostgres::Options options{.folder = folder, .keep = true, .fast_and_unsafe = true};
  {
    const auto server = PrivatePostgres::start(options);
    ASSERT_TRUE(server) << server.error().message;
    ASSERT_TRUE((*server)->create_database("mine"));
  }
  EXPECT_TRUE(fs::exists(folder / "data"));
  const auto server = PrivatePostgres::start(options);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_FALSE((*server)->create_database("mine")) << "it is there already";
}

TEST_F(PrivateServer, NothingIsLeftWhenTheParentIsKilled) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto server = PrivatePostgres::start({.folder = folder_.path() / "s", .fast_and_unsafe = true});
    const pid_t pid = server ? server_pid((*server)->folder()) : 0;
    if (::write(pipe_ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    ::pause();
  }
  pid_t pid = 0;
  ASSERT_EQ(::read(pipe_ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ASSERT_GT(pid, 0);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(gone_within(20s, [&] { return !alive(pid); }));
  EXPECT_TRUE(gone_within(20s, [&] { return !fs::exists(folder_.path() / "s"); }));
}

}  // namespace
}  // namespace urna::test
