#include "tests/support/private_postgres.h"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace urna::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr std::size_t kFolderBytesMax = 80;
constexpr auto kStartLimit = 60s;
constexpr auto kStopLimit = 60s;

// The reader in the background waits for "keep" or "remove"; when the parent is gone it reads
// nothing and the rule given at the start holds. SIGINT is PostgreSQL's fast shutdown; a server
// that is just starting ignores it at first, so it is repeated. The file `ended.<supervisor>` tells
// that the server is no more, whatever ended it; it bears the supervisor's number because one
// whose parent was killed may still be finishing while the next already uses the folder.
constexpr const char* kSupervise = R"sh(
folder=$1; rule=$2; shift 2
ended=$folder/ended.$$
exec 3<&0
rm -f "$ended"
"$@" </dev/null 3<&- &
server=$!
{
  read -r order <&3 || order=$rule
  while [ ! -e "$ended" ] && kill -INT "$server" 2>/dev/null; do sleep 0.05; done
  [ "$order" = keep ]
} &
reader=$!
wait "$server"
: > "$ended"
wait "$reader" || rm -rf -- "$folder"
rm -f "$ended"
)sh";

// Words in front of a command that make it run as the right user. --pdeathsig: the server stops too
// when its supervisor is killed.
std::vector<std::string> as_server_user(bool supervised) {
  std::vector<std::string> words;
  if (::geteuid() == 0) {
    words = {"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"};
  } else if (supervised) {
    words = {"setpriv"};
  }
  if (supervised) words.push_back("--pdeathsig=INT");
  if (!words.empty()) words.push_back("--");
  return words;
}

std::vector<std::string> operator+(std::vector<std::string> left,
                                   const std::vector<std::string>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Result<void> check_installed() {
  for (const char* program : {"initdb", "postgres", "createdb", "pg_basebackup"}) {
    if (::access((std::string(kPrograms) + program).c_str(), X_OK) != 0) {
      return fail(ErrorCode::kUnavailable, std::string(kPrograms) + program +
                                               " is missing; install the package postgresql-15");
    }
  }
  if (::geteuid() == 0 && ::getpwnam("postgres") == nullptr) {
    return fail(ErrorCode::kUnavailable, "there is no user `postgres` to run the server as");
  }
  return {};
}

// A server run by another user must be able to walk to its folder.
Result<void> check_reachable(const fs::path& folder) {
  if (::geteuid() != 0) return {};
  for (fs::path at = folder.parent_path(); at != at.root_path(); at = at.parent_path()) {
    const auto open = fs::perms::others_exec;
    std::error_code error;
    if ((fs::status(at, error).permissions() & open) == open && !error) continue;
    return fail(ErrorCode::kInvalidArgument,
                at.string() + " is closed to other users, so the user `postgres` cannot use " +
                    folder.string() + "; choose another folder");
  }
  return {};
}

Result<void> give_to_server_user(const fs::path& folder) {
  if (::chmod(folder.c_str(), 0700) != 0) {
    return fail(ErrorCode::kUnavailable, "cannot set permissions of " + folder.string());
  }
  if (::geteuid() != 0) return {};
  const passwd* user = ::getpwnam("postgres");
  if (user == nullptr || ::chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return fail(ErrorCode::kUnavailable,
                "cannot give " + folder.string() + " to the user `postgres`");
  }
  return {};
}

Result<fs::path> choose_folder(const fs::path& wanted) {
  if (wanted.empty()) {
    std::string name = (fs::temp_directory_path() / "urna-postgres-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      return fail(ErrorCode::kUnavailable, "cannot make a temporary folder " + name);
    }
    return fs::path(name);
  }
  std::error_code error;
  const fs::path folder = fs::absolute(wanted, error).lexically_normal();
  fs::create_directories(folder, error);
  if (error) {
    return fail(ErrorCode::kUnavailable, "making " + folder.string() + ": " + error.message());
  }
  if (!fs::exists(folder / "data") && !fs::is_empty(folder, error)) {
    return fail(ErrorCode::kInvalidArgument,
                folder.string() + " is not empty and holds no server's data");
  }
  return folder;
}

std::string end_of(const fs::path& file) {
  std::ifstream stream(file);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

// What the server writes about itself in postmaster.pid: line 1 its process, line 3 when it
// started, line 8 how far it is; pg_ctl reads the same.
struct ServerStatus {
  pid_t pid = 0;
  std::int64_t started_at_s = 0;
  bool ready = false;
};

ServerStatus read_status(const fs::path& folder) {
  ServerStatus status;
  std::ifstream file(folder / "data" / "postmaster.pid");
  std::string line;
  for (int number = 1; number <= 8 && std::getline(file, line); ++number) {
    if (number == 1) status.pid = std::atoi(line.c_str());
    if (number == 3) status.started_at_s = std::atoll(line.c_str());
    if (number == 8) status.ready = line.starts_with("ready");
  }
  return status;
}

// True while the server whose data lie in `folder` runs. The pid file alone does not tell: one that
// was killed leaves it behind, and its number may be another program's by now.
bool is_running(const fs::path& folder) {
  const pid_t pid = read_status(folder).pid;
  if (pid <= 0) return false;
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
  const std::string words{std::istreambuf_iterator<char>(file), {}};
  return words.find((folder / "data").string()) != std::string::npos;
}

bool wait_for_end(const fs::path& folder, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (is_running(folder)) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<PrivatePostgres>> PrivatePostgres::start(Options options) {
  if (auto installed = check_installed(); !installed) return std::unexpected(installed.error());
  const auto folder = choose_folder(options.folder);
  if (!folder) return std::unexpected(folder.error());
  options.folder = *folder;
  if (folder->string().size() > kFolderBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                folder->string() + " is too long a path for a Unix socket inside it");
  }
  if (auto reachable = check_reachable(*folder); !reachable) {
    return std::unexpected(reachable.error());
  }
  std::unique_ptr<PrivatePostgres> server(new PrivatePostgres(std::move(options)));
  if (auto ready = server->initialise(); !ready) return std::unexpected(ready.error());
  if (auto ready = server->start_again(); !ready) return std::unexpected(ready.error());
  return server;
}

PrivatePostgres::~PrivatePostgres() {
  if (supervisor_.pid > 0) stop(options_.keep ? "keep" : "remove");
  // Usually gone already; a supervisor that was killed could not do it. A server that runs here now
  // is another one's, for which start() failed.
  std::error_code ignored;
  if (!options_.keep && !is_running(options_.folder)) fs::remove_all(options_.folder, ignored);
}

std::string PrivatePostgres::connection(std::string_view database) const {
  return "host=" + options_.folder.string() + " dbname=" + std::string(database) + " user=postgres";
}

Result<void> PrivatePostgres::create_database(const std::string& name) {
  const auto done = run({std::string(kPrograms) + "createdb", "--host=" + options_.folder.string(),
                         "--username=postgres", "--", name});
  if (!done) return std::unexpected(done.error());
  return {};
}

pid_t PrivatePostgres::process() const {
  return is_running(options_.folder) ? read_status(options_.folder).pid : 0;
}

void PrivatePostgres::crash(int signal) {
  if (is_running(options_.folder)) ::kill(read_status(options_.folder).pid, signal);
  stop("keep");
}

Result<void> PrivatePostgres::start_again() {
  if (auto launched = launch(); !launched) return launched;
  auto ready = wait_until_ready();
  if (!ready && supervisor_.pid > 0) stop("keep");
  return ready;
}

Result<void> PrivatePostgres::initialise() {
  const fs::path data = options_.folder / "data";
  if (fs::exists(data / "PG_VERSION")) return {};
  if (auto given = give_to_server_user(options_.folder); !given) return given;
  if (!options_.standby_of.empty()) {
    const auto copied = run(as_server_user(false) +
                            std::vector<std::string>{std::string(kPrograms) + "pg_basebackup",
                                                     "--pgdata", data.string(), "--dbname",
                                                     options_.standby_of, "--write-recovery-conf",
                                                     "--wal-method=stream", "--checkpoint=fast"});
    if (!copied) return std::unexpected(Error(copied.error()).within("copying PostgreSQL"));
    return {};
  }
  const auto made = run(as_server_user(false) +
                        std::vector<std::string>{
                            std::string(kPrograms) + "initdb", "--pgdata", data.string(),
                            "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale",
                            options_.fast_and_unsafe ? "--no-sync" : "--data-checksums"});
  if (!made) return std::unexpected(Error(made.error()).within("initialising PostgreSQL"));
  return {};
}

Result<void> PrivatePostgres::launch() {
  if (is_running(options_.folder)) {
    return fail(ErrorCode::kUnavailable,
                "another server runs in " + options_.folder.string() + " already");
  }
  std::vector<std::string> command = {"sh",
                                      "-c",
                                      kSupervise,
                                      "urna-private-postgres",
                                      options_.folder.string(),
                                      options_.keep ? "keep" : "remove"};
  command = std::move(command) + as_server_user(true) +
            std::vector<std::string>{std::string(kPrograms) + "postgres",
                                     "-D",
                                     (options_.folder / "data").string(),
                                     "-c",
                                     "listen_addresses=",
                                     "-c",
                                     "unix_socket_directories=" + options_.folder.string(),
                                     "-c",
                                     "max_connections=" + std::to_string(options_.connections_max)};
  if (options_.fast_and_unsafe) {
    for (const char* setting : {"fsync=off", "synchronous_commit=off", "full_page_writes=off",
                                "wal_level=minimal", "max_wal_senders=0"}) {
      command.insert(command.end(), {"-c", setting});
    }
  }
  for (const std::string& setting : options_.settings) {
    command.insert(command.end(), {"-c", setting});
  }
  const ServerStatus left = read_status(options_.folder);
  left_behind_ = {left.pid, left.started_at_s};
  auto child = urna::test::start(command, (options_.folder / "server.log").string());
  if (!child) return std::unexpected(child.error());
  supervisor_ = *child;
  return {};
}

Result<void> PrivatePostgres::wait_until_ready() {
  const fs::path log = options_.folder / "server.log";
  const auto limit = std::chrono::steady_clock::now() + kStartLimit;
  while (std::chrono::steady_clock::now() < limit) {
    const ServerStatus status = read_status(options_.folder);
    if (status.ready && left_behind_ != std::pair(status.pid, status.started_at_s)) return {};
    if (fs::exists(options_.folder / ("ended." + std::to_string(supervisor_.pid)))) {
      return fail(ErrorCode::kUnavailable, "PostgreSQL did not start: " + end_of(log));
    }
    std::this_thread::sleep_for(10ms);
  }
  return fail(ErrorCode::kUnavailable, "PostgreSQL is not ready after 60 s: " + end_of(log));
}

void PrivatePostgres::stop(std::string_view order) {
  tell(supervisor_, std::string(order) + "\n");
  ::close(supervisor_.input);
  const auto limit = std::chrono::steady_clock::now() + kStopLimit;
  int status = 0;
  while (::waitpid(supervisor_.pid, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > limit) {
      // The server follows its supervisor, by its parent-death signal.
      ::kill(supervisor_.pid, SIGKILL);
      ::waitpid(supervisor_.pid, &status, 0);
      break;
    }
    std::this_thread::sleep_for(5ms);
  }
  supervisor_ = {};
  // A supervisor that was killed did not wait for the server, which then stops by itself.
  if (!wait_for_end(options_.folder, kStopLimit)) {
    ::kill(read_status(options_.folder).pid, SIGQUIT);
    wait_for_end(options_.folder, kStopLimit);
  }
}

}  // namespace urna::test
