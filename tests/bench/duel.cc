#include "tests/bench/duel.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace urna::bench {

namespace {

// Batches are whole, and streams are not of one length: not every record can be used.
constexpr double kUsable = 0.95;

class Duel {
 public:
  Duel(const Contender& first, const Contender& second, const Scene& scene, const DuelPlan& plan)
      : contenders_{first, second}, scene_(scene), plan_(plan) {}

  Result<std::pair<Round, Round>> run() {
    if (auto done = run_full(); !done) return std::unexpected(std::move(done.error()));
    if (!plan_.load_percents.empty()) {
      if (auto done = run_loads(); !done) return std::unexpected(std::move(done.error()));
    }
    return std::pair(std::move(rounds_[0]), std::move(rounds_[1]));
  }

 private:
  Result<void> start(std::size_t batch_records) {
    subjects_.clear();
    for (const Contender& contender : contenders_) {
      auto subject = Subject::start(contender, scene_, batch_records);
      if (!subject) return std::unexpected(std::move(subject.error()));
      if (auto warm = subject->warm_up(); !warm) return warm;
      subjects_.push_back(std::move(*subject));
    }
    return {};
  }
  Result<void> finish() {
    for (Subject& subject : subjects_) {
      if (auto good = subject.check(); !good) {
        return std::unexpected(std::move(good.error()).within(subject.contender().name));
      }
      if (auto ended = subject.stop(); !ended) return ended;
    }
    return {};
  }
  Result<void> run_full();
  Result<void> run_loads();
  double stretch() const;

  const std::array<Contender, 2> contenders_;
  const Scene& scene_;
  const DuelPlan& plan_;
  std::vector<Subject> subjects_;
  std::array<Round, 2> rounds_;
};

Result<void> Duel::run_full() {
  if (auto ready = start(plan_.batch_records); !ready) return ready;
  std::size_t next = plan_.second_first ? 1 : 0;
  for (std::array<bool, 2> ended{}; !ended[0] || !ended[1];) {
    for (const std::size_t i : {next, 1 - next}) {
      auto measured = subjects_[i].measure({plan_.turn_records, 0, 0});
      if (!measured) return std::unexpected(std::move(measured.error()));
      ended[i] = measured->result.records == 0;
      if (!ended[i]) rounds_[i].full += *measured;
    }
    next = 1 - next;
  }
  for (const Round& round : rounds_) {
    if (round.full.result.records == 0) {
      return fail(ErrorCode::kInvalidArgument, "the load is used up before anything is measured");
    }
  }
  return finish();
}

// Seconds at each load, so that all of them together find enough records.
double Duel::stretch() const {
  double per_second = 0;
  for (const std::uint32_t percent : plan_.load_percents) {
    per_second += rounds_[1].full.rate() * percent / 100;
  }
  const std::size_t warming = scene_.load->streams().size() * plan_.latency_batch_records;
  const std::size_t records = scene_.load->records();
  if (per_second <= 0 || records <= warming) return 0;
  return std::min(plan_.stretch_s, kUsable * static_cast<double>(records - warming) / per_second);
}

Result<void> Duel::run_loads() {
  if (auto ready = start(plan_.latency_batch_records); !ready) return ready;
  std::size_t next = plan_.second_first ? 1 : 0;
  const double stretch_s = stretch();
  for (const std::uint32_t percent : plan_.load_percents) {
    const double rate = rounds_[1].full.rate() * percent / 100;
    const auto records = static_cast<std::uint64_t>(std::ceil(rate * stretch_s));
    for (const std::size_t i : {next, 1 - next}) {
      auto measured = subjects_[i].measure({records, rate, plan_.seed});
      if (!measured) return std::unexpected(std::move(measured.error()));
      rounds_[i].loads.push_back(std::move(*measured));
    }
    next = 1 - next;
  }
  return finish();
}

}  // namespace

Result<std::pair<Round, Round>> run_duel(const Contender& first, const Contender& second,
                                         const Scene& scene, const DuelPlan& plan) {
  return Duel(first, second, scene, plan).run();
}

}  // namespace urna::bench
