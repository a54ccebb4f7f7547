// What the operations log tells of receipts: roots this node signed for, roots peers remember, and
// checkpoints of peers' logs. Private to daemon.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/journal/store.h"
#include "common/journal/verify.h"
#include "common/trust/certificate_book.h"

namespace urna::daemon {

struct ReceiptsSeen {
  std::uint64_t given = 0;
  std::uint64_t received = 0;
  // Of this log, under its present id.
  std::vector<journal::KnownRoot> roots;
  // Entries a receipt acknowledges, beyond the end of the log.
  std::vector<std::string> acknowledged_beyond;
  // (peer, size, root) of every receipt received.
  std::set<std::tuple<std::string, std::uint64_t, std::string>> checkpoints;
  // Receipts that do not decode, are not signed, or name another node as this one.
  std::vector<std::string> faults;
};

// Reads the whole operations log; entries that cannot be read are passed over (auditing it tells of
// them). `own`: this node's unit. Errors are the store's.
Result<ReceiptsSeen> read_receipts(journal::Store& store, const std::string& own,
                                   trust::CertificateBook& certificates);

}  // namespace urna::daemon
