// The hands of the core: loads it from a store, signs and commits what it plans, reads what it asks
// for, completes what it sends. Shared by the one-threaded Engine and the threaded Node.
//
// commit() is for one writer; the other functions may run beside it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/journal/store.h"
#include "common/node/core.h"
#include "common/node/journal_loader.h"
#include "common/node/seal.h"
#include "common/trust/certificate_book.h"

namespace urna::node {

// Fills a buffer with random bytes.
using Random = std::function<void(void* buffer, std::size_t bytes)>;
// Random bytes of the system.
Random system_random();

class NodeIo {
 public:
  NodeIo(journal::Store& store, trust::CertificateBook& certificates, const NodeIdentity& identity,
         Random random);

  // Rebuilds the core from the store. kCorrupt, naming the position, when an entry could not have
  // been admitted.
  Result<void> load(Core& core);
  // The first part of it; loader() has the rest.
  Result<void> load_head(Core& core);
  JournalLoader& loader() { return loader_; }

  struct Sealed {
    SessionId session = 0;
    v1::SignedReceipt receipt;
  };
  // Signs the plan's receipts, adds them to the operations log and commits everything in one step.
  // The receipts may go out only when this succeeded.
  Result<std::vector<Sealed>> commit(CommitPlan& plan, std::uint64_t at_ms);

  struct ReadResult {
    std::vector<journal::StoredEntry> entries;
    std::vector<journal::StoredNotice> notices;
  };
  Result<ReadResult> read(const ReadLog& request);

  // Attaches blobs and the time, signs.
  v1::SignedBatch complete(OutBatch out, const DefinitionBook& book, std::uint64_t at_ms);

  // Does the log still begin as this checkpoint says?
  PrefixVerdict compare(const v1::Checkpoint& known, const LogId& own);
  // The same from the receipt the batch brings, if this node once signed it: fills in what came of
  // it.
  void compare_receipt(InboundBatch& batch, const LogId& own);
  LogId fresh_log_id();
  // A verified receipt with what the core must know of its signer and of this node's log.
  InboundReceipt inbound(SessionId session, const v1::SignedReceipt& sealed, v1::Receipt receipt,
                         const LogId& own, std::uint64_t at_ms);

 private:
  // The last receipts of upstreams, what they refused, and the ids the log has had.
  void search_operations(Core& core);

  journal::Store& store_;
  trust::CertificateBook& certificates_;
  const NodeIdentity& identity_;
  Random random_;
  std::uint64_t operations_size_ = 0;
  JournalLoader loader_;
};

}  // namespace urna::node
