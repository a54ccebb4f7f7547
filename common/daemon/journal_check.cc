#include "common/daemon/journal_check.h"

#include <unordered_map>

#include "common/journal/verify.h"
#include "common/trust/certificate_book.h"
#include "common/trust/sha256.h"

namespace urna::daemon {

namespace {

constexpr std::size_t kReadRecords = 1'024;
constexpr std::size_t kReadBytes = 8 << 20;
// Certificates kept for the next entries; a country's are more than need be in memory twice.
constexpr std::size_t kCertificatesMax = 32'768;

// Certificates as the store holds them, verified from the anchors down.
class StoredCertificates final : public trust::CertificateSource {
 public:
  StoredCertificates(journal::Store& store, const trust::Anchors& anchors)
      : store_(store), anchors_(anchors) {}

  std::shared_ptr<const trust::CertificateBook::Verdict> find(const KeyId& key) const override {
    const auto known = verified_.find(key);
    if (known != verified_.end()) return known->second;
    const auto stored = store_.blob(Digest{key.bytes});
    if (!stored && !failure_) failure_ = stored.error();
    if (!stored || !*stored || trust::key_id_of(**stored) != key) return nullptr;
    if (verified_.size() >= kCertificatesMax) verified_.clear();
    return verified_
        .emplace(key,
                 std::make_shared<const trust::CertificateBook::Verdict>(anchors_.verify(**stored)))
        .first->second;
  }
  // What kept the store from answering; a certificate not found then says nothing of the journal.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  journal::Store& store_;
  const trust::Anchors& anchors_;
  mutable std::optional<Error> failure_;
  mutable std::unordered_map<KeyId, std::shared_ptr<const trust::CertificateBook::Verdict>>
      verified_;
};

}  // namespace

Result<void> verify_each_signature(journal::Store& store, const trust::Anchors& anchors,
                                   std::uint64_t size, const std::atomic<bool>& stop,
                                   const std::function<bool(const Error&)>& found) {
  const StoredCertificates certificates(store, anchors);
  for (std::uint64_t at = 0; at < size;) {
    if (stop) return fail(ErrorCode::kCancelled, "stopped");
    const auto entries = store.read_election(at, kReadRecords, kReadBytes);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return fail(ErrorCode::kCorrupt, "the election log ends early");
    for (const journal::StoredEntry& stored : *entries) {
      const trust::Opened record = trust::open_record(stored.entry.record, certificates);
      if (std::holds_alternative<trust::OpenedRecord>(record)) continue;
      if (certificates.failure()) return std::unexpected(*certificates.failure());
      const Error fault{ErrorCode::kCorrupt,
                        "entry " + std::to_string(stored.position) +
                            " of the election log is not signed as it must be"};
      if (!found(fault)) return {};
    }
    at = entries->back().position + 1;
  }
  return {};
}

Result<void> verify_signatures(journal::Store& store, const trust::Anchors& anchors,
                               std::uint64_t size, const std::atomic<bool>& stop) {
  std::optional<Error> first;
  auto verified = verify_each_signature(store, anchors, size, stop, [&](const Error& fault) {
    first = fault;
    return false;
  });
  if (!verified) return verified;
  if (first) return std::unexpected(std::move(*first));
  return {};
}

JournalCheck::JournalCheck(journal::Store& store, const trust::Anchors& anchors, std::uint64_t size,
                           std::function<void(const Error&)> found)
    : thread_([this, &store, &anchors, size, found = std::move(found)] {
        auto good = verify_signatures(store, anchors, size, stop_);
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
