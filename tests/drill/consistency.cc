#include "tests/drill/consistency.h"

#include "common/trust/record.h"
#include "common/trust/sha256.h"

namespace urna::drill {

Result<std::map<std::string, std::set<std::string>>> statements_in(journal::Store& store) {
  std::map<std::string, std::set<std::string>> statements;
  constexpr std::size_t kRecords = 1'024;
  constexpr std::size_t kBytes = 8 << 20;
  for (std::uint64_t at = 0;;) {
    const auto entries = store.read_election(at, kRecords, kBytes);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return statements;
    for (const journal::StoredEntry& stored : *entries) {
      if (static_cast<trust::Kind>(stored.entry.kind) != trust::Kind::kProtocol) continue;
      v1::SignedRecord record;
      v1::Payload payload;
      if (!record.ParseFromString(stored.entry.record) ||
          !payload.ParseFromString(record.payload())) {
        return fail(ErrorCode::kCorrupt,
                    "entry " + std::to_string(stored.position) + " does not decode");
      }
      statements[stored.entry.unit].insert(trust::statement_of(payload.body()).hex());
    }
    at += entries->size();
  }
}

}  // namespace urna::drill
