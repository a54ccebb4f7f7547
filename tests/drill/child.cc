#include "tests/drill/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

namespace urna::drill {

namespace {

// In the child, before it becomes the program: nothing but system calls.
[[noreturn]] void become(const std::vector<char*>& arguments, int input, int output, int errors,
                         pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);  // Ctrl-C in a terminal goes to the drill, which stops its programs in order
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

Result<pid_t> spawn(const std::vector<std::string>& command, const std::filesystem::path& from,
                    int output, int errors) {
  const int input = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (input < 0) return fail(ErrorCode::kUnavailable, "cannot read " + from.string());
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(arguments, input, output, errors, parent);
  close(input);
  if (pid < 0)
    return fail(ErrorCode::kUnavailable,
                "cannot start " + command.front() + ": " + std::strerror(errno));
  return pid;
}

int open_log(const std::filesystem::path& log) {
  return open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command,
                           const std::filesystem::path& log) {
  if (access(command.front().c_str(), X_OK) != 0) {
    return fail(ErrorCode::kUnavailable, command.front() + " is not there or cannot be run");
  }
  const int output = open_log(log);
  if (output < 0) return fail(ErrorCode::kUnavailable, "cannot write " + log.string());
  auto pid = spawn(command, "/dev/null", output, output);
  close(output);
  if (!pid) return std::unexpected(std::move(pid.error()));
  return Child(*pid);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), ended_(other.ended_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  std::swap(ended_, other.ended_);
  return *this;
}

Child::~Child() {
  if (pid_ > 0 && running()) stop(std::chrono::seconds(10));
}

bool Child::reap(bool block) {
  while (!ended_) {
    int status = 0;
    const pid_t got = waitpid(pid_, &status, block ? 0 : WNOHANG);
    if (got == 0) return false;
    if (got < 0 && errno == EINTR) continue;
    ended_ = true;
    status_ = got < 0 ? 127 : code_of(status);
  }
  return true;
}

bool Child::running() { return pid_ > 0 && !reap(false); }

int Child::wait() {
  reap(true);
  return status_;
}

void Child::kill() {
  if (running()) ::kill(pid_, SIGKILL);
  wait();
}

int Child::stop(std::chrono::milliseconds grace) {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  if (running()) ::kill(pid_, SIGTERM);
  while (running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(pid_, SIGKILL);
      return wait();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return status_;
}

Result<Finished> run_program(const std::vector<std::string>& command,
                             const std::filesystem::path& log, const RunOptions& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorCode::kUnavailable, "no pipe");
  const int errors = open_log(log);
  auto pid = spawn(command, options.input, ends[1], errors);
  close(ends[1]);
  if (errors >= 0) close(errors);
  Finished finished;
  if (pid) {
    char buffer[65'536];
    for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) != 0;) {
      if (got < 0 && errno != EINTR) break;
      if (got < 0) continue;
      const std::string_view piece(buffer, static_cast<std::size_t>(got));
      if (options.keep_output) finished.output.append(piece);
      if (options.on_output) options.on_output(piece);
    }
  }
  close(ends[0]);
  if (!pid) return std::unexpected(std::move(pid.error()));
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  finished.status = code_of(status);
  return finished;
}

std::uint64_t peak_resident_kib_of(pid_t pid) {
  // Between its fork and its exec it is a copy of this program, with this program's memory.
  std::error_code error;
  const auto program =
      std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error);
  if (error || program == std::filesystem::read_symlink("/proc/self/exe")) return 0;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

std::filesystem::path own_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace urna::drill
