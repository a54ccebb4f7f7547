#include "tests/sim/campaign.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>

namespace urna::sim {

namespace {

bool write_all(int file, const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = write(file, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool read_all(int file, void* bytes, std::size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = read(file, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

// One child, which runs the seeds `next`, `next` + `step`, … up to `end`.
class Worker {
 public:
  using Run = std::function<RunReport(std::uint64_t)>;

  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { stop(); }

  Result<void> start(std::uint64_t next, std::uint64_t step, std::uint64_t end, const Run& run) {
    int ends[2];
    if (pipe(ends) != 0) return fail(ErrorCode::kUnavailable, "no pipe for a worker");
    std::fflush(nullptr);  // or the child would write it again
    child_ = fork();
    if (child_ < 0) {
      close(ends[0]);
      close(ends[1]);
      return fail(ErrorCode::kUnavailable, "no process for a worker");
    }
    if (child_ == 0) {
      close(ends[0]);
      work(ends[1], next, step, end, run);
    }
    close(ends[1]);
    from_ = ends[0];
    return {};
  }

  // The next report; nullopt when the child is gone.
  std::optional<RunReport> next() {
    std::uint32_t size = 0;
    if (!read_all(from_, &size, sizeof size)) return std::nullopt;
    std::string text(size, '\0');
    if (!read_all(from_, text.data(), text.size())) return std::nullopt;
    auto report = read_report(text);
    return report ? std::optional(std::move(*report)) : std::nullopt;
  }

  // Why the child is gone; ends it if it is not.
  std::string stop() {
    if (child_ <= 0) return {};
    close(from_);
    kill(child_, SIGTERM);
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = 0;
    if (WIFSIGNALED(status)) return strsignal(WTERMSIG(status));
    return "status " + std::to_string(WEXITSTATUS(status));
  }

 private:
  [[noreturn]] static void work(int to, std::uint64_t next, std::uint64_t step, std::uint64_t end,
                                const Run& run) {
    for (std::uint64_t seed = next; seed < end; seed += step) {
      const std::string text = write_report(run(seed));
      const auto size = static_cast<std::uint32_t>(text.size());
      if (!write_all(to, &size, sizeof size) || !write_all(to, text.data(), text.size())) break;
    }
    std::fflush(nullptr);
    _exit(0);  // what the parent would do at its end is not the child's to do
  }

  pid_t child_ = 0;
  int from_ = -1;
};

RunReport of_the_dead(std::uint64_t seed, const std::string& why) {
  RunReport report;
  report.seed = seed;
  report.violations.push_back("the run ended itself: " + why);
  return report;
}

}  // namespace

Result<void> run_campaign(const Campaign& campaign,
                          const std::function<RunReport(std::uint64_t seed)>& run,
                          const std::function<bool(const RunReport&)>& seen) {
  if (campaign.seeds == 0) return {};
  const std::uint64_t end = campaign.first_seed + campaign.seeds;
  const std::uint64_t jobs = std::clamp<std::uint64_t>(campaign.jobs, 1, campaign.seeds);
  std::vector<Worker> workers(jobs);
  for (std::uint64_t i = 0; i < jobs; ++i) {
    if (auto started = workers[i].start(campaign.first_seed + i, jobs, end, run); !started) {
      return started;
    }
  }
  for (std::uint64_t seed = campaign.first_seed; seed < end; ++seed) {
    Worker& worker = workers[(seed - campaign.first_seed) % jobs];
    auto report = worker.next();
    if (!report) {
      report = of_the_dead(seed, worker.stop());
      if (auto started = worker.start(seed + jobs, jobs, end, run); !started) return started;
    }
    if (!seen(*report)) return {};
  }
  return {};
}

unsigned default_jobs() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&cores), 1));
}

}  // namespace urna::sim
