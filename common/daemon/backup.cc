#include "common/daemon/backup.h"

#include <iostream>

#include "common/base/clock.h"
#include "common/daemon/fsck.h"
#include "common/daemon/journal_engine.h"
#include "common/journal/sqlite_upkeep.h"
#include "common/journal/verify.h"
#include "common/service/data_lock.h"
#include "common/service/files.h"
#include "common/service/version.h"

namespace urna::daemon {

namespace {

namespace fs = std::filesystem;

constexpr const char* kBesides[] = {"-wal", "-shm", "-journal", ".lock"};

void remove_with_besides(const fs::path& journal) {
  std::error_code ignored;
  fs::remove(journal, ignored);
  for (const char* suffix : kBesides) fs::remove(journal.string() + suffix, ignored);
}

// A journal beside its place, until it may go there; removed when it does not.
class Candidate {
 public:
  explicit Candidate(fs::path path) : path_(std::move(path)) { remove_with_besides(path_); }
  ~Candidate() { remove_with_besides(path_); }
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

std::unexpected<Error> in_a_database(const Tier& tier, const char* script) {
  return fail(ErrorCode::kInvalidArgument,
              "the journal of " + tier.program + " is in a database: use " + script);
}

// Hashes of both logs and of the parts: what a start checks and what it leaves for later.
Result<std::uint64_t> check_hashes(journal::Store& store) {
  for (const journal::LogKind log : {journal::LogKind::kElection, journal::LogKind::kOperations}) {
    if (auto sound = journal::verify_log(store, log); !sound) {
      return std::unexpected(std::move(sound.error()));
    }
  }
  if (auto sound = journal::verify_parts(store); !sound) {
    return std::unexpected(std::move(sound.error()));
  }
  return store.size(journal::LogKind::kElection);
}

Result<std::uint64_t> copy_and_check(const fs::path& journal, const fs::path& copy) {
  if (auto copied = journal::copy_journal(journal, copy); !copied) {
    return std::unexpected(std::move(copied.error()));
  }
  auto store = Tier::sqlite_stores(copy).open();
  if (!store) return std::unexpected(std::move(store.error()));
  return check_hashes(**store);
}

// Everything `fsck` looks at, then a new id. The lock of the data folder is held.
Result<std::string> check_and_mint(const Tier& tier, const LoadedIdentity& identity,
                                   const Tier::OpenStore& open) {
  auto store = open();
  if (!store) return std::unexpected(std::move(store.error()));
  const auto report = check_journal(tier, identity, **store);
  if (!report) return std::unexpected(report.error());
  if (!report->sound()) {
    return fail(ErrorCode::kCorrupt, "it is damaged, or another node's: " + report->first_fault());
  }
  trust::CertificateBook certificates(identity.anchors);
  auto engine = open_engine(tier, identity.node, **store, certificates);
  if (!engine) return std::unexpected(std::move(engine.error()));
  const node::Engine::Output output = (*engine)->restored_copy(wall_clock_ms());
  if (output.failure) return std::unexpected(*output.failure);
  const node::Core& core = (*engine)->core();
  return std::to_string(core.size()) + " records, the log goes on as " + core.log_id().hex();
}

// Moves a journal with what SQLite keeps beside it. One part at a time: a restore that was
// interrupted takes it up where it stopped.
Result<void> move_aside(const fs::path& journal, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (const char* suffix : {"-wal", "-journal", ""}) {
    const fs::path from = journal.string() + suffix;
    const fs::path to = folder / from.filename();
    if (!fs::exists(from, error)) continue;
    if (fs::exists(to, error)) {
      return fail(ErrorCode::kAlreadyExists, to.string() + " is there already");
    }
    fs::rename(from, to, error);
    if (error) {
      return fail(ErrorCode::kUnavailable, "cannot move " + from.string() + " to " +
                                               folder.string() + ": " + error.message());
    }
  }
  fs::remove(journal.string() + "-shm", error);
  return service::flush_folder(folder);
}

bool anything_at(const fs::path& journal) {
  std::error_code ignored;
  return fs::exists(journal, ignored) || fs::exists(journal.string() + "-wal", ignored);
}

Result<std::string> restore_file(const Tier& tier, const LoadedIdentity& identity,
                                 const fs::path& journal, const RestoreOrder& order) {
  if (anything_at(journal) && !order.set_aside) {
    return fail(ErrorCode::kAlreadyExists,
                "there is a journal at " + journal.string() +
                    "; say with --set-aside FOLDER where it is to be kept");
  }
  const Candidate candidate(journal.string() + ".restoring");
  if (auto copied = journal::copy_journal(*order.from, candidate.path()); !copied) {
    return std::unexpected(std::move(copied.error()));
  }
  auto minted = check_and_mint(tier, identity, Tier::sqlite_stores(candidate.path()).open);
  if (!minted) return std::unexpected(std::move(minted.error()).within(order.from->string()));
  std::error_code error;
  if (fs::exists(candidate.path().string() + "-wal", error)) {
    return fail(ErrorCode::kUnavailable, "the copy could not be closed whole; try again");
  }
  if (order.set_aside) {
    if (auto moved = move_aside(journal, *order.set_aside); !moved) {
      return std::unexpected(std::move(moved.error()));
    }
  }
  fs::rename(candidate.path(), journal, error);
  if (error) {
    return fail(ErrorCode::kUnavailable,
                "cannot put " + journal.string() + " in place: " + error.message());
  }
  auto flushed = service::flush_folder(journal.parent_path());
  if (!flushed) return std::unexpected(std::move(flushed.error()));
  return minted;
}

}  // namespace

Result<void> run_backup(const Tier& tier, const NodeSettings&, const Tier::Stores& stores,
                        const fs::path& output) {
  if (stores.file.empty()) return in_a_database(tier, "deploy/backup");
  std::error_code error;
  if (fs::exists(output, error)) {
    return fail(ErrorCode::kAlreadyExists, output.string() + " is there already");
  }
  const Candidate candidate(output.string() + ".partial");
  const auto records = copy_and_check(stores.file, candidate.path());
  if (!records) return std::unexpected(records.error());
  if (fs::exists(candidate.path().string() + "-wal", error)) {
    return fail(ErrorCode::kUnavailable, "the copy could not be closed whole; try again");
  }
  fs::rename(candidate.path(), output, error);
  if (error) {
    return fail(ErrorCode::kUnavailable,
                "cannot write " + output.string() + ": " + error.message());
  }
  if (auto flushed = service::flush_folder(output.parent_path()); !flushed) return flushed;
  std::cout << *records << " records, " << fs::file_size(output, error) << " bytes in "
            << output.string() << "\n";
  return {};
}

Result<void> run_restore(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                         const RestoreOrder& order) {
  if (order.from && stores.file.empty()) return in_a_database(tier, "deploy/restore");
  const auto lock = service::DataLock::take(settings.data);
  if (!lock) return std::unexpected(lock.error());
  auto identity = load_identity(settings.identity, service::software_name(tier.program));
  if (!identity) return std::unexpected(std::move(identity.error()));
  auto done = order.from ? restore_file(tier, *identity, stores.file, order)
                         : check_and_mint(tier, *identity, stores.open);
  if (!done) return std::unexpected(std::move(done.error()));
  std::cout << "restored: " << *done << "\n"
            << "Peers send what it lacks once the server runs.\n";
  return {};
}

}  // namespace urna::daemon
