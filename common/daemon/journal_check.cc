#include "common/daemon/journal_check.h"

#include "common/journal/verify.h"

namespace urna::daemon {

namespace {

constexpr std::size_t kReadRecords = 1'024;
constexpr std::size_t kReadBytes = 8 << 20;

}  // namespace

Result<void> verify_signatures(journal::Store& store, const trust::CertificateSource& certificates,
                               std::uint64_t size, const std::atomic<bool>& stop) {
  for (std::uint64_t at = 0; at < size;) {
    if (stop) return fail(ErrorCode::kCancelled, "stopped");
    const auto entries = store.read_election(at, kReadRecords, kReadBytes);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return fail(ErrorCode::kCorrupt, "the election log ends early");
    for (const journal::StoredEntry& stored : *entries) {
      const trust::Opened record = trust::open_record(stored.entry.record, certificates);
      if (std::holds_alternative<trust::OpenedRecord>(record)) continue;
      return fail(ErrorCode::kCorrupt, "entry " + std::to_string(stored.position) +
                                           " of the election log is not signed as it must be");
    }
    at += entries->size();
  }
  return {};
}

JournalCheck::JournalCheck(journal::Store& store, const trust::CertificateSource& certificates,
                           std::uint64_t size, std::function<void(const Error&)> found)
    : thread_([this, &store, &certificates, size, found = std::move(found)] {
        auto good = verify_signatures(store, certificates, size, stop_);
        if (good && !stop_) good = journal::verify_log(store, journal::LogKind::kElection);
        // A store that is away is told by the node itself.
        if (good || good.error().code != ErrorCode::kCorrupt) return;
        {
          const std::lock_guard lock(mutex_);
          fault_ = good.error();
        }
        found(good.error());
      }) {}

JournalCheck::~JournalCheck() {
  stop_ = true;
  thread_.join();
}

std::optional<Error> JournalCheck::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

}  // namespace urna::daemon
