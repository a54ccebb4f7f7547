// What can be read of a file that is damaged.

#include <charconv>
#include <cstring>

#include "common/journal/sqlite_reader.h"
#include "common/journal/sqlite_schema.h"

namespace urna::journal {

namespace {

// Rows that fail or are missing one after another before the rest of a table is given up.
constexpr std::uint64_t kMissesMax = 4'096;

}  // namespace

// A finding names a tree by its first page; a person knows tables and indexes.
std::string SqliteStore::Reader::with_tree_named(std::string finding) {
  constexpr std::string_view kBefore = "tree page ";
  const auto at = finding.find(kBefore);
  if (at == std::string::npos) return finding;
  auto query =
      database_.prepare("SELECT type || ' ' || name FROM sqlite_schema WHERE rootpage = ?1");
  if (!query) return finding;
  std::uint64_t page = 0;
  std::from_chars(finding.data() + at + kBefore.size(), finding.data() + finding.size(), page);
  const auto row = query->bind(1, page).step();
  if (row && *row) finding.append(" (").append(query->bytes(0)).append(")");
  return finding;
}

Result<std::vector<std::string>> SqliteStore::Reader::storage_faults(std::size_t max) {
  const auto known = sqlite::check_schema(database_);
  if (!known && known.error().code != ErrorCode::kCorrupt) return std::unexpected(known.error());
  if (!known) return std::vector{known.error().message};
  auto query = database_.prepare("PRAGMA integrity_check(" + std::to_string(max) + ")");
  if (!query) return std::unexpected(query.error());
  std::vector<std::string> faults;
  for (;;) {
    const auto row = query->step();
    if (!row && row.error().code != ErrorCode::kCorrupt) return std::unexpected(row.error());
    if (!row) faults.push_back(row.error().message);
    if (!row || !*row) return faults;
    const std::string finding = sqlite::one_line(query->bytes(0));
    if (const auto failed = sqlite::Database::disk_failure_in(finding)) {
      return fail(*failed, finding);
    }
    if (finding != "ok") faults.push_back(with_tree_named(finding));
  }
}

Result<Bytes> SqliteStore::Reader::record_unchecked(std::uint64_t position) {
  auto query = database_.prepare("SELECT record FROM election WHERE position = ?1");
  if (!query) return std::unexpected(query.error());
  const auto row = query->bind(1, position).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::kNotFound, "there is no entry " + std::to_string(position));
  return Bytes(query->bytes(0));
}

// By row, because an index that is damaged would lead to nothing.
Result<std::optional<StoredBlob>> SqliteStore::Reader::blob_of_row(std::uint64_t row_id) {
  auto query = database_.prepare("SELECT digest, bytes FROM blob NOT INDEXED WHERE rowid = ?1");
  if (!query) return std::unexpected(query.error());
  const auto row = query->bind(1, row_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row || query->bytes(0).size() != sizeof(Digest)) return std::nullopt;
  StoredBlob blob;
  std::memcpy(blob.digest.bytes.data(), query->bytes(0).data(), sizeof(Digest));
  blob.bytes = Bytes(query->bytes(1));
  return blob;
}

Result<std::vector<std::string>> SqliteStore::storage_faults(std::size_t max) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->storage_faults(max);
}

Result<Bytes> SqliteStore::record_unchecked(std::uint64_t position) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->record_unchecked(position);
}

Result<void> SqliteStore::for_each_blob_unchecked(
    const std::function<void(const StoredBlob&)>& visit) {
  std::uint64_t misses = 0;
  for (std::uint64_t row_id = 1; misses < kMissesMax; ++row_id) {
    Result<std::optional<StoredBlob>> blob;
    {
      const std::lock_guard lock(reader_mutex_);
      blob = reader_->blob_of_row(row_id);
    }
    if (!blob && blob.error().code != ErrorCode::kCorrupt) return std::unexpected(blob.error());
    misses = blob && *blob ? 0 : misses + 1;
    if (misses == 0) visit(**blob);
  }
  return {};
}

}  // namespace urna::journal
