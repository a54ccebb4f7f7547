#include "common/node/node_io.h"

#include <sys/random.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/journal/merkle.h"
#include "common/model/strict.h"
#include "common/node/twin.h"
#include "common/trust/sha256.h"

namespace urna::node {

namespace {

constexpr std::size_t kReadRecords = 4'096;
// Operations looked through at start. What stands further back is forgotten: an upstream is sent
// everything again, a peer that still knows an older id of this log makes it take a new one.
constexpr std::uint64_t kSearchMax = 20'000;

// A twin's: the entries in a commit of their own, and what they need in the next.
Result<void> commit_in_halves(journal::Store& store, const journal::Commit& whole) {
  journal::Commit entries;
  entries.election_base = whole.election_base;
  entries.election = whole.election;
  entries.operations_base = whole.operations_base;
  if (auto first = store.commit(entries); !first) return first;
  journal::Commit rest = whole;
  rest.election_base += rest.election.size();
  rest.election.clear();
  return store.commit(rest);
}

}  // namespace

Random system_random() {
  return [](void* buffer, std::size_t bytes) {
    auto* at = static_cast<unsigned char*>(buffer);
    while (bytes > 0) {
      const ssize_t got = getrandom(at, bytes, 0);
      if (got <= 0) continue;
      at += got;
      bytes -= static_cast<std::size_t>(got);
    }
  };
}

NodeIo::NodeIo(journal::Store& store, trust::CertificateBook& certificates,
               const NodeIdentity& identity, Random random)
    : store_(store),
      certificates_(certificates),
      identity_(identity),
      random_(std::move(random)),
      loader_(store, certificates) {}

Result<void> NodeIo::load_head(Core& core) {
  if (auto loaded = loader_.head(core); !loaded) return loaded;
  const auto operations = store_.size(journal::LogKind::kOperations);
  if (!operations) return std::unexpected(operations.error());
  operations_size_ = *operations;
  search_operations(core);
  return {};
}

Result<void> NodeIo::load(Core& core) {
  if (auto loaded = load_head(core); !loaded) return loaded;
  while (!core.is_whole()) {
    auto piece = loader_.next(run_in_turn);
    if (!piece) return std::unexpected(std::move(piece.error()));
    if (auto applied = loader_.apply(core, std::move(*piece)); !applied) return applied;
  }
  return {};
}

void NodeIo::search_operations(Core& core) {
  const std::uint64_t from = operations_size_ > kSearchMax ? operations_size_ - kSearchMax : 0;
  for (std::uint64_t at = from; at < operations_size_;) {
    const auto rows = store_.read_operations(at, kReadRecords);
    if (!rows || rows->empty()) return;
    for (const journal::StoredOperations& stored : *rows) {
      v1::OperationsEntry entry;
      v1::SignedReceipt sealed;
      v1::Receipt receipt;
      if (!entry.ParseFromString(stored.row.entry)) continue;
      if (entry.has_refused_above()) {
        core.restore_refused_above(entry.refused_above().position(), entry.refused_above().code());
      }
      if (entry.has_log_id_minted()) {
        const auto former = LogId::from_bytes(entry.log_id_minted().before());
        if (former) core.restore_former_id(*former);
      }
      if (!entry.has_receipt_received()) continue;
      const std::string& bytes = entry.receipt_received().signed_receipt();
      if (sealed.ParseFromString(bytes) && receipt.ParseFromString(sealed.payload()) &&
          receipt.refused().empty()) {
        core.restore_receipt(receipt.receiver(), bytes);
      }
    }
    at += rows->size();
  }
}

Result<std::vector<NodeIo::Sealed>> NodeIo::commit(CommitPlan& plan, std::uint64_t at_ms) {
  std::vector<Sealed> sealed;
  sealed.reserve(plan.receipts.size());
  for (const PendingReceipt& pending : plan.receipts) {
    sealed.push_back({pending.session, seal_receipt(identity_, pending.receipt)});
    v1::OperationsEntry entry;
    entry.set_at_ms(at_ms);
    entry.mutable_receipt_given()->set_signed_receipt(model::serialise(sealed.back().receipt));
    plan.operations.push_back(std::move(entry));
  }
  for (const v1::OperationsEntry& entry : plan.operations) {
    Bytes bytes = model::serialise(entry);
    const journal::LeafHash leaf = journal::operations_leaf(bytes);
    plan.commit.operations.push_back({leaf, std::move(bytes)});
  }
  plan.commit.operations_base = operations_size_;
  auto committed = broken(Twin::kHalfABatch) ? commit_in_halves(store_, plan.commit)
                                             : store_.commit(plan.commit);
  if (!committed && !broken(Twin::kReceiptBeforeSync)) {
    return std::unexpected(std::move(committed.error()));
  }
  operations_size_ += plan.commit.operations.size();
  return sealed;
}

Result<NodeIo::ReadResult> NodeIo::read(const ReadLog& request) {
  ReadResult result;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < request.positions.size() && bytes <= kBatchBytesMax;) {
    std::size_t run = 1;
    while (i + run < request.positions.size() &&
           request.positions[i + run] == request.positions[i] + run) {
      ++run;
    }
    auto entries = store_.read_election(request.positions[i], run, kBatchBytesMax);
    if (!entries) return std::unexpected(std::move(entries.error()));
    if (entries->empty()) return fail(ErrorCode::kCorrupt, "an entry of the log cannot be read");
    for (journal::StoredEntry& entry : *entries) {
      bytes += entry.entry.record.size();
      if (bytes > kBatchBytesMax && !result.entries.empty()) break;
      result.entries.push_back(std::move(entry));
    }
    if (entries->size() < run || bytes > kBatchBytesMax) break;
    i += run;
  }
  if (request.notices_max > 0) {
    auto notices = store_.read_notices(request.notices_from, request.notices_max);
    if (!notices) return std::unexpected(std::move(notices.error()));
    result.notices = std::move(*notices);
  }
  return result;
}

v1::SignedBatch NodeIo::complete(OutBatch out, const DefinitionBook& book, std::uint64_t at_ms) {
  out.batch.set_created_at_ms(at_ms);
  for (const Digest& digest : out.blobs) {
    if (const Bytes* part = book.part(digest)) {
      out.batch.add_blobs(*part);
    } else if (const auto verdict = certificates_.find(KeyId{digest.bytes}); verdict && *verdict) {
      out.batch.add_blobs((**verdict)->der);
    } else if (auto stored = store_.blob(digest); stored && *stored) {
      out.batch.add_blobs(std::move(**stored));  // of a record that is not restored yet
    } else {
      out.batch.add_missing(digest.str());
    }
  }
  return seal_batch(identity_, out.batch);
}

PrefixVerdict NodeIo::compare(const v1::Checkpoint& known, const LogId& own) {
  if (known.log_id() != own.view()) return PrefixVerdict::kUnknown;
  if (known.size() == 0) return PrefixVerdict::kPrefix;
  const auto size = store_.size(journal::LogKind::kElection);
  if (!size) return PrefixVerdict::kUnreadable;
  if (known.size() > *size) return PrefixVerdict::kNotPrefix;
  const auto root = journal::root_at(store_, journal::LogKind::kElection, known.size());
  if (!root) return PrefixVerdict::kUnreadable;
  const std::string_view bytes(reinterpret_cast<const char*>(root->data()), root->size());
  return bytes == known.root() ? PrefixVerdict::kPrefix : PrefixVerdict::kNotPrefix;
}

void NodeIo::compare_receipt(InboundBatch& batch, const LogId& own) {
  v1::SignedReceipt sealed;
  if (batch.receiver_receipt.empty() || !sealed.ParseFromString(batch.receiver_receipt)) return;
  const auto receipt =
      open_receipt(sealed, identity_.certificate->subject.unit.str(), certificates_);
  if (!receipt) return;
  batch.receiver_log_id = receipt->log().log_id();
  batch.receiver_log = compare(receipt->log(), own);
}

InboundReceipt NodeIo::inbound(SessionId session, const v1::SignedReceipt& sealed,
                               v1::Receipt receipt, const LogId& own, std::uint64_t at_ms) {
  InboundReceipt inbound;
  inbound.session = session;
  inbound.at_ms = at_ms;
  if (receipt.has_sender_log()) inbound.sender_log = compare(receipt.sender_log(), own);
  inbound.receipt = std::move(receipt);
  inbound.bytes = model::serialise(sealed);
  inbound.fresh_log_id = fresh_log_id();
  if (const auto signer = KeyId::from_bytes(sealed.key_id())) {
    inbound.signer = *signer;
    const auto verdict = certificates_.find(*signer);
    inbound.by_centre_node =
        verdict && *verdict && (**verdict)->subject.role == trust::Role::kCentralNode;
  }
  return inbound;
}

LogId NodeIo::fresh_log_id() {
  LogId id;
  random_(id.bytes.data(), id.bytes.size());
  return id;
}

}  // namespace urna::node
