#include "common/daemon/fsck_receipts.h"

#include <algorithm>

#include "common/node/seal.h"
#include "urna/v1/operations.pb.h"

namespace urna::daemon {
namespace {

constexpr std::size_t kReadRows = 512;
// Entries that cannot be read, one after another, before the rest is given up.
constexpr std::uint64_t kMissesMax = 65'536;

class Reading {
 public:
  Reading(const LogId& log_id, std::uint64_t size, std::string own,
          trust::CertificateBook& certificates)
      : log_id_(log_id), size_(size), own_(std::move(own)), certificates_(certificates) {}

  void take(const journal::StoredOperations& stored) {
    where_ = "operations log, position " + std::to_string(stored.position);
    v1::OperationsEntry entry;
    if (!entry.ParseFromString(stored.row.entry)) {
      seen_.faults.push_back(where_ + ": the entry does not decode");
    } else if (entry.has_receipt_given()) {
      given(entry.receipt_given().signed_receipt());
    } else if (entry.has_receipt_received()) {
      received(entry.receipt_received().signed_receipt());
    }
  }
  ReceiptsSeen finish() { return std::move(seen_); }

 private:
  void given(const std::string& bytes) {
    const auto receipt = open(bytes, own_);
    if (!receipt) return;
    ++seen_.given;
    if (receipt->log().log_id() != log_id_.view()) return;
    add_root(receipt->log(), "receipt given to " + receipt->sender());
    for (const v1::Outcome& outcome : receipt->outcomes()) {
      const std::uint64_t at =
          outcome.has_admitted_at() ? outcome.admitted_at() : outcome.duplicate_of();
      if ((outcome.has_admitted_at() || outcome.has_duplicate_of()) && at >= size_) {
        seen_.acknowledged_beyond.push_back("entry " + std::to_string(at) + ", acknowledged to " +
                                            receipt->sender() + " (" + where_ + "), is not here");
      }
    }
  }

  void received(const std::string& bytes) {
    const auto receipt = open(bytes, {});
    if (!receipt) return;
    ++seen_.received;
    seen_.checkpoints.emplace(receipt->receiver(), receipt->log().size(), receipt->log().root());
    if (receipt->sender() != own_) {
      seen_.faults.push_back(where_ + ": a receipt for " + receipt->sender() +
                             " in the journal of " + own_);
    }
    if (receipt->sender_log().log_id() == log_id_.view()) {
      add_root(receipt->sender_log(), "remembered by " + receipt->receiver());
    }
  }

  // `signer` empty: whoever the receipt names.
  std::optional<v1::Receipt> open(const std::string& bytes, std::string signer) {
    v1::SignedReceipt sealed;
    v1::Receipt named;
    if (!sealed.ParseFromString(bytes) || !named.ParseFromString(sealed.payload())) {
      seen_.faults.push_back(where_ + ": the receipt does not decode");
      return std::nullopt;
    }
    if (signer.empty()) signer = named.receiver();
    auto receipt = node::open_receipt(sealed, signer, certificates_);
    if (receipt) return std::move(*receipt);
    seen_.faults.push_back(where_ + ": a receipt of " + named.receiver() + ": " +
                           receipt.error().message);
    return std::nullopt;
  }

  void add_root(const v1::Checkpoint& checkpoint, std::string holder) {
    journal::KnownRoot root;
    if (checkpoint.size() == 0 || checkpoint.root().size() != root.root.size()) return;
    root.size = checkpoint.size();
    std::ranges::copy(checkpoint.root(), reinterpret_cast<char*>(root.root.data()));
    root.holder = std::move(holder) + " (" + where_ + ")";
    seen_.roots.push_back(std::move(root));
  }

  const LogId log_id_;
  const std::uint64_t size_;
  const std::string own_;
  trust::CertificateBook& certificates_;
  std::string where_;
  ReceiptsSeen seen_;
};

}  // namespace

Result<ReceiptsSeen> read_receipts(journal::Store& store, const std::string& own,
                                   trust::CertificateBook& certificates) {
  const auto log_id = store.log_id();
  if (!log_id) return std::unexpected(log_id.error());
  // First the operations: beside a running server no receipt is then ahead of the log.
  const auto operations = store.size(journal::LogKind::kOperations);
  if (!operations) return std::unexpected(operations.error());
  const auto size = store.size(journal::LogKind::kElection);
  if (!size) return std::unexpected(size.error());
  Reading reading(*log_id, *size, own, certificates);
  std::size_t rows_max = kReadRows;
  std::uint64_t misses = 0;
  for (std::uint64_t at = 0; at < *operations && misses < kMissesMax;) {
    const auto rows = store.read_operations(at, rows_max);
    if (!rows && rows.error().code != ErrorCode::kCorrupt) return std::unexpected(rows.error());
    if (!rows) {
      // Past an entry that cannot be read, one by one.
      if (rows_max == 1) ++at, ++misses;
      rows_max = 1;
      continue;
    }
    if (rows->empty()) break;
    misses = 0;
    for (const journal::StoredOperations& stored : *rows) reading.take(stored);
    at = rows->back().position + 1;
  }
  return reading.finish();
}

}  // namespace urna::daemon
