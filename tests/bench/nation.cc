#include "tests/bench/nation.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "tests/bench/check.h"
#include "tests/bench/plain_sum.h"
#include "tests/bench/stage.h"

namespace urna::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRecords = 256;

// What the rounds of one country told, seconds.
struct Times {
  std::vector<double> copy;
  std::vector<double> sum;
  std::vector<double> last_receipt;
  std::vector<double> final_tally;
  std::vector<double> centre_cpu;  // server and PostgreSQL
  std::uint64_t protocols = 0;
  std::uint64_t figures = 0;
};

Result<void> run_plain(const PlainSum& plain, Database& database, Times& times) {
  const auto connection = database.fresh("plain");
  if (!connection) return std::unexpected(connection.error());
  const auto took = plain.run(*connection);
  if (!took) return std::unexpected(took.error());
  times.copy.push_back(took->copy_s);
  times.sum.push_back(took->sum_s);
  return database.drop("plain");
}

Result<void> run_centre(const Stage& stage, Database& database, Times& times) {
  const Contender centre{"centre", SubjectKind::kCentre, &database, false};
  auto subject = Subject::start(centre, stage.scene(), kBatchRecords);
  if (!subject) return std::unexpected(std::move(subject.error()));
  const auto begun = Clock::now();
  const auto measured = subject->measure({stage.load().records(), 0, 0});
  if (!measured) return std::unexpected(measured.error());
  const auto received = wait_for_received(subject->status_page(), stage.load().records());
  if (!received) return received;
  times.last_receipt.push_back(measured->result.seconds);
  times.centre_cpu.push_back(measured->server_cpu_s + measured->database_cpu_s);
  times.final_tally.push_back(std::chrono::duration<double>(Clock::now() - begun).count());
  auto good = subject->check();
  if (good) good = subject->stop();
  return good;
}

Result<Times> run_country(const NationOptions& options, std::uint32_t times_as_many,
                          std::uint32_t rounds) {
  const CountrySize size{Shape::kParliament, options.precincts * times_as_many, 1, options.seed};
  const auto stage = Stage::set("signing", size, {16, {kBatchRecords}});
  if (!stage) return std::unexpected(stage.error());
  auto database = Database::start();
  if (!database) return std::unexpected(std::move(database.error()));
  const auto plain = PlainSum::prepare((*stage)->country(), (*stage)->folder() / "figures");
  if (!plain) return std::unexpected(plain.error());
  Times times;
  times.protocols = (*stage)->load().records();
  times.figures = plain->figures();
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    if (auto done = run_plain(*plain, *database, times); !done) {
      return std::unexpected(std::move(done.error()));
    }
    if (auto done = run_centre(**stage, *database, times); !done) {
      return std::unexpected(std::move(done.error()));
    }
    char line[160];
    std::snprintf(line, sizeof line,
                  "round %u of %u: plain %.2f s, last receipt %.2f s, tally %.2f s", round, rounds,
                  times.copy.back() + times.sum.back(), times.last_receipt.back(),
                  times.final_tally.back());
    say(line);
  }
  return times;
}

void print_line(const char* what, const std::vector<double>& seconds) {
  const Summary summary = summarise(seconds);
  std::printf("  %-46s %8.2f  (%.2f to %.2f)\n", what, summary.median, summary.low, summary.high);
}

void print_times(const Times& times) {
  std::printf("\n%llu protocols, %llu figures; %zu rounds from empty tables, seconds\n",
              static_cast<unsigned long long>(times.protocols),
              static_cast<unsigned long long>(times.figures), times.copy.size());
  print_line("plain PostgreSQL: COPY of unsigned figures", times.copy);
  print_line("plain PostgreSQL: SUM of them", times.sum);
  print_line("the centre: last receipt", times.last_receipt);
  print_line("the centre: last total", times.final_tally);
  print_line("the centre and its PostgreSQL: processor time", times.centre_cpu);
  std::fflush(stdout);
}

Result<void> run_both(const NationOptions& options) {
  const auto small = run_country(options, 1, options.rounds);
  if (!small) return std::unexpected(small.error());
  print_times(*small);
  if (options.times < 2) return {};
  const auto large = run_country(options, options.times, std::max(1U, options.rounds / 3));
  if (!large) return std::unexpected(large.error());
  print_times(*large);
  std::printf(
      "\nevery record sent is stored with its bytes; the tally is the sum of the figures\n");
  const auto growth = [&](const std::vector<double>& many, const std::vector<double>& few) {
    return median(many) / median(few) / static_cast<double>(options.times);
  };
  std::printf("growth of processor time %.2f\n", growth(large->centre_cpu, small->centre_cpu));
  std::printf("growth %.2f\n", growth(large->final_tally, small->final_tally));
  return {};
}

}  // namespace

int run_nation(const NationOptions& options) {
  const auto done = run_both(options);
  if (done) return 0;
  say("urna-bench: " + done.error().message);
  return 1;
}

}  // namespace urna::bench
