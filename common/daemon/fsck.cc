#include "common/daemon/fsck.h"

#include <algorithm>
#include <iostream>

#include "common/daemon/fsck_receipts.h"
#include "common/daemon/journal_check.h"
#include "common/daemon/journal_engine.h"
#include "common/daemon/recount.h"
#include "common/daemon/terminal.h"
#include "common/journal/merkle.h"
#include "common/journal/verify.h"
#include "common/service/data_lock.h"
#include "common/service/version.h"

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
  Checking(const Tier& tier, const LoadedIdentity& identity, journal::Store& store)
      : tier_(tier),
        identity_(identity),
        store_(store),
        certificates_(identity.anchors),
        own_(identity.node.certificate->subject.unit.str()) {}

  Result<FsckReport> run() {
    using Step = Result<void> (Checking::*)();
    for (const Step step :
         {&Checking::pages, &Checking::parts, &Checking::operations, &Checking::receipts,
          &Checking::election, &Checking::signatures, &Checking::cursors, &Checking::effects}) {
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
    auto verified =
        verify_each_signature(store_, identity_.anchors, *size, never, [&](const Error& fault) {
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

  Result<void> effects() {
    FsckSection& section = begin("effects");
    if (skips(section)) return {};
    auto engine = open_engine(tier_, identity_.node, store_, certificates_);
    if (!engine) return std::unexpected(std::move(engine.error()));
    const node::Projection& projection = (*engine)->core().projection();
    for (const node::State state : node::kAllStates) {
      const std::uint64_t bodies = projection.bodies_in(state);
      if (bodies == 0) continue;
      section.checked += (section.checked.empty() ? "" : ", ") + std::to_string(bodies) + " " +
                         std::string(node::state_name(state));
    }
    if (section.checked.empty()) section.checked = "no protocols";
    FsckSection& tally = begin("tally");
    Recount again = recount(projection);
    tally.checked = std::to_string(again.protocols) + " protocols in " +
                    std::to_string(again.contests) + " contests added up again";
    if (again.not_compared > 0) {
      tally.checked +=
          "; " + std::to_string(again.not_compared) + " contests with an earlier ballot were not";
    }
    for (std::string& difference : again.differences) add_fault(tally, std::move(difference));
    return {};
  }

  static constexpr std::size_t kNoticesAtOnce = 4'096;

  const Tier& tier_;
  const LoadedIdentity& identity_;
  journal::Store& store_;
  trust::CertificateBook certificates_;
  const std::string own_;
  FsckReport report_;
  Result<std::vector<journal::Cursor>> cursors_;
  ReceiptsSeen seen_;
  bool election_sound_ = false;
};

void print(const FsckSection& section) {
  std::string line = section.name;
  line.resize(std::max<std::size_t>(line.size() + 1, 22), ' ');
  const char* verdict = section.skipped ? "" : section.faults_found == 0 ? ": sound" : ": DAMAGED";
  std::cout << line << printable(section.checked) << verdict << "\n";
  for (const std::string& fault : section.faults) std::cout << "  " << printable(fault) << "\n";
  if (section.faults_found > section.faults.size()) {
    std::cout << "  … and " << section.faults_found - section.faults.size() << " more\n";
  }
}

void print_next_steps(const Tier& tier, const FsckReport& report) {
  if (report.sound()) {
    std::cout << "every hash, signature and effect holds\n";
    return;
  }
  std::cout << "\nWhat to do:\n";
  if (report.rebuildable()) {
    std::cout << "  The records are all there; only what is made from them is wrong. Stop the\n"
                 "  server and run `"
              << tier.program
              << " fsck --rebuild` with the same configuration.\n"
                 "  Step by step: deploy/runbooks/damaged.md.\n";
    return;
  }
  std::cout << "  1. Stop the server. Do not edit, copy over or delete this journal.\n"
               "  2. `"
            << tier.program
            << " salvage --output FILE` saves every record that still verifies.\n"
               "  3. Restore a backup (`"
            << tier.program
            << " restore`), or begin with an empty data folder;\n"
               "     then `import` the saved file. Peers send what is missing.\n"
               "  Step by step: deploy/runbooks/damaged.md; docs/operator.md says more.\n";
}

Result<FsckReport> check_and_print(const Tier& tier, const LoadedIdentity& identity,
                                   const Tier::OpenStore& read) {
  auto store = read();
  if (!store) return std::unexpected(std::move(store.error()));
  auto report = check_journal(tier, identity, **store);
  if (!report) return report;
  const trust::Subject& self = identity.node.certificate->subject;
  std::cout << "journal of " << self.unit.str() << ", election " << self.election.str() << "\n";
  for (const FsckSection& section : report->sections) print(section);
  std::cout << std::flush;
  return report;
}

}  // namespace

std::uint64_t FsckReport::faults_found() const {
  std::uint64_t all = 0;
  for (const FsckSection& section : sections) all += section.faults_found;
  return all;
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
                                 journal::Store& store) {
  return Checking(tier, identity, store).run();
}

Result<bool> run_fsck(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                      bool rebuild) {
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  std::optional<service::DataLock> lock;
  if (rebuild) {
    auto taken = service::DataLock::take(settings.data);
    if (!taken) return std::unexpected(std::move(taken.error()));
    lock.emplace(std::move(*taken));
  }
  auto report = check_and_print(tier, *identity, stores.damaged);
  if (!report) return std::unexpected(std::move(report.error()));
  if (rebuild && report->rebuildable()) {
    std::cout << "\nbuilding tiles and indexes anew …\n\n" << std::flush;
    if (auto built = stores.rebuild(); !built) return std::unexpected(std::move(built.error()));
    report = check_and_print(tier, *identity, stores.damaged);
    if (!report) return std::unexpected(std::move(report.error()));
  }
  print_next_steps(tier, *report);
  if (report->sound()) return true;
  std::cout << std::flush;
  complain(tier.program, "the journal is damaged, " + std::to_string(report->faults_found()) +
                             " faults: " + report->first_fault());
  return false;
}

}  // namespace urna::daemon
