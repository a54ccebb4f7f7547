#include "tests/chaos/conductor.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

namespace urna::chaos {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds kWatchPause{100};
constexpr std::size_t kBrokenMax = 20;  // complaints
constexpr Milliseconds kFailover{1'000};
// A scenario with fewer precincts might have nothing to spoil.
constexpr std::size_t kPrecinctsMin = 4;
// A stretch of a country is a few thousand precincts.
constexpr std::chrono::seconds kStretchPatience{1'800};

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

std::string megabytes(std::uint64_t kib) { return std::to_string((kib + 1'023) / 1'024) + " MB"; }

}  // namespace

class Conductor::OnStage final : public Stage {
 public:
  OnStage(Conductor& conductor, std::size_t scenario) : conductor_(conductor), at_(scenario) {}

  drill::Run& run() override { return *conductor_.run_; }
  drill::SplitMix64& random() override { return conductor_.random_; }
  drill::PrecinctProcesses& precincts() override { return *conductor_.precincts_; }
  Promises& promises() override { return conductor_.promises_; }

  void reached(double part) override {
    conductor_.let_go(conductor_.stretches_->reached(at_, part));
  }
  std::uint64_t protocols() override { return run().unspoiled() / conductor_.scenarios_.size(); }

  Result<void> wait_until_sent(std::chrono::seconds patience) override {
    return conductor_.wait_until_sent(patience);
  }

  Result<void> pause(Milliseconds low, Milliseconds high) override {
    const auto range = static_cast<std::uint64_t>(high.count() - low.count()) + 1;
    const Milliseconds length = low + Milliseconds(random().below(range));
    {
      std::unique_lock lock(conductor_.mutex_);
      conductor_.changed_.wait_for(lock, length, [&] { return conductor_.leaving_; });
    }
    return conductor_.stopping() ? fail(ErrorCode::kCancelled, "stopped") : Result<void>();
  }

  void fault_over(const std::string& kind) override {
    const std::uint64_t wanted = run().log_before + run().acknowledged;
    const std::lock_guard lock(conductor_.mutex_);
    conductor_.recoveries_.push_back({kind, Clock::now(), wanted, std::nullopt});
  }

  Result<void> wait_until_well(std::chrono::seconds patience) override {
    {
      std::unique_lock lock(conductor_.mutex_);
      conductor_.changed_.wait_for(lock, patience, [&] {
        return conductor_.leaving_ ||
               std::ranges::all_of(conductor_.recoveries_,
                                   [](const Recovery& one) { return one.seconds.has_value(); });
      });
    }
    return conductor_.stopping() ? fail(ErrorCode::kCancelled, "stopped") : Result<void>();
  }

  void note(const std::string& what, const std::string& figure) override {
    const std::lock_guard lock(conductor_.mutex_);
    conductor_.notes_.emplace_back(what, figure);
  }

 private:
  Conductor& conductor_;
  const std::size_t at_;
};

Conductor::Conductor(std::vector<std::unique_ptr<Scenario>> scenarios, const Extent& extent)
    : scenarios_(std::move(scenarios)), random_(extent.seed) {}

Conductor::~Conductor() {
  leave();
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
  }
  changed_.notify_all();
  if (player_.joinable()) player_.join();
}

Result<void> Conductor::prepare(drill::Run& run) {
  run_ = &run;
  precincts_.emplace(run.system.program_of(run.system.centre()).parent_path() / "urna-precinct",
                     run.folder / "trust.pem");
  drill::Endurance& endurance = run.system.endurance();
  endurance.fixed_addresses = true;
  endurance.failover = kFailover;
  const std::size_t precincts = run.data.precincts.size();
  if (precincts < kPrecinctsMin * scenarios_.size()) {
    return fail(ErrorCode::kInvalidArgument,
                std::to_string(precincts) + " precincts are too few for " +
                    std::to_string(scenarios_.size()) + " scenarios at once, " +
                    std::to_string(kPrecinctsMin) + " for each are the least");
  }
  stretches_.emplace(precincts, scenarios_.size());
  for (const auto& scenario : scenarios_) {
    if (auto prepared = scenario->prepare(run); !prepared) return prepared;
  }
  return {};
}

void Conductor::arrange(std::vector<std::size_t>& order) {
  stretches_->arrange(order, [&](std::size_t scenario, std::size_t precinct) {
    return scenarios_[scenario]->wish(precinct);
  });
}

Result<void> Conductor::begin(drill::Run&) {
  player_ = std::thread([this] { play_all(); });
  watcher_ = std::thread([this] { watch(); });
  return {};
}

bool Conductor::is_process(std::size_t precinct) const {
  return scenarios_[stretches_->scenario_of(precinct)]->is_process(precinct);
}

void Conductor::admit(std::size_t number, std::size_t) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return leaving_ || played_ || number < admitted_; });
}

void Conductor::let_go(std::size_t admitted) {
  {
    const std::lock_guard lock(mutex_);
    admitted_ = std::max(admitted_, admitted);
  }
  changed_.notify_all();
}

void Conductor::settled(std::size_t) {
  {
    const std::lock_guard lock(mutex_);
    ++settled_;
  }
  changed_.notify_all();
}

Result<void> Conductor::wait_until_sent(std::chrono::seconds patience) {
  std::size_t missing = 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return leaving_ || settled_ >= admitted_; });
    if (settled_ < admitted_) missing = admitted_ - settled_;
  }
  if (stopping()) return fail(ErrorCode::kCancelled, "stopped");
  if (missing == 0) return {};
  return fail(ErrorCode::kInternal, std::to_string(missing) + " precincts lack receipts");
}

void Conductor::client_done(const std::string& unit, journal::Store& journal,
                            std::uint64_t settled) {
  if (auto taken = promises_.collect(unit, journal, settled); !taken) {
    run_->complain("the journal of " + unit + ": " + taken.error().message);
  }
}

bool Conductor::stopping() const {
  {
    const std::lock_guard lock(mutex_);
    if (leaving_) return true;
  }
  return run_->stopping();
}

// The next begins when all of the stretch have their receipts, so that what one leaves behind is
// not what another is seen to do.
Result<void> Conductor::play_each() {
  for (std::size_t i = 0; i < scenarios_.size(); ++i) {
    OnStage stage(*this, i);
    auto played = scenarios_[i]->play(stage);
    stage.reached(1);
    if (played && i + 1 < scenarios_.size()) played = wait_until_sent(kStretchPatience);
    if (!played) return played;
  }
  return {};
}

Result<void> Conductor::finish_each() {
  for (std::size_t i = 0; i < scenarios_.size(); ++i) {
    OnStage stage(*this, i);
    if (auto done = scenarios_[i]->finish(stage); !done) return done;
  }
  return {};
}

void Conductor::play_and_finish() {
  auto done = play_each();
  let_go(run_->data.precincts.size());
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return all_sent_ || leaving_; });
  }
  if (done) done = finish_each();
  if (!done && !stopping()) run_->complain("chaos: " + done.error().message);
}

// What it starts lives as long as it does.
void Conductor::play_all() {
  play_and_finish();
  {
    const std::lock_guard lock(mutex_);
    played_ = true;
  }
  changed_.notify_all();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return gone_; });
}

Result<void> Conductor::end() {
  std::unique_lock lock(mutex_);
  all_sent_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return played_; });
  return {};
}

void Conductor::leave() {
  {
    std::unique_lock lock(mutex_);
    leaving_ = true;
    changed_.notify_all();
    if (player_.joinable()) changed_.wait(lock, [&] { return played_; });
  }
  if (watcher_.joinable()) watcher_.join();
}

void Conductor::watch() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kWatchPause, [&] { return leaving_; });
      if (leaving_) return;
    }
    look_at_centre();
  }
}

void Conductor::look_at_centre() {
  {
    const std::lock_guard lock(mutex_);
    if (std::ranges::none_of(recoveries_, [](const Recovery& one) { return !one.seconds; })) return;
  }
  const auto status = run_->centre_status();
  if (!status) return;
  const std::uint64_t size = drill::log_size_in(*status);
  const std::lock_guard lock(mutex_);
  for (Recovery& one : recoveries_) {
    if (one.seconds || size < one.log_size) continue;
    one.seconds = std::chrono::duration<double>(Clock::now() - one.over).count();
    std::cerr << "chaos: " << one.kind << ": well again after " << seconds_text(*one.seconds)
              << "\n";
  }
  changed_.notify_all();
}

void Conductor::check_memory(const std::map<std::string, std::uint64_t>& peaks) {
  std::uint64_t node = 0;
  const std::string& centre = run_->system.centre();
  for (const auto& [unit, kib] : peaks) {
    if (kib == 0) run_->complain("the memory of the server of " + unit + " was never seen");
    if (unit != centre) node = std::max(node, kib);
    const std::uint64_t most = unit == centre ? kCentreResidentKibMax : kNodeResidentKibMax;
    if (kib <= most) continue;
    run_->complain("the server of " + unit + " had " + megabytes(kib) + " resident; at most " +
                   megabytes(most) + " are allowed");
  }
  const std::uint64_t precinct = precincts_->peak_resident_kib();
  if (precinct > kPrecinctResidentKibMax) {
    run_->complain("a precinct's program had " + megabytes(precinct) + " resident");
  }
  notes_.emplace_back("resident at most: the centre",
                      megabytes(peaks.at(centre)) + " of " + megabytes(kCentreResidentKibMax));
  notes_.emplace_back("resident at most: a territorial node",
                      megabytes(node) + " of " + megabytes(kNodeResidentKibMax));
  if (precinct == 0) return;
  notes_.emplace_back("resident at most: a precinct's program",
                      megabytes(precinct) + " of " + megabytes(kPrecinctResidentKibMax));
}

Result<void> Conductor::verify(const OpenJournal& open) {
  for (const drill::ServerPlan& server : run_->setup.servers) {
    auto journal = open(server.unit);
    if (!journal) return std::unexpected(std::move(journal.error()));
    const auto size = (*journal)->size(journal::LogKind::kElection);
    if (!size) return std::unexpected(size.error());
    if (auto taken = promises_.collect(server.unit, **journal, *size); !taken) return taken;
  }
  const auto broken = promises_.broken(run_->system.centre(), open, kBrokenMax);
  if (!broken) return std::unexpected(broken.error());
  for (const std::string& one : *broken) run_->complain(one);
  const Promises::Figures figures = promises_.figures();
  notes_.emplace_back("receipts looked up", std::to_string(figures.receipts) + " of " +
                                                std::to_string(figures.senders) + " senders, " +
                                                std::to_string(figures.of_lost_logs) +
                                                " of logs that were lost");
  notes_.emplace_back("records they stand for", std::to_string(figures.records) +
                                                    (broken->empty() ? ", all at the centre" : ""));
  for (const Recovery& one : recoveries_) {
    if (!one.seconds) run_->complain("chaos: " + one.kind + ": never well again");
  }
  check_memory(run_->system.peak_resident_kib());
  return {};
}

void Conductor::print() const {
  std::map<std::string, std::vector<double>> by_kind;
  for (const Recovery& one : recoveries_) by_kind[one.kind].push_back(one.seconds.value_or(-1));
  std::printf("\n%-45s %5s   %s\n", "chaos", "times", "well again after: median, longest");
  for (auto& [kind, seconds] : by_kind) {
    std::ranges::sort(seconds);
    std::printf("%-45s %5zu   %s, %s\n", kind.c_str(), seconds.size(),
                seconds_text(seconds[seconds.size() / 2]).c_str(),
                seconds_text(seconds.back()).c_str());
  }
  for (const auto& [what, figure] : notes_) std::printf("%-45s %s\n", what.c_str(), figure.c_str());
}

}  // namespace urna::chaos
