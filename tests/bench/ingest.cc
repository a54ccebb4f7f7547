#include "tests/bench/ingest.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "tests/bench/stage.h"
#include "tests/bench/verify_alone.h"

namespace urna::bench {

namespace {

using Clock = std::chrono::steady_clock;

// Enough for a second or two of verifying.
constexpr std::size_t kVerifiedRecords = 30'000;
constexpr std::uint32_t kVariantRounds = 3;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

unsigned cores() { return std::max(1U, std::thread::hardware_concurrency()); }

std::string text_of(const char* format, auto... values) {
  char line[200];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

Result<std::unique_ptr<Stage>> set_stage(const IngestOptions& options) {
  CountrySize size{options.shape, 0, options.protocols_per_licence, options.seed};
  size.precincts = std::max<std::uint32_t>(1, options.records / options.protocols_per_licence);
  LoadOptions load{options.streams, {options.batch_records}};
  if (options.latency_batch_records != options.batch_records) {
    load.batch_records.push_back(options.latency_batch_records);
  }
  return Stage::set("signing", size, load);
}

class Ingest {
 public:
  Ingest(const IngestOptions& options, const Stage& stage, Database& database, VerifyAlone verify)
      : options_(options), stage_(stage), database_(database), verify_(std::move(verify)) {}

  // The rounds of (a), (b) and (c).
  Result<IngestOutcome> run();
  // Only the rounds of (b) and (c), at full speed.
  Result<IngestOutcome::Variant> run_variant(const std::string& name);
  // The centre on `database_` and on another that has a standby.
  Result<double> run_standby(Database& with_standby);
  Result<void> run_only();

 private:
  Contender bare() const {
    return {"bare", SubjectKind::kBare, &database_, options_.trust_certificates};
  }
  Contender centre() const { return {"centre", SubjectKind::kCentre, &database_, false}; }
  DuelPlan plan(std::uint32_t round) const;
  Result<void> run_verify(IngestOutcome& outcome) const;
  // (c) alone, all figures of its tally compared; its rate.
  Result<double> rehearse();
  Result<double> run_once(const Contender& contender) const;

  const IngestOptions& options_;
  const Stage& stage_;
  Database& database_;
  const VerifyAlone verify_;
};

DuelPlan Ingest::plan(std::uint32_t round) const {
  DuelPlan plan;
  plan.batch_records = options_.batch_records;
  plan.latency_batch_records = options_.latency_batch_records;
  plan.turn_records = std::min<std::uint64_t>(plan.turn_records, stage_.load().records() / 3 + 1);
  plan.seed = options_.seed + round;
  plan.second_first = round % 2 == 0;
  return plan;
}

Result<void> Ingest::run_verify(IngestOutcome& outcome) const {
  const auto all = verify_.run(cores());
  if (!all) return std::unexpected(all.error());
  const auto one = verify_.run(1);
  if (!one) return std::unexpected(one.error());
  outcome.verify_all.push_back(*all);
  outcome.verify_one.push_back(*one);
  outcome.certificates_one.push_back(verify_.run_certificates());
  return {};
}

Result<double> Ingest::rehearse() {
  auto subject = Subject::start(centre(), stage_.scene(), options_.batch_records);
  if (!subject) return std::unexpected(std::move(subject.error()));
  const auto measured = subject->measure({stage_.load().records(), 0, 0});
  if (!measured) return std::unexpected(measured.error());
  auto good = subject->check();
  if (good) good = subject->stop();
  if (good) good = subject->check_journal();
  if (!good) return std::unexpected(std::move(good.error()));
  return measured->rate();
}

Result<IngestOutcome> Ingest::run() {
  IngestOutcome outcome;
  outcome.record_bytes = stage_.load().record_bytes() / stage_.load().records();
  if (options_.fsync) {
    const auto fsyncs = measure_fsync();
    if (!fsyncs) return std::unexpected(fsyncs.error());
    outcome.fsyncs_per_s = *fsyncs;
  }
  const auto rate = rehearse();
  if (!rate) return std::unexpected(rate.error());
  say(text_of("warm-up: the centre takes %.0f records/s; every figure of its tally is right",
              *rate));
  for (std::uint32_t round = 1; round <= options_.rounds; ++round) {
    const auto begun = Clock::now();
    if (auto done = run_verify(outcome); !done) return std::unexpected(std::move(done.error()));
    DuelPlan plan = this->plan(round);
    plan.load_percents = options_.load_percents;
    plan.stretch_s = options_.stretch_s;
    auto duel = run_duel(bare(), centre(), stage_.scene(), plan);
    if (!duel) return std::unexpected(std::move(duel.error()));
    outcome.bare.push_back(std::move(duel->first));
    outcome.centre.push_back(std::move(duel->second));
    say(text_of("round %u of %u: (a) %.0f (b) %.0f (c) %.0f records/s; %.0f s", round,
                options_.rounds, outcome.verify_all.back(), outcome.bare.back().full.rate(),
                outcome.centre.back().full.rate(), seconds_since(begun)));
  }
  return outcome;
}

Result<IngestOutcome::Variant> Ingest::run_variant(const std::string& name) {
  IngestOutcome::Variant variant{name, {}, {}};
  for (std::uint32_t round = 1; round <= kVariantRounds; ++round) {
    auto duel = run_duel(bare(), centre(), stage_.scene(), plan(round));
    if (!duel) return std::unexpected(std::move(duel.error()));
    variant.bare.push_back(std::move(duel->first));
    variant.centre.push_back(std::move(duel->second));
  }
  say(text_of("%s: c/b %.2f", name.c_str(), ratio(variant.centre, variant.bare)));
  return variant;
}

Result<double> Ingest::run_standby(Database& with_standby) {
  const Contender doubled{"centre_standby", SubjectKind::kCentre, &with_standby, false};
  std::vector<Round> without;
  std::vector<Round> with;
  for (std::uint32_t round = 1; round <= kVariantRounds; ++round) {
    auto duel = run_duel(centre(), doubled, stage_.scene(), plan(round));
    if (!duel) return std::unexpected(std::move(duel.error()));
    without.push_back(std::move(duel->first));
    with.push_back(std::move(duel->second));
  }
  say(text_of("with a synchronous standby: %.2f of without", ratio(with, without)));
  return ratio(with, without);
}

Result<double> Ingest::run_once(const Contender& contender) const {
  auto subject = Subject::start(contender, stage_.scene(), options_.batch_records);
  if (!subject) return std::unexpected(std::move(subject.error()));
  say("process " + std::to_string(subject->process()) + " takes the load");
  const auto measured = subject->measure({stage_.load().records(), 0, 0});
  if (!measured) return std::unexpected(measured.error());
  const auto records = static_cast<double>(measured->result.records);
  std::printf("%.0f records/s, %.1f us of processor per record (server %.1f, PostgreSQL %.1f)\n",
              measured->rate(), measured->cpu_us_per_record(),
              measured->server_cpu_s * 1e6 / records, measured->database_cpu_s * 1e6 / records);
  std::fflush(stdout);
  auto good = subject->check();
  if (good) good = subject->stop();
  if (!good) return std::unexpected(std::move(good.error()));
  return measured->rate();
}

Result<void> Ingest::run_only() {
  const auto begun = Clock::now();
  std::vector<double> rates;
  while (rates.empty() || seconds_since(begun) < options_.seconds) {
    const auto rate = options_.only == Only::kVerify ? verify_.run(cores())
                      : options_.only == Only::kBare ? run_once(bare())
                                                     : run_once(centre());
    if (!rate) return std::unexpected(rate.error());
    rates.push_back(*rate);
  }
  const Summary summary = summarise(rates);
  std::printf("median %.0f records/s (%.0f to %.0f)\n", summary.median, summary.low, summary.high);
  return {};
}

Result<std::unique_ptr<Ingest>> make(const IngestOptions& options, const Stage& stage,
                                     Database& database) {
  auto verify =
      VerifyAlone::prepare(stage.load(), options.batch_records, stage.office().anchors(),
                           std::min<std::size_t>(kVerifiedRecords, stage.load().records()));
  if (!verify) return std::unexpected(std::move(verify.error()));
  return std::make_unique<Ingest>(options, stage, database, std::move(*verify));
}

// Other loads, each told from the first by one thing.
std::vector<std::pair<std::string, IngestOptions>> variants_of(const IngestOptions& base) {
  std::vector<std::pair<std::string, IngestOptions>> variants;
  const auto vary = [&](std::string name, auto change) {
    IngestOptions options = base;
    change(options);
    options.latency_batch_records = options.batch_records;
    variants.emplace_back(std::move(name), options);
  };
  vary("local protocols", [](IngestOptions& o) { o.shape = Shape::kLocal; });
  vary("1 protocol per licence", [](IngestOptions& o) { o.protocols_per_licence = 1; });
  vary("8 protocols per licence", [](IngestOptions& o) { o.protocols_per_licence = 8; });
  vary("batches of 32 records", [](IngestOptions& o) { o.batch_records = 32; });
  vary("4 streams", [](IngestOptions& o) { o.streams = 4; });
  vary("(b) believes every licence", [](IngestOptions& o) { o.trust_certificates = true; });
  return variants;
}

Result<void> run_sweep(const IngestOptions& options, const Stage& stage, Database& database,
                       IngestOutcome& outcome) {
  auto with_standby = Database::start_with_standby();
  if (!with_standby) return std::unexpected(std::move(with_standby.error()));
  auto base = make(options, stage, database);
  if (!base) return std::unexpected(std::move(base.error()));
  const auto standby = (*base)->run_standby(*with_standby);
  if (!standby) return std::unexpected(standby.error());
  outcome.standby_ratio = *standby;
  for (const auto& [name, varied] : variants_of(options)) {
    const auto own = set_stage(varied);
    if (!own) return std::unexpected(own.error());
    auto ingest = make(varied, **own, database);
    if (!ingest) return std::unexpected(std::move(ingest.error()));
    auto variant = (*ingest)->run_variant(name);
    if (!variant) return std::unexpected(std::move(variant.error()));
    outcome.variants.push_back(std::move(*variant));
  }
  return {};
}

Result<void> run_all(const IngestOptions& options) {
  const auto stage = set_stage(options);
  if (!stage) return std::unexpected(stage.error());
  auto database = Database::start();
  if (!database) return std::unexpected(std::move(database.error()));
  auto ingest = make(options, **stage, *database);
  if (!ingest) return std::unexpected(std::move(ingest.error()));
  if (options.only != Only::kAll) return (*ingest)->run_only();
  auto outcome = (*ingest)->run();
  if (!outcome) return std::unexpected(std::move(outcome.error()));
  if (options.full) {
    if (auto done = run_sweep(options, **stage, *database, *outcome); !done) return done;
  }
  print_ingest(options, *outcome);
  return {};
}

}  // namespace

double ratio(const std::vector<Round>& centre, const std::vector<Round>& bare) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(centre.size(), bare.size()); ++i) {
    if (bare[i].full.rate() > 0) ratios.push_back(centre[i].full.rate() / bare[i].full.rate());
  }
  return median(std::move(ratios));
}

int run_ingest(const IngestOptions& options) {
  const auto done = run_all(options);
  if (done) return 0;
  say("urna-bench: " + done.error().message);
  return 1;
}

}  // namespace urna::bench
