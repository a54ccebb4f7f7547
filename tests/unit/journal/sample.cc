#include "tests/unit/journal/sample.h"

#include "common/journal/merkle.h"
#include "common/trust/sha256.h"

namespace urna::journal {

RecordId id_of(std::uint64_t number) {
  return trust::hash_as<RecordId>({"id " + std::to_string(number)});
}

ElectionEntry entry_of(std::uint64_t number, std::size_t bytes) {
  ElectionEntry entry;
  entry.id = id_of(number);
  // All byte values, zero among them.
  for (std::size_t i = 0; i < bytes; ++i) entry.record.push_back(static_cast<char>(i * 7 + number));
  entry.leaf = record_leaf(entry.record, entry.id);
  entry.kind = static_cast<std::uint8_t>(number % 12);
  entry.unit = number % 5 == 0 ? "" : "146502-" + std::to_string(number);
  entry.voivodeship = number % 3 == 0 ? "" : std::to_string(2 + 2 * (number % 16));
  entry.source = "146502";
  return entry;
}

OperationsRow row_of(std::uint64_t number) {
  const Bytes entry = Bytes("\0entry ", 7) + std::to_string(number);
  return {operations_leaf(entry), entry};
}

StoredBlob blob_of(std::uint64_t number) {
  const Bytes bytes = "blob " + std::to_string(number) + Bytes(number % 3000, '\0');
  return {trust::digest_of(bytes), bytes};
}

Cursor cursor_of(const std::string& peer, std::uint64_t position) {
  Cursor cursor{peer, Cursor::Kind::kUpstream, Bytes(16, '\7'), position, position, {}, 3};
  if (position > 0) cursor.root = Bytes(32, '\1');
  return cursor;
}

Notice notice_of(std::uint64_t number) { return {id_of(number), Bytes(16, '\0'), number * 10}; }

Result<void> append_entries(Store& store, std::uint64_t first, std::uint64_t count) {
  Commit commit;
  commit.election_base = first;
  const auto operations = store.size(LogKind::kOperations);
  if (!operations) return std::unexpected(operations.error());
  commit.operations_base = *operations;
  for (std::uint64_t i = first; i < first + count; ++i) commit.election.push_back(entry_of(i));
  return store.commit(commit);
}

}  // namespace urna::journal
