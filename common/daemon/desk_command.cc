#include "common/daemon/desk_command.h"

#include <poll.h>
#include <unistd.h>

#include <iostream>

#include "common/csv/csv.h"
#include "common/daemon/journal_engine.h"
#include "common/service/version.h"

namespace urna::daemon {

namespace {

constexpr std::size_t kLineBytesMax = 16 * 1024;
// Commands given to the node in one go, at most.
constexpr std::size_t kTogetherMax = 1'024;
constexpr int kPollMs = 100;

// Lines of standard input; does not wait while a signal is pending.
class Lines {
 public:
  explicit Lines(service::ShutdownSignals& signals) : signals_(signals) {}

  // True when a whole line can be read without waiting.
  bool ready() {
    while (buffer_.find('\n') == std::string::npos && !ended_ && readable(0)) fill();
    return buffer_.find('\n') != std::string::npos || (ended_ && !buffer_.empty());
  }
  // The next line; nullopt at the end or after a signal. kTooLarge for a line beyond all measure.
  Result<std::optional<std::string>> next() {
    for (;;) {
      const std::size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      if (buffer_.size() > kLineBytesMax) {
        return fail(ErrorCode::kTooLarge, "a command of more than 16 KiB");
      }
      if (ended_) {
        if (buffer_.empty()) return std::nullopt;
        return std::exchange(buffer_, {});
      }
      if (signals_.wait_for(std::chrono::milliseconds(0))) return std::nullopt;
      if (readable(kPollMs)) fill();
    }
  }

 private:
  static bool readable(int wait_ms) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, wait_ms) > 0;
  }
  void fill() {
    char bytes[4'096];
    const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got > 0) {
      buffer_.append(bytes, static_cast<std::size_t>(got));
    } else {
      ended_ = true;
    }
  }

  service::ShutdownSignals& signals_;
  std::string buffer_;
  bool ended_ = false;
};

std::size_t print(const std::vector<DeskAnswer>& answers) {
  std::size_t refused = 0;
  for (const DeskAnswer& answer : answers) {
    // What has several lines ends with the one that says how it went.
    const std::size_t last = answer.text.rfind('\n');
    const std::size_t from = last == std::string::npos ? 0 : last + 1;
    std::cout << answer.text.substr(0, from) << (answer.ok ? "ok " : "refused ")
              << answer.text.substr(from) << "\n";
    refused += !answer.ok;
  }
  std::cout.flush();
  return refused;
}

}  // namespace

Result<std::size_t> run_desk(const Tier& tier, const NodeSettings& settings,
                             const Tier::OpenStore& open_store, const Tier::OpenStore& read_store,
                             const IdentitySettings& licence, service::ShutdownSignals& signals) {
  auto desk = Desk::open(tier, settings, open_store, read_store, licence);
  if (!desk) return std::unexpected(std::move(desk.error()));
  const bool person = isatty(STDIN_FILENO) != 0;
  if (person) std::cout << "\"help\" lists the commands, Ctrl-D ends.\n" << std::flush;
  Lines lines(signals);
  std::size_t refused = 0;
  std::size_t taken = 0;
  for (;;) {
    if (taken > 0 && (taken >= kTogetherMax || !lines.ready())) {
      auto answers = (*desk)->flush();
      if (!answers) return std::unexpected(std::move(answers.error()));
      refused += print(*answers);
      taken = 0;
    }
    auto line = lines.next();
    if (!line) return std::unexpected(std::move(line.error()));
    if (!*line) break;
    if ((**line).empty() || (**line).front() == '#') continue;
    // What happened since the last answer is looked at before a person's next command.
    if (taken == 0) {
      if (auto fresh = (*desk)->flush(); !fresh) return std::unexpected(std::move(fresh.error()));
    }
    (*desk)->take(**line);
    ++taken;
  }
  auto answers = (*desk)->flush();
  if (!answers) return std::unexpected(std::move(answers.error()));
  return refused + print(*answers);
}

Result<void> print_results(const Tier& tier, const NodeSettings& settings,
                           const Tier::OpenStore& read_store) {
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  auto store = read_store();
  if (!store) return std::unexpected(std::move(store.error()));
  trust::CertificateBook certificates(identity->anchors);
  auto engine = open_engine(tier, identity->node, **store, certificates);
  if (!engine) return std::unexpected(std::move(engine.error()));
  const node::Projection& projection = (*engine)->core().projection();
  std::cout << "contest,round,option,candidate,votes,outcome\n";
  for (const node::TerritorialPlace& place : projection.territorial().places()) {
    const v1::TerritorialProtocol* final_one = projection.territorial().final_at(place);
    if (place.kind != v1::TerritorialProtocol::KIND_FINAL || final_one == nullptr) continue;
    for (const auto& outcome : final_one->outcomes()) {
      const model::ContestRound contest{*model::ContestId::parse(outcome.contest()),
                                        place.place.contest.round};
      const model::Slice& slice = projection.tally()->slice(contest);
      const auto unit = projection.definition()->units().find(slice.area());
      const results::Totals* totals =
          projection.tally()->totals(results::Which::kConfirmed, contest, unit);
      std::uint64_t votes = 0;
      if (const auto cell = node::cell_of(slice, outcome); cell && totals != nullptr) {
        votes = totals->votes[*cell];
      }
      std::cout << csv::csv_line(
          {outcome.contest(), std::to_string(contest.round), outcome.option(),
           outcome.candidate() == 0 ? std::string() : std::to_string(outcome.candidate()),
           std::to_string(votes), outcome.outcome()});
    }
  }
  return {};
}

}  // namespace urna::daemon
