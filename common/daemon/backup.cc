#include "common/daemon/backup.h"

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <utility>

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

// A journal in a folder of its own beside its place, so that it can be looked at and renamed into
// it; removed when it was not.
class Candidate {
 public:
  static Result<Candidate> beside(const fs::path& place) {
    std::string folder = (place.parent_path() / ".urna-copy.XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
      const int error = errno;
      return fail(
          error == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
          "cannot write beside " + place.string() + ": " + std::generic_category().message(error));
    }
    return Candidate(folder);
  }
  Candidate(Candidate&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  Candidate& operator=(Candidate&&) = delete;
  ~Candidate() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  fs::path path() const { return folder_ / kJournalFile; }

  // What was written to it last is in the one file.
  Result<void> put_at(const fs::path& place) const {
    std::error_code error;
    if (fs::exists(path().string() + "-wal", error)) {
      return fail(ErrorCode::kUnavailable, "the copy could not be closed whole; try again");
    }
    fs::rename(path(), place, error);
    if (error) {
      return fail(ErrorCode::kUnavailable,
                  "cannot put " + place.string() + " in place: " + error.message());
    }
    return service::flush_folder(place.parent_path());
  }

 private:
  explicit Candidate(fs::path folder) : folder_(std::move(folder)) {}
  fs::path folder_;
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
  // A difference in figures is no reason to be without a journal: its records are sound.
  if (!report->journal_sound()) {
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
  const auto candidate = Candidate::beside(journal);
  if (!candidate) return std::unexpected(candidate.error());
  if (auto copied = journal::copy_journal(*order.from, candidate->path()); !copied) {
    return std::unexpected(std::move(copied.error()));
  }
  auto minted = check_and_mint(tier, identity, Tier::sqlite_stores(candidate->path()).open);
  if (!minted) return std::unexpected(std::move(minted.error()).within(order.from->string()));
  if (order.set_aside) {
    if (auto moved = move_aside(journal, *order.set_aside); !moved) {
      return std::unexpected(std::move(moved.error()));
    }
  }
  if (auto put = candidate->put_at(journal); !put) return std::unexpected(std::move(put.error()));
  return minted;
}

}  // namespace

Result<void> run_backup(const Tier& tier, const NodeSettings&, const Tier::Stores& stores,
                        const fs::path& output) {
  if (stores.file.empty()) return in_a_database(tier, "deploy/backup central");
  std::error_code error;
  if (fs::exists(output, error)) {
    return fail(ErrorCode::kAlreadyExists, output.string() + " is there already");
  }
  const auto candidate = Candidate::beside(output);
  if (!candidate) return std::unexpected(candidate.error());
  const auto records = copy_and_check(stores.file, candidate->path());
  if (!records) return std::unexpected(records.error());
  if (auto put = candidate->put_at(output); !put) return put;
  std::cout << *records << " records, " << fs::file_size(output, error) << " bytes in "
            << output.string() << "\n";
  return {};
}

Result<void> run_restore(const Tier& tier, const NodeSettings& settings, const Tier::Stores& stores,
                         const RestoreOrder& order) {
  if (order.from && stores.file.empty()) return in_a_database(tier, "deploy/restore central");
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
