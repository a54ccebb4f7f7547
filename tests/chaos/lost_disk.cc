#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/journal/sqlite_store.h"
#include "tests/chaos/scenarios.h"

namespace urna::chaos {

namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kPoll{20};
constexpr std::chrono::seconds kLoadPatience{60};
constexpr std::chrono::seconds kSendPatience{120};
constexpr std::chrono::seconds kWellPatience{120};
// Records from below that are in no backup, and that nobody above has yet.
constexpr std::uint64_t kLostMin = 3;
constexpr Milliseconds kReceiptsOut{300};  // from a commit until its receipts are with the senders
constexpr std::size_t kReadEntries = 1'000;
constexpr std::size_t kReadBytes = 16 << 20;
// As many of its precincts are asked for: each is a process.
constexpr std::size_t kPrecinctsMax = 300;

// Its precincts are processes with journals of their own, because they are who has what the node
// lost, and send it once more.
class LostDisk final : public Scenario {
 public:
  explicit LostDisk(const Extent& extent) : random_(extent.seed) {}

  Result<void> prepare(drill::Run& run) override {
    run_ = &run;
    std::map<std::string, std::vector<std::size_t>> precincts;  // by the node they send to
    for (std::size_t i = 0; i < run.data.precincts.size(); ++i) {
      precincts[run.setup.routes.at(run.data.precincts[i].teryt).front()].push_back(i);
    }
    precincts.erase(run.system.centre());
    // Of the one in the middle others want the precincts, to begin while it is away.
    if (precincts.size() > 1) precincts.erase(middle_of(run));
    if (precincts.empty()) {
      return fail(ErrorCode::kInvalidArgument, "no precinct sends to a territorial node");
    }
    const auto chosen = std::next(precincts.begin(), random_.below(precincts.size()));
    node_ = chosen->first;
    wanted_ = std::move(chosen->second);
    if (wanted_.size() > kPrecinctsMax) wanted_.resize(kPrecinctsMax);
    return {};
  }

  Wish wish(std::size_t precinct) const override {
    if (std::ranges::binary_search(wanted_, precinct)) return Wish::kWants;
    return is_process(precinct) ? Wish::kAvoids : Wish::kTakes;
  }

  bool is_process(std::size_t precinct) const override {
    return run_->setup.routes.at(run_->data.precincts[precinct].teryt).front() == node_;
  }

  Result<void> play(Stage& stage) override {
    // Precincts of other stretches keep nothing that could be sent once more.
    if (auto all = stage.wait_until_passed_on(kWellPatience); !all) return all;
    if (auto answers = wait_for_log(stage, 1); !answers) return answers;
    const std::uint64_t before = log_size();
    stage.reached(0.2);
    if (auto come = wait_for_log(stage, before + 1); !come) return come;
    if (auto copied = copy_journal(); !copied) return copied;
    stage.reached(0.45);
    if (auto come = wait_for_log(stage, backed_up_ + 1); !come) return come;
    // From here on what the node acknowledges goes no further.
    if (auto frozen = upstreams(&drill::System::freeze); !frozen) return frozen;
    auto lost = lose(stage);
    if (auto thawed = upstreams(&drill::System::thaw); !thawed) return thawed;
    if (!lost) return lost;
    stage.fault_over("disk lost, yesterday's backup restored");
    if (auto started = stage.start_again(node_); !started) return started;
    stage.reached(1);
    if (auto sent = stage.wait_until_sent(kSendPatience); !sent) return sent;
    return send_again(stage);
  }

 private:
  // Who has receipts for what was lost proves it, and sends it once more.
  Result<void> send_again(Stage& stage) {
    if (auto sent = stage.precincts().send_again(node_, kSendPatience); !sent) return sent;
    const auto log_id = text_of_log("log_id");
    if (!log_id) return std::unexpected(log_id.error());
    stage.note("records lost with the disk of " + node_, std::to_string(lost_));
    if (*log_id != log_id_) return {};
    return fail(ErrorCode::kInternal,
                node_ + " goes on under the log id of the receipts it does not remember");
  }

  fs::path data() const { return drill::files_of(run_->folder, node_).folder / "data"; }
  fs::path backup() const { return run_->folder / "backup.db"; }

  Result<void> upstreams(Result<void> (drill::System::*act)(const std::string&)) {
    for (const drill::ServerPlan& server : run_->setup.servers) {
      if (server.unit != node_) continue;
      for (const std::string& above : server.upstreams) {
        if (auto done = (run_->system.*act)(above); !done) return done;
      }
    }
    return {};
  }

  Result<std::string> text_of_log(const char* field) const {
    const auto status = run_->status_of(node_);
    if (!status) return fail(ErrorCode::kUnavailable, node_ + " does not tell its status");
    return (*status)["log"].value(field, std::string());
  }

  std::uint64_t log_size() const {
    const auto status = run_->status_of(node_);
    return status ? (*status)["log"].value("size", std::uint64_t{0}) : 0;
  }

  Result<void> wait_for_log(Stage& stage, std::uint64_t size) const {
    const auto deadline = std::chrono::steady_clock::now() + kLoadPatience;
    while (log_size() < size) {
      if (std::chrono::steady_clock::now() > deadline) {
        return fail(ErrorCode::kInternal, "nothing comes to " + node_ + " that could be lost");
      }
      if (auto go_on = stage.pause(kPoll, kPoll); !go_on) return go_on;
    }
    return {};
  }

  // What comes down from above shows nobody below that the node lost something.
  Result<void> wait_for_below(Stage& stage, std::uint64_t from) const {
    const auto deadline = std::chrono::steady_clock::now() + kLoadPatience;
    for (std::uint64_t come = 0; come < kLostMin;) {
      if (std::chrono::steady_clock::now() > deadline) {
        return fail(ErrorCode::kInternal, "nothing comes to " + node_ + " from below");
      }
      if (auto go_on = stage.pause(kPoll, kPoll); !go_on) return go_on;
      auto store = journal::SqliteStore::open_read_only(data() / "journal.db");
      if (!store) return std::unexpected(std::move(store.error()));
      const auto entries = (*store)->read_election(from, kReadEntries, kReadBytes);
      if (!entries) return std::unexpected(entries.error());
      for (const journal::StoredEntry& stored : *entries) come += is_from_below(stored.entry);
      from += entries->size();
    }
    return {};
  }

  bool is_from_below(const journal::ElectionEntry& entry) const {
    for (const drill::ServerPlan& server : run_->setup.servers) {
      if (server.unit != node_) continue;
      return entry.source != node_ &&
             std::ranges::find(server.upstreams, entry.source) == server.upstreams.end();
    }
    return false;
  }

  // With the program's own command, while its server writes.
  Result<void> copy_journal() {
    const drill::ServerFiles files = drill::files_of(run_->folder, node_);
    const auto copied =
        drill::run_program({run_->system.program_of(node_).string(), "backup", "--config",
                            files.config.string(), "--output", backup().string()},
                           files.log);
    if (!copied) return std::unexpected(copied.error());
    if (copied->status != 0) {
      return fail(ErrorCode::kInternal,
                  "the backup of " + node_ + " failed; see " + files.log.string());
    }
    auto store = journal::SqliteStore::open_read_only(backup());
    if (!store) return std::unexpected(std::move(store.error()));
    const auto size = (*store)->size(journal::LogKind::kElection);
    if (!size) return std::unexpected(size.error());
    backed_up_ = *size;
    return {};
  }

  // Lets the node acknowledge something that only its precincts have, and takes its disk away.
  Result<void> lose(Stage& stage) {
    const std::uint64_t before = log_size();
    stage.reached(0.95);
    if (auto come = wait_for_below(stage, before); !come) return come;
    if (auto go_on = stage.pause(kReceiptsOut, kReceiptsOut); !go_on) return go_on;
    const auto log_id = text_of_log("log_id");
    if (!log_id) return std::unexpected(log_id.error());
    log_id_ = *log_id;
    if (auto killed = run_->system.kill(node_); !killed) return killed;
    if (auto noted = note_lost(stage); !noted) return noted;
    std::error_code error;
    std::vector<fs::path> files;  // the folder itself may be a disk of its own
    for (const auto& entry : fs::directory_iterator(data(), error)) files.push_back(entry.path());
    for (const fs::path& file : files) {
      if (!error) fs::remove_all(file, error);
    }
    if (!error) fs::copy_file(backup(), data() / "journal.db", error);
    if (!error) return {};
    return fail(ErrorCode::kUnavailable,
                "restoring the journal of " + node_ + ": " + error.message());
  }

  // What the node had promised and was promised still holds.
  Result<void> note_lost(Stage& stage) {
    auto store = journal::SqliteStore::open_read_only(data() / "journal.db");
    if (!store) return std::unexpected(std::move(store.error()));
    const auto size = (*store)->size(journal::LogKind::kElection);
    if (!size) return std::unexpected(size.error());
    lost_ = *size - backed_up_;
    stage.promises().expect_new_log_id(node_);
    return stage.promises().collect(node_ + " before", **store, *size);
  }

  drill::SplitMix64 random_;
  drill::Run* run_ = nullptr;
  std::string node_;
  std::vector<std::size_t> wanted_;  // precincts, ascending
  std::string log_id_;               // before
  std::uint64_t backed_up_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> make_lost_disk(const Extent& extent) {
  return std::make_unique<LostDisk>(extent);
}

}  // namespace urna::chaos
