#include "tests/chaos/promises.h"

#include <algorithm>
#include <cstring>

#include "urna/v1/operations.pb.h"
#include "urna/v1/transfer.pb.h"

namespace urna::chaos {

namespace {

constexpr std::size_t kRead = 1'024;

Result<std::vector<RecordId>> ids_of(journal::Store& journal, std::uint64_t end) {
  std::vector<RecordId> ids;
  while (ids.size() < end) {
    const auto heads = journal.read_heads(ids.size(), kRead);
    if (!heads) return std::unexpected(heads.error());
    if (heads->empty()) break;
    for (const journal::StoredHead& head : *heads) {
      if (ids.size() < end) ids.push_back(head.id);
    }
  }
  return ids;
}

std::string bytes_of(const LogId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::string bytes_of(const journal::LeafHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The position an outcome tells of in the receiver's log; 0 is told as 1, so that 0 is none.
std::uint64_t end_told(const v1::Outcome& outcome) {
  if (outcome.has_admitted_at()) return outcome.admitted_at() + 1;
  if (outcome.has_duplicate_of()) return outcome.duplicate_of() + 1;
  return 0;
}

}  // namespace

Result<void> Promises::take_receipt(const std::string& signed_receipt) {
  v1::SignedReceipt sealed;
  v1::Receipt receipt;
  if (!sealed.ParseFromString(signed_receipt) || !receipt.ParseFromString(sealed.payload())) {
    return fail(ErrorCode::kMalformed, "a receipt does not decode");
  }
  ++receipts_;
  Claims& claims = claims_[receipt.receiver()][receipt.log().log_id()];
  ++claims.receipts;
  claims.roots[receipt.log().size()].insert(receipt.log().root());
  for (const v1::Outcome& outcome : receipt.outcomes()) {
    claims.positions_end = std::max(claims.positions_end, end_told(outcome));
  }
  return {};
}

Result<void> Promises::collect(const std::string& sender, journal::Store& journal,
                               std::uint64_t settled) {
  const auto ids = ids_of(journal, settled);
  if (!ids) return std::unexpected(ids.error());
  const std::lock_guard lock(mutex_);
  senders_.insert(sender);
  for (const RecordId& id : *ids) records_.try_emplace(id, sender);
  for (std::uint64_t at = 0;;) {
    const auto rows = journal.read_operations(at, kRead);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return {};
    at += rows->size();
    for (const journal::StoredOperations& stored : *rows) {
      v1::OperationsEntry entry;
      if (!entry.ParseFromString(stored.row.entry)) {
        return fail(ErrorCode::kMalformed, "operations entry " + std::to_string(stored.position) +
                                               " of " + sender + " does not decode");
      }
      if (!entry.has_receipt_received()) continue;
      if (auto taken = take_receipt(entry.receipt_received().signed_receipt()); !taken) {
        return std::unexpected(std::move(taken.error()).within(sender));
      }
    }
  }
}

void Promises::expect_new_log_id(const std::string& unit) {
  const std::lock_guard lock(mutex_);
  restored_.insert(unit);
}

Promises::Figures Promises::figures() const {
  const std::lock_guard lock(mutex_);
  return {senders_.size(), receipts_, records_.size(), of_lost_logs_};
}

Result<void> Promises::look_up(const std::string& receiver, journal::Store& journal,
                               std::vector<std::string>& found, std::size_t max) {
  const auto log_id = journal.log_id();
  if (!log_id) return std::unexpected(log_id.error());
  const auto size = journal.size(journal::LogKind::kElection);
  if (!size) return std::unexpected(size.error());
  const auto tell = [&](const std::string& what) {
    if (found.size() < max) found.push_back(receiver + " " + what);
  };
  for (const auto& [id, claims] : claims_.at(receiver)) {
    if (id != bytes_of(*log_id)) {
      of_lost_logs_ += claims.receipts;
      if (!restored_.contains(receiver)) {
        tell("goes on under a new log id, though nobody restored it");
      }
      continue;
    }
    if (claims.positions_end > *size) {
      tell("has a log of " + std::to_string(*size) + " records and gave a receipt for number " +
           std::to_string(claims.positions_end));
    }
    for (const auto& [told, roots] : claims.roots) {
      if (told > *size) {
        tell("gave a receipt for a log of " + std::to_string(told) + " records and has " +
             std::to_string(*size));
        continue;
      }
      const auto root = journal::root_at(journal, journal::LogKind::kElection, told);
      if (!root) return std::unexpected(root.error());
      if (roots.size() == 1 && roots.contains(bytes_of(*root))) continue;
      tell("gave a receipt for another log of " + std::to_string(told) + " records than it has");
    }
  }
  return {};
}

Result<std::vector<std::string>> Promises::broken(const std::string& centre,
                                                  const OpenJournal& open, std::size_t max) {
  const std::lock_guard lock(mutex_);
  of_lost_logs_ = 0;
  std::vector<std::string> found;
  for (const auto& [receiver, logs] : claims_) {
    auto journal = open(receiver);
    if (!journal) return std::unexpected(std::move(journal.error()));
    if (auto done = look_up(receiver, **journal, found, max); !done) {
      return std::unexpected(std::move(done.error()).within(receiver));
    }
  }
  auto journal = open(centre);
  if (!journal) return std::unexpected(std::move(journal.error()));
  auto there = ids_of(**journal, ~std::uint64_t{0});
  if (!there) return std::unexpected(there.error());
  std::ranges::sort(*there);
  for (const auto& [id, sender] : records_) {
    if (found.size() >= max) break;
    if (std::ranges::binary_search(*there, id)) continue;
    found.push_back("record " + id.hex() + " of " + sender + " is not at the centre");
  }
  return found;
}

}  // namespace urna::chaos
