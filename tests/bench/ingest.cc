#include "tests/bench/ingest.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>

#include "common/base/clock.h"
#include "tests/bench/verify_alone.h"
#include "tests/drill/progress.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {

namespace {

// Enough for a second or two of verifying.
constexpr std::size_t kVerifiedRecords = 30'000;
constexpr double kPercent = 100;

void say(const std::string& what) { std::fprintf(stderr, "%s\n", what.c_str()); }

// A country with so many protocols, and the files its centre needs, signed and ready.
class Ingest {
 public:
  explicit Ingest(const IngestOptions& options) : options_(options) {}

  Result<IngestOutcome> run() {
    if (auto ready = prepare(); !ready) return std::unexpected(std::move(ready.error()));
    if (options_.only != Only::kAll) return run_only();
    IngestOutcome outcome;
    outcome.record_bytes = load_->record_bytes() / load_->records();
    const auto fsync = measure_fsync();
    if (!fsync) return std::unexpected(fsync.error());
    outcome.fsyncs_per_s = *fsync;
    for (std::uint32_t round = 0; round <= options_.rounds; ++round) {
      const auto begun = std::chrono::steady_clock::now();
      if (auto done = run_round(round, outcome); !done) {
        return std::unexpected(std::move(done.error()));
      }
      tell_round(round, outcome, begun);
    }
    return outcome;
  }

 private:
  Result<void> prepare();
  Result<void> run_round(std::uint32_t round, IngestOutcome& outcome);
  Result<void> run_verify(IngestOutcome& outcome);
  Result<Round> run_subject(SubjectKind kind, std::uint32_t round, double rate);
  Result<Measured> run_full(SubjectKind kind);
  Result<IngestOutcome> run_only();
  void tell_round(std::uint32_t round, const IngestOutcome& outcome,
                  std::chrono::steady_clock::time_point begun) const;

  const IngestOptions& options_;
  const test::TemporaryFolder folder_;
  std::optional<Country> country_;
  std::optional<Office> office_;
  std::optional<Load> load_;
  std::optional<Database> database_;
  std::optional<VerifyAlone> verify_;
  Scene scene_;
  double full_rate_ = 0;  // of the centre, from the rounds so far
};

Result<void> Ingest::prepare() {
  ::chmod(folder_.path().c_str(), 0755);  // the database's own user works below it
  CountrySize size{options_.shape, 0, options_.protocols_per_licence, options_.seed};
  size.precincts = std::max<std::uint32_t>(1, options_.records / options_.protocols_per_licence);
  country_.emplace(size);
  auto office = Office::open(*country_, folder_.path(), wall_clock_ms());
  if (!office) return std::unexpected(std::move(office.error()));
  office_.emplace(std::move(*office));
  drill::Progress progress("signing", std::uint64_t{size.precincts} * size.protocols_per_precinct);
  LoadOptions load_options{options_.streams, {options_.batch_records}};
  if (options_.latency_batch_records != options_.batch_records) {
    load_options.batch_records.push_back(options_.latency_batch_records);
  }
  auto load = Load::make(*country_, *office_, folder_.path(), load_options,
                         [&](std::size_t records) { progress.add(records); });
  if (!load) return std::unexpected(std::move(load.error()));
  load_.emplace(std::move(*load));
  auto database = Database::start();
  if (!database) return std::unexpected(std::move(database.error()));
  database_.emplace(std::move(*database));
  auto verify = VerifyAlone::prepare(*load_, options_.batch_records, office_->anchors(),
                                     std::min<std::size_t>(kVerifiedRecords, load_->records()));
  if (!verify) return std::unexpected(std::move(verify.error()));
  verify_.emplace(std::move(*verify));
  scene_ = {&*country_,  &*office_,      &*load_,
            &*database_, folder_.path(), options_.trust_certificates};
  return {};
}

Result<void> Ingest::run_verify(IngestOutcome& outcome) {
  const auto all = verify_->run(std::max(1U, std::thread::hardware_concurrency()));
  if (!all) return std::unexpected(all.error());
  const auto one = verify_->run(1);
  if (!one) return std::unexpected(one.error());
  outcome.verify_all.push_back(*all);
  outcome.verify_one.push_back(*one);
  outcome.certificates_one.push_back(verify_->run_certificates());
  return {};
}

// Everything there is, as fast as it is taken.
Result<Measured> Ingest::run_full(SubjectKind kind) {
  auto subject = Subject::start(kind, scene_, options_.batch_records);
  if (!subject) return std::unexpected(std::move(subject.error()));
  auto measured = subject->measure({load_->records(), 0, 0});
  if (!measured) return measured;
  if (auto good = subject->check(); !good) return std::unexpected(std::move(good.error()));
  if (auto ended = subject->stop(); !ended) return std::unexpected(std::move(ended.error()));
  return measured;
}

// `rate`: of the centre at full speed; 0 when it is not known yet.
Result<Round> Ingest::run_subject(SubjectKind kind, std::uint32_t round, double rate) {
  Round result;
  auto full = run_full(kind);
  if (!full) return std::unexpected(std::move(full.error()));
  result.full = std::move(*full);
  if (rate <= 0 || options_.load_percents.empty()) return result;
  auto subject = Subject::start(kind, scene_, options_.latency_batch_records);
  if (!subject) return std::unexpected(std::move(subject.error()));
  for (const std::uint32_t percent : options_.load_percents) {
    const double arrivals = rate * percent / kPercent;
    const auto records = static_cast<std::uint64_t>(std::ceil(arrivals * options_.stretch_s));
    auto measured = subject->measure({records, arrivals, options_.seed + round});
    if (!measured) return std::unexpected(std::move(measured.error()));
    result.loads.push_back(std::move(*measured));
  }
  if (auto good = subject->check(); !good) return std::unexpected(std::move(good.error()));
  if (auto ended = subject->stop(); !ended) return std::unexpected(std::move(ended.error()));
  return result;
}

// Round 0 warms up the machine and finds the rate; only its rate is kept.
Result<void> Ingest::run_round(std::uint32_t round, IngestOutcome& outcome) {
  if (round == 0) {
    auto bare = run_full(SubjectKind::kBare);
    if (!bare) return std::unexpected(std::move(bare.error()));
    auto centre = run_full(SubjectKind::kCentre);
    if (!centre) return std::unexpected(std::move(centre.error()));
    full_rate_ = centre->rate();
    return {};
  }
  if (auto done = run_verify(outcome); !done) return done;
  // Who goes first changes, so that neither always finds the machine as the other left it.
  const bool bare_first = round % 2 == 1;
  for (const bool bare : {bare_first, !bare_first}) {
    auto done = run_subject(bare ? SubjectKind::kBare : SubjectKind::kCentre, round, full_rate_);
    if (!done) return std::unexpected(std::move(done.error()));
    (bare ? outcome.bare : outcome.centre).push_back(std::move(*done));
  }
  return {};
}

void Ingest::tell_round(std::uint32_t round, const IngestOutcome& outcome,
                        std::chrono::steady_clock::time_point begun) const {
  const double took =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  char line[160];
  if (round == 0) {
    std::snprintf(line, sizeof line, "warm-up: the centre takes %.0f records/s; %.0f s", full_rate_,
                  took);
  } else {
    std::snprintf(line, sizeof line, "round %u of %u: (a) %.0f (b) %.0f (c) %.0f records/s; %.0f s",
                  round, options_.rounds, outcome.verify_all.back(),
                  outcome.bare.back().full.rate(), outcome.centre.back().full.rate(), took);
  }
  say(line);
}

Result<IngestOutcome> Ingest::run_only() {
  const auto begun = std::chrono::steady_clock::now();
  const auto left = [&] {
    return options_.seconds -
           std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  std::vector<double> rates;
  while (rates.empty() || left() > 0) {
    if (options_.only == Only::kVerify) {
      const auto rate = verify_->run(std::max(1U, std::thread::hardware_concurrency()));
      if (!rate) return std::unexpected(rate.error());
      rates.push_back(*rate);
      continue;
    }
    const SubjectKind kind =
        options_.only == Only::kBare ? SubjectKind::kBare : SubjectKind::kCentre;
    auto subject = Subject::start(kind, scene_, options_.batch_records);
    if (!subject) return std::unexpected(std::move(subject.error()));
    say("process " + std::to_string(subject->process()) + " takes the load");
    const auto measured = subject->measure({load_->records(), 0, 0});
    if (!measured) return std::unexpected(measured.error());
    rates.push_back(measured->rate());
    std::printf("%.0f records/s, %.1f us of processor per record (server %.1f, PostgreSQL %.1f)\n",
                measured->rate(), measured->cpu_us_per_record(),
                measured->server_cpu_s * 1e6 / static_cast<double>(measured->result.records),
                measured->database_cpu_s * 1e6 / static_cast<double>(measured->result.records));
    std::fflush(stdout);
    if (auto good = subject->check(); !good) return std::unexpected(std::move(good.error()));
    if (auto ended = subject->stop(); !ended) return std::unexpected(std::move(ended.error()));
  }
  const Summary summary = summarise(rates);
  std::printf("median %.0f records/s (%.0f to %.0f)\n", summary.median, summary.low, summary.high);
  return IngestOutcome{};
}

}  // namespace

int run_ingest(const IngestOptions& options) {
  const auto outcome = Ingest(options).run();
  if (!outcome) {
    say("urna-bench: " + outcome.error().message);
    return 1;
  }
  if (options.only == Only::kAll) print_ingest(options, *outcome);
  return 0;
}

}  // namespace urna::bench
