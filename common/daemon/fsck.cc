#include "common/daemon/fsck.h"

#include <algorithm>

#include "common/daemon/fsck_receipts.h"
#include "common/daemon/journal_check.h"
#include "common/daemon/journal_engine.h"
#include "common/daemon/recount_compare.h"
#include "common/daemon/status_figures.h"
#include "common/journal/merkle.h"
#include "common/journal/verify.h"

namespace urna::daemon {

namespace {

// Faults shown of one section; all are counted.
constexpr std::size_t kFaultsShownMax = 20;
// Faults of a log after which the rest is not read: whoever has so many needs a backup.
constexpr std::size_t kLogFaultsMax = 100'000;

void add_fault(FsckSection& section, std::string fault) {
  ++section.faults_found;
  if (section.faults.size() < kFaultsShownMax) section.faults.push_back(std::move(fault));
}

// Looks at one journal, section by section. An error of the store ends it unless it is kCorrupt,
// which is a fault of the section.
class Checking {
 public:
  Checking(const Tier& tier, const LoadedIdentity& identity, journal::Store& store,
           const FsckOptions& options)
      : tier_(tier),
        identity_(identity),
        store_(store),
        options_(options),
        certificates_(identity.anchors),
        own_(identity.node.certificate->subject.unit.str()) {}

  Result<FsckReport> run() {
    using Step = Result<void> (Checking::*)();
    for (const Step step :
         {&Checking::pages, &Checking::parts, &Checking::operations, &Checking::receipts,
          &Checking::election, &Checking::signatures, &Checking::cursors, &Checking::figures}) {
      auto done = (this->*step)();
      if (done) continue;
      if (done.error().code != ErrorCode::kCorrupt) return std::unexpected(std::move(done.error()));
      add_fault(report_.sections.back(), std::move(done.error().message));
    }
    return std::move(report_);
  }

 private:
  FsckSection& begin(std::string name) { return report_.sections.emplace_back(std::move(name)); }

  // What rests on sound entries is not looked at without them.
  bool skips(FsckSection& section) const {
    section.skipped = !election_sound_;
    if (section.skipped) section.checked = "not looked at: the election log is damaged";
    return section.skipped;
  }

  Result<void> pages() {
    FsckSection& section = begin("pages and indexes");
    auto faults = store_.storage_faults(kFaultsShownMax);
    if (!faults) return std::unexpected(std::move(faults.error()));
    section.checked = tier_.is_centre ? "left to PostgreSQL" : "as SQLite sees them";
    section.rebuildable = std::ranges::all_of(
        *faults, [](const std::string& fault) { return fault.find("index") != fault.npos; });
    for (std::string& fault : *faults) add_fault(section, std::move(fault));
    return {};
  }

  Result<void> parts() {
    FsckSection& section = begin("definition parts");
    const auto count = journal::verify_parts(store_);
    if (!count) return std::unexpected(count.error());
    section.checked = std::to_string(*count);
    return {};
  }

  Result<void> log(FsckSection& section, journal::LogKind kind,
                   std::vector<journal::KnownRoot> known, journal::LogAudit& audit) {
    auto audited = journal::audit_log(store_, kind, kLogFaultsMax, std::move(known));
    if (!audited) return std::unexpected(std::move(audited.error()));
    audit = std::move(*audited);
    section.checked = std::to_string(audit.size) + " entries";
    section.rebuildable = true;
    for (const journal::LogFault& fault : audit.faults) {
      add_fault(section, "position " + std::to_string(fault.position) + ": " + fault.what);
      section.rebuildable = section.rebuildable && fault.rebuildable;
    }
    if (audit.faults.empty()) {
      section.checked += ", root " + to_hex(journal::hash_view(audit.root));
    }
    return {};
  }

  Result<void> operations() {
    journal::LogAudit audit;
    return log(begin("operations log"), journal::LogKind::kOperations, {}, audit);
  }

  Result<void> receipts() {
    FsckSection& section = begin("receipts");
    // Before the receipts: beside a running server these are then never behind the cursors.
    cursors_ = store_.cursors();
    auto seen = read_receipts(store_, own_, certificates_);
    if (!seen) return std::unexpected(std::move(seen.error()));
    seen_ = std::move(*seen);
    section.checked =
        std::to_string(seen_.given) + " given, " + std::to_string(seen_.received) + " received";
    for (std::string& fault : seen_.faults) add_fault(section, std::move(fault));
    return {};
  }

  Result<void> election() {
    const std::size_t known = seen_.roots.size();
    FsckSection& section = begin("election log");
    election_sound_ = false;
    journal::LogAudit audit;
    if (auto done = log(section, journal::LogKind::kElection, std::move(seen_.roots), audit);
        !done) {
      return done;
    }
    election_sound_ = section.faults_found == 0 || section.rebuildable;
    FsckSection& roots = begin("roots signed for");
    if (skips(roots)) return {};
    roots.checked = std::to_string(known);
    for (const journal::KnownRoot& root : audit.contradicted) {
      add_fault(roots, root.holder + ": not the root of the first " + std::to_string(root.size) +
                           " entries here");
    }
    for (std::string& beyond : seen_.acknowledged_beyond) add_fault(roots, std::move(beyond));
    return {};
  }

  Result<void> signatures() {
    FsckSection& section = begin("signatures");
    if (skips(section)) return {};
    const auto size = store_.size(journal::LogKind::kElection);
    if (!size) return std::unexpected(size.error());
    const std::atomic<bool> never = false;
    auto verified = verify_each_signature(store_, identity_.anchors, *size, options_.parallel,
                                          never, [&](const Error& fault) {
                                            add_fault(section, fault.message);
                                            return true;
                                          });
    section.checked = std::to_string(*size);
    return verified;
  }

  Result<void> cursors() {
    FsckSection& section = begin("cursors and notices");
    const auto log_id = store_.log_id();
    if (!log_id) return std::unexpected(log_id.error());
    const auto size = store_.size(journal::LogKind::kElection);
    if (!size) return std::unexpected(size.error());
    if (!cursors_) return std::unexpected(cursors_.error());
    for (const journal::Cursor& cursor : *cursors_) check(cursor, *log_id, *size, section);
    std::uint64_t notices = 0;
    for (;;) {
      const auto some = store_.read_notices(notices, kNoticesAtOnce);
      if (!some) return std::unexpected(some.error());
      if (some->empty()) break;
      for (const auto& [number, notice] : *some) {
        if (number != notices++) {
          add_fault(section, "notice " + std::to_string(notices - 1) + " is missing");
          notices = number + 1;
        }
        const auto found = store_.find(notice.id);
        if (!found) return std::unexpected(found.error());
        if (!*found)
          add_fault(section, "notice " + std::to_string(number) + " is of no record here");
      }
    }
    section.checked =
        std::to_string(cursors_->size()) + " cursors, " + std::to_string(notices) + " notices";
    return {};
  }

  void check(const journal::Cursor& cursor, const LogId& log_id, std::uint64_t size,
             FsckSection& section) const {
    using Kind = journal::Cursor::Kind;
    const bool of_own_log = cursor.kind == Kind::kUpstream || cursor.kind == Kind::kRefill;
    const std::string name =
        "cursor of " + cursor.peer + ", kind " + std::to_string(static_cast<int>(cursor.kind));
    if (of_own_log && cursor.log_id == log_id.view() && cursor.position > size) {
      add_fault(section, name + ": position " + std::to_string(cursor.position) +
                             " lies beyond the log's " + std::to_string(size) + " entries");
    }
    if (cursor.kind == Kind::kUpstream && cursor.size > 0 &&
        !seen_.checkpoints.contains({cursor.peer, cursor.size, cursor.root})) {
      add_fault(section, name + ": no receipt bears out its checkpoint of " +
                             std::to_string(cursor.size) + " entries");
    }
  }

  // Effects and tallies as the node has them, as they come out when worked out again, and as a
  // server shows them.
  Result<void> figures() {
    FsckSection& section = begin("effects");
    if (skips(section)) return {};
    // First of all: the log only grows, so all that the server counted is there to be read.
    const Shown shown = ask_server();
    auto engine = open_engine(tier_, identity_.node, store_, certificates_);
    if (!engine) return std::unexpected(std::move(engine.error()));
    const node::Core& core = (*engine)->core();
    for (const node::State state : node::kAllStates) {
      const std::uint64_t bodies = core.projection().bodies_in(state);
      if (bodies == 0) continue;
      section.checked += (section.checked.empty() ? "" : ", ") + std::to_string(bodies) + " " +
                         std::string(node::state_name(state));
    }
    if (section.checked.empty()) section.checked = "no protocols";
    Recount recount;
    FsckSection beside;
    beside.name = "running server";
    beside.of_figures = true;
    if (shown.figures && shown.figures->log_size <= core.size()) {
      if (auto read = recount.read(store_, shown.figures->log_size); !read) return read;
      if (auto done = compare_with(*shown.figures, recount, beside); !done) return done;
    } else if (shown.figures) {
      beside.checked = std::to_string(shown.figures->log_size) + " entries";
      add_fault(beside, "the server says its log has " + beside.checked + ", and here are " +
                            std::to_string(core.size()));
    } else {
      beside.checked = shown.why_not;
      beside.skipped = true;
    }
    if (auto read = recount.read(store_, core.size()); !read) return read;
    Comparison found = compare(Recounted(recount), core.projection());
    section.checked += ", each worked out again";
    section.of_figures = true;
    for (std::string& difference : found.effects) add_fault(section, std::move(difference));
    FsckSection& tally = begin("tally");
    tally.checked = std::to_string(found.protocols) + " protocols in " +
                    std::to_string(found.contests) + " contests added up again";
    tally.of_figures = true;
    for (std::string& difference : found.tally) add_fault(tally, std::move(difference));
    if (options_.ask_status) report_.sections.push_back(std::move(beside));
    return {};
  }

  // What the server beside the journal shows, or why that is not known.
  struct Shown {
    std::optional<ServerFigures> figures;
    std::string why_not;
  };
  Shown ask_server() const {
    const auto not_compared = [](const std::string& why) {
      return Shown{std::nullopt, "not compared: " + why};
    };
    if (!options_.ask_status) return {};
    const auto text = options_.ask_status();
    if (!text) return not_compared(text.error().message);
    auto figures = figures_of_status(*text);
    if (!figures) return not_compared("its status does not hold the figures");
    const trust::Subject& self = identity_.node.certificate->subject;
    if (figures->election != self.election.str() || figures->unit != own_) {
      return not_compared("the server of " + figures->unit + ", election " + figures->election +
                          ", answers there");
    }
    if (figures->counted != figures->log_size) {
      return not_compared("it has loaded " + std::to_string(figures->counted) + " of " +
                          std::to_string(figures->log_size) + " entries so far");
    }
    return {std::move(figures), ""};
  }

  // `recount` has read as many entries as the server counts.
  Result<void> compare_with(const ServerFigures& shown, const Recount& recount,
                            FsckSection& section) {
    section.checked = "its figures over " + std::to_string(shown.log_size) + " entries";
    const auto root = journal::root_at(store_, journal::LogKind::kElection, shown.log_size);
    if (!root) return std::unexpected(root.error());
    if (shown.root != to_hex(journal::hash_view(*root))) {
      add_fault(section, "the root of its log is not the root of as many entries here");
    }
    for (std::string& difference : compare(Recounted(recount), shown)) {
      add_fault(section, std::move(difference));
    }
    return {};
  }

  static constexpr std::size_t kNoticesAtOnce = 4'096;

  const Tier& tier_;
  const LoadedIdentity& identity_;
  journal::Store& store_;
  const FsckOptions& options_;
  trust::CertificateBook certificates_;
  const std::string own_;
  FsckReport report_;
  Result<std::vector<journal::Cursor>> cursors_;
  ReceiptsSeen seen_;
  bool election_sound_ = false;
};

}  // namespace

std::uint64_t FsckReport::faults_found() const {
  std::uint64_t all = 0;
  for (const FsckSection& section : sections) all += section.faults_found;
  return all;
}

bool FsckReport::journal_sound() const {
  return std::ranges::all_of(sections, [](const FsckSection& section) {
    return section.faults_found == 0 || section.of_figures;
  });
}

bool FsckReport::rebuildable() const {
  return !sound() && std::ranges::all_of(sections, [](const FsckSection& section) {
    return section.faults_found == 0 || section.rebuildable;
  });
}

std::string FsckReport::first_fault() const {
  // The log names a position, pages do not: it is told first.
  for (const bool pages : {false, true}) {
    for (const FsckSection& section : sections) {
      if (section.faults.empty() || (section.name == "pages and indexes") != pages) continue;
      return section.name + ", " + section.faults.front();
    }
  }
  return "";
}

Result<FsckReport> check_journal(const Tier& tier, const LoadedIdentity& identity,
                                 journal::Store& store, const FsckOptions& options) {
  return Checking(tier, identity, store, options).run();
}

}  // namespace urna::daemon
