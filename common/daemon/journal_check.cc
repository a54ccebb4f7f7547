#include "common/daemon/journal_check.h"

#include <set>
#include <unordered_map>
#include <vector>

#include "common/journal/verify.h"
#include "common/trust/certificate_book.h"
#include "common/trust/sha256.h"

namespace urna::daemon {

namespace {

constexpr std::size_t kReadRecords = 1'024;
constexpr std::size_t kReadBytes = 8 << 20;
// Certificates kept for the next entries; a country's are more than need be in memory twice.
constexpr std::size_t kCertificatesMax = 32'768;

// Certificates as the store holds them, verified from the anchors down. Fetched by one thread,
// before many look.
class StoredCertificates final : public trust::CertificateSource {
 public:
  StoredCertificates(journal::Store& store, const trust::Anchors& anchors)
      : store_(store), anchors_(anchors) {}

  std::shared_ptr<const trust::CertificateBook::Verdict> find(const KeyId& key) const override {
    const auto known = verified_.find(key);
    return known == verified_.end() ? nullptr : known->second;
  }

  // Makes these known, as far as they are here. Errors are the store's; a certificate that cannot
  // be read is one that is not here.
  Result<void> fetch(const std::set<KeyId>& keys, const node::Parallel& parallel) {
    if (verified_.size() >= kCertificatesMax) verified_.clear();
    std::vector<KeyId> found;
    std::vector<Bytes> certificates;
    for (const KeyId& key : keys) {
      if (verified_.contains(key)) continue;
      auto stored = store_.blob(Digest{key.bytes});
      if (!stored) return std::unexpected(std::move(stored.error()));
      if (!*stored || trust::key_id_of(**stored) != key) continue;
      found.push_back(key);
      certificates.push_back(std::move(**stored));
    }
    std::vector<std::shared_ptr<const trust::CertificateBook::Verdict>> verdicts(found.size());
    parallel(found.size(), [&](std::size_t i) {
      verdicts[i] =
          std::make_shared<const trust::CertificateBook::Verdict>(anchors_.verify(certificates[i]));
    });
    for (std::size_t i = 0; i < found.size(); ++i) verified_.emplace(found[i], verdicts[i]);
    return {};
  }

 private:
  journal::Store& store_;
  const trust::Anchors& anchors_;
  std::unordered_map<KeyId, std::shared_ptr<const trust::CertificateBook::Verdict>> verified_;
};

// Which of these entries are signed as they must be, each at its place.
Result<std::vector<char>> verify_some(const std::vector<journal::StoredEntry>& entries,
                                      StoredCertificates& certificates,
                                      const node::Parallel& parallel) {
  std::vector<std::optional<trust::EnvelopeIds>> ids(entries.size());
  parallel(entries.size(),
           [&](std::size_t i) { ids[i] = trust::envelope_ids(entries[i].entry.record); });
  std::set<KeyId> keys;
  for (const auto& one : ids) {
    if (one) keys.insert(one->key);
  }
  if (auto fetched = certificates.fetch(keys, parallel); !fetched) {
    return std::unexpected(std::move(fetched.error()));
  }
  std::vector<char> good(entries.size(), 0);
  parallel(entries.size(), [&](std::size_t i) {
    const trust::Opened record = trust::open_record(entries[i].entry.record, certificates);
    good[i] = std::holds_alternative<trust::OpenedRecord>(record) ? 1 : 0;
  });
  return good;
}

}  // namespace

Result<void> verify_each_signature(journal::Store& store, const trust::Anchors& anchors,
                                   std::uint64_t size, const node::Parallel& parallel,
                                   const std::atomic<bool>& stop,
                                   const std::function<bool(const Error&)>& found) {
  StoredCertificates certificates(store, anchors);
  for (std::uint64_t at = 0; at < size;) {
    if (stop) return fail(ErrorCode::kCancelled, "stopped");
    const auto entries = store.read_election(at, kReadRecords, kReadBytes);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return fail(ErrorCode::kCorrupt, "the election log ends early");
    const auto good = verify_some(*entries, certificates, parallel);
    if (!good) return std::unexpected(good.error());
    for (std::size_t i = 0; i < entries->size(); ++i) {
      if ((*good)[i] != 0) continue;
      const Error fault{ErrorCode::kCorrupt,
                        "entry " + std::to_string((*entries)[i].position) +
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
  auto verified =
      verify_each_signature(store, anchors, size, node::run_in_turn, stop, [&](const Error& fault) {
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
