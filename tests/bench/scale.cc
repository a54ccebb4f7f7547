#include "tests/bench/scale.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "common/journal/postgres_store.h"
#include "common/node/engine.h"
#include "common/trust/certificate_book.h"
#include "tests/bench/check.h"
#include "tests/bench/stage.h"
#include "tests/bench/usage.h"
#include "tests/drill/random.h"

namespace urna::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRecords = 256;
constexpr std::size_t kQuestions = 100'000;
constexpr std::uint64_t kKibPerMib = 1'024;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

unsigned long long mib_of(std::optional<std::uint64_t> kib) { return kib.value_or(0) / kKibPerMib; }

class Scale {
 public:
  explicit Scale(const ScaleOptions& options) : options_(options) {}

  Result<void> run() {
    const CountrySize size{Shape::kParliament, options_.precincts, 1, options_.seed};
    auto stage = Stage::set("signing", size, {16, {kBatchRecords}});
    if (!stage) return std::unexpected(std::move(stage.error()));
    stage_ = std::move(*stage);
    auto database = Database::start();
    if (!database) return std::unexpected(std::move(database.error()));
    database_.emplace(std::move(*database));
    const Contender centre{"centre", SubjectKind::kCentre, &*database_, false};
    auto subject = Subject::start(centre, stage_->scene(), kBatchRecords);
    if (!subject) return std::unexpected(std::move(subject.error()));
    if (auto done = send(*subject); !done) return done;
    if (auto good = subject->check(); !good) return good;
    if (auto done = restart(*subject); !done) return done;
    if (auto ended = subject->stop(); !ended) return ended;
    return ask_totals();
  }

 private:
  Result<void> send(Subject& subject);
  Result<void> restart(Subject& subject);
  Result<void> ask_totals();

  const ScaleOptions& options_;
  std::unique_ptr<Stage> stage_;
  std::optional<Database> database_;
};

Result<void> Scale::send(Subject& subject) {
  const std::uint64_t portion = stage_->load().records() / options_.portions + 1;
  std::printf("%10s %11s %12s %14s\n", "records", "records/s", "centre MiB", "database MiB");
  std::uint64_t sent = 0;
  while (sent < stage_->load().records()) {
    const auto measured = subject.measure({portion, 0, 0});
    if (!measured) return std::unexpected(measured.error());
    sent += measured->result.records;
    const auto disk = database_->size_of("centre");
    if (!disk) return std::unexpected(disk.error());
    std::printf("%10llu %11.0f %12llu %14llu\n", static_cast<unsigned long long>(sent),
                measured->rate(), mib_of(resident_kib(subject.process())),
                static_cast<unsigned long long>(*disk >> 20));
    std::fflush(stdout);
  }
  return {};
}

Result<void> Scale::restart(Subject& subject) {
  const auto serving = subject.restart();
  if (!serving) return std::unexpected(serving.error());
  const double cpu = cpu_seconds(subject.process());
  const auto begun = Clock::now();
  const auto received = wait_for_received(subject.status_page(), stage_->load().records());
  if (!received) return received;
  std::printf(
      "restart: serving after %.1f s (%.1f s of processor), every total shown after another %.1f "
      "s; "
      "%llu MiB resident\n",
      *serving, cpu, seconds_since(begun), mib_of(resident_kib(subject.process())));
  const auto answer = time_status_page(subject.status_page());
  if (!answer) return std::unexpected(answer.error());
  std::printf("status page: %.1f ms for %llu KiB\n", answer->seconds * 1e3,
              static_cast<unsigned long long>(answer->bytes / 1'024));
  std::fflush(stdout);
  return {};
}

// The same projection as the centre's, rebuilt here, asked for totals of contests and units drawn
// from those there are.
Result<void> Scale::ask_totals() {
  auto store = journal::PostgresStore::open_read_only(database_->connection("centre"));
  if (!store) return std::unexpected(std::move(store.error()));
  const Office& office = stage_->office();
  const auto unit = *model::UnitId::parse(kCentreUnit);
  const auto node = office.node_of(unit, trust::Role::kCentralNode);
  if (!node) return std::unexpected(node.error());
  const auto identity = node_identity(*node, office.anchors());
  if (!identity) return std::unexpected(identity.error());
  trust::CertificateBook certificates(office.anchors());
  const auto engine =
      node::Engine::open({.election = office.anchors().election(), .unit = unit, .is_centre = true},
                         **store, certificates, *identity, node::system_random());
  if (!engine) return std::unexpected(engine.error());
  const node::Core& core = (*engine)->core();
  const results::Tally& tally = *core.projection().tally();
  const auto contests = tally.contests();
  const auto units = static_cast<std::uint64_t>(core.book().in_force()->units().size());
  drill::SplitMix64 random(options_.seed);
  std::uint64_t protocols = 0;
  std::vector<Weighted> times;
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const auto& contest = contests[random.below(contests.size())];
    const auto asked = static_cast<model::UnitIndex>(random.below(units));
    const auto begun = Clock::now();
    const results::Totals* totals = tally.totals(results::Which::kReceived, contest, asked);
    const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begun);
    times.push_back({static_cast<std::uint64_t>(took.count()), 1});
    if (totals != nullptr) protocols += totals->protocols;
  }
  if (protocols == 0) return fail(ErrorCode::kInternal, "no unit asked has a total");
  std::printf("a total of any contest and unit: median %.2f us, p99.9 %.2f us\n",
              static_cast<double>(*percentile(times, 500)) / 1e3,
              static_cast<double>(*percentile(times, 999)) / 1e3);
  std::printf("every record sent is stored with its bytes; the tally is the sum of the figures\n");
  return {};
}

}  // namespace

int run_scale(const ScaleOptions& options) {
  const auto done = Scale(options).run();
  if (done) return 0;
  say("urna-bench: " + done.error().message);
  return 1;
}

}  // namespace urna::bench
