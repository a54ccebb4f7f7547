#include "tests/support/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace urna::test {
namespace {

struct Ends {
  int here = -1;
  int child = -1;
};

// Both ends close on exec: no other child may keep them open. A socket, because writing to a pipe
// whose reader is gone would kill this process.
Result<Ends> make_ends() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(ErrorCode::kUnavailable, std::string("making a socket: ") + std::strerror(errno));
  }
  return Ends{ends[0], ends[1]};
}

struct Actions {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  Actions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

Result<pid_t> spawn(const std::vector<std::string>& command, Actions& actions) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, arguments[0], &actions.files, &actions.attributes,
                                   arguments.data(), environ);
  if (error != 0) {
    return fail(ErrorCode::kUnavailable, "starting " + command[0] + ": " + std::strerror(error));
  }
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Result<Child> start(const std::vector<std::string>& command, const std::string& log, bool talking) {
  const auto ends = make_ends();
  if (!ends) return std::unexpected(ends.error());
  Actions actions;
  posix_spawnattr_setflags(&actions.attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_adddup2(&actions.files, ends->child, 0);
  posix_spawn_file_actions_addopen(&actions.files, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions.files, talking ? ends->child : 2, 1);
  const auto pid = spawn(command, actions);
  ::close(ends->child);
  if (!pid) {
    ::close(ends->here);
    return std::unexpected(pid.error());
  }
  return Child{*pid, ends->here};
}

}  // namespace

Result<std::string> run(const std::vector<std::string>& command) {
  const auto ends = make_ends();
  if (!ends) return std::unexpected(ends.error());
  Actions actions;
  posix_spawn_file_actions_addopen(&actions.files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions.files, ends->child, 1);
  posix_spawn_file_actions_adddup2(&actions.files, ends->child, 2);
  const auto pid = spawn(command, actions);
  ::close(ends->child);
  std::string output;
  char buffer[4096];
  while (pid) {
    const ssize_t got = ::read(ends->here, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    output.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends->here);
  if (!pid) return std::unexpected(pid.error());
  if (wait_for(*pid) != 0) return fail(ErrorCode::kInternal, command[0] + " failed: " + output);
  return output;
}

Result<Child> start(const std::vector<std::string>& command, const std::string& log) {
  return start(command, log, /*talking=*/false);
}

Result<Child> start_talking(const std::vector<std::string>& command, const std::string& log) {
  return start(command, log, /*talking=*/true);
}

void tell(const Child& child, std::string_view words) {
  [[maybe_unused]] const ssize_t sent =
      ::send(child.input, words.data(), words.size(), MSG_NOSIGNAL);
}

}  // namespace urna::test
