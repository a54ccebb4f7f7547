// Rebuilds a core from what its store holds, in two parts. The head is what a node must know before
// it may speak: its log and who is where in it, the definition, and every record that decides who
// may speak (manifests and revocations). With it the core admits, answers, sends and follows, for
// admission asks nothing of the other records. These follow, in pieces, while the node works: what
// they mean for their places depends on no order (DESIGN §3).
//
// head() and apply() where the core may be changed; next() may run beside them. One thread each.
#pragma once

#include <vector>

#include "common/journal/merkle.h"
#include "common/journal/store.h"
#include "common/node/core.h"
#include "common/node/seal.h"
#include "common/trust/certificate_book.h"

namespace urna::node {

class JournalLoader {
 public:
  // A piece has at most `records_max` records.
  JournalLoader(journal::Store& store, trust::CertificateBook& certificates,
                std::size_t records_max = 2'048)
      : store_(store), certificates_(certificates), records_max_(records_max) {}

  // kCorrupt, naming the position, when an entry could not have been admitted; errors of the store.
  Result<void> head(Core& core);
  // Entries of the log when head() read it.
  std::uint64_t size() const { return log_.size(); }

  struct Piece {
    std::uint64_t first = 0;
    std::vector<trust::OpenedRecord> records;
  };
  // Reads and decodes the entries after the last piece; no records: there are none left. Compares
  // every leaf with the entry's bytes and, with the last piece, their tree with the log's.
  Result<Piece> next(const Parallel& parallel);
  // The core takes them in; with the last piece it is whole.
  Result<void> apply(Core& core, Piece piece);

 private:
  Result<void> load_heads(Core& core);
  // Manifests and revocations, at these positions.
  Result<void> load_first(Core& core, const std::vector<std::uint64_t>& positions);
  Result<std::vector<trust::OpenedRecord>> reopen(std::vector<journal::StoredEntry> entries,
                                                  const Parallel& parallel);
  Result<void> fetch_certificates(const std::vector<KeyId>& keys);

  journal::Store& store_;
  trust::CertificateBook& certificates_;
  const std::size_t records_max_;
  journal::Frontier log_;
  journal::Frontier rebuilt_;  // over what next() has read
};

}  // namespace urna::node
