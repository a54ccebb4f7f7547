#include "common/journal/sqlite_reader.h"

#include <cstring>
#include <limits>

#include "common/journal/commit_rules.h"
#include "common/journal/sqlite_row_check.h"
#include "common/journal/tiles.h"

namespace urna::journal {
namespace {

// A limit or position as SQLite takes it; larger ones mean the same: everything, or past the end.
std::uint64_t clamp(std::uint64_t value) { return value > kPositionMax ? kPositionMax : value; }

// The schema fixes these lengths, so any other is damage.
template <class Hash>
Result<Hash> hash_from(std::string_view bytes) {
  Hash hash{};
  static_assert(sizeof(Hash) <= 32);
  if (bytes.size() != sizeof(Hash)) {
    return fail(ErrorCode::kCorrupt, "a stored hash or id has a wrong length");
  }
  std::memcpy(&hash, bytes.data(), sizeof hash);
  return hash;
}

// Runs a query and hands every row to `visit`, which returns false to stop.
template <class Visit>
Result<void> each_row(Result<sqlite::Statement>& statement, Visit visit) {
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    Result<bool> more = visit(*statement);
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

// What stands in the column row_check against what the row says.
Result<void> compare_check(const std::string& what, std::uint64_t stored, std::uint32_t computed) {
  if (stored == computed) return {};
  return fail(ErrorCode::kCorrupt, what + ": the row does not match its checksum");
}

std::string position_text(std::uint64_t position) {
  return "election log, position " + std::to_string(position);
}

Result<StoredEntry> entry_from(const sqlite::Statement& row) {
  auto id = hash_from<RecordId>(row.bytes(1));
  auto leaf = hash_from<LeafHash>(row.bytes(2));
  if (!id) return std::unexpected(std::move(id).error().within(position_text(row.number(0))));
  if (!leaf) return std::unexpected(std::move(leaf).error().within(position_text(row.number(0))));
  StoredEntry stored{
      row.number(0),
      {*id, *leaf, Bytes(row.bytes(7)), static_cast<std::uint8_t>(row.number(3)),
       std::string(row.bytes(4)), std::string(row.bytes(5)), std::string(row.bytes(6))}};
  auto sound = compare_check(position_text(stored.position), row.number(8),
                             sqlite::check_of(stored.position, stored.entry));
  if (!sound) return std::unexpected(std::move(sound.error()));
  return stored;
}

}  // namespace

Result<LogId> SqliteStore::Reader::log_id() {
  auto query = database_.prepare("SELECT value, row_check FROM meta WHERE name = 'log_id'");
  if (!query) return std::unexpected(query.error());
  const auto row = query->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::kCorrupt, "the log's id is missing");
  const std::string_view value = query->bytes(0);
  auto sound = compare_check("the log's id", query->number(1), sqlite::check_of("log_id", value));
  if (!sound) return std::unexpected(std::move(sound.error()));
  return hash_from<LogId>(value);
}

Result<std::uint64_t> SqliteStore::Reader::size(LogKind log) {
  const auto size = database_.number(log == LogKind::kElection
                                         ? "SELECT coalesce(max(position) + 1, 0) FROM election"
                                         : "SELECT coalesce(max(position) + 1, 0) FROM operations");
  if (!size) return std::unexpected(size.error());
  return static_cast<std::uint64_t>(*size);
}

Result<std::vector<StoredEntry>> SqliteStore::Reader::read_election(std::uint64_t from,
                                                                    std::size_t max_records,
                                                                    std::size_t max_bytes) {
  auto query = database_.prepare(
      "SELECT position, record_id, leaf, kind, unit, voivodeship, source, record, row_check "
      "FROM election "
      "WHERE position >= ?1 ORDER BY position LIMIT ?2");
  if (!query) return std::unexpected(query.error());
  query->bind(1, clamp(from)).bind(2, clamp(max_records));
  std::vector<StoredEntry> entries;
  std::size_t bytes = 0;
  auto read = each_row(query, [&](const sqlite::Statement& row) -> Result<bool> {
    auto entry = entry_from(row);
    if (!entry) return std::unexpected(entry.error());
    bytes += entry->entry.record.size();
    if (!entries.empty() && bytes > max_bytes) return false;
    entries.push_back(std::move(*entry));
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return entries;
}

Result<std::vector<StoredHead>> SqliteStore::Reader::read_heads(std::uint64_t from,
                                                                std::size_t max) {
  auto query = database_.prepare(
      "SELECT position, record_id, leaf, kind, unit, voivodeship, source, row_check FROM election "
      "WHERE position >= ?1 ORDER BY position LIMIT ?2");
  if (!query) return std::unexpected(query.error());
  query->bind(1, clamp(from)).bind(2, clamp(max));
  std::vector<StoredHead> heads;
  auto read = each_row(query, [&](const sqlite::Statement& row) -> Result<bool> {
    const auto id = hash_from<RecordId>(row.bytes(1));
    if (!id) return std::unexpected(id.error());
    const auto leaf = hash_from<LeafHash>(row.bytes(2));
    if (!leaf) return std::unexpected(leaf.error());
    const auto kind = static_cast<std::uint8_t>(row.number(3));
    auto sound = compare_check(position_text(row.number(0)), row.number(7),
                               sqlite::check_of(row.number(0), *id, *leaf, kind, row.bytes(4),
                                                row.bytes(5), row.bytes(6)));
    if (!sound) return std::unexpected(std::move(sound.error()));
    heads.push_back(
        {row.number(0), *id, kind, std::string(row.bytes(4)), std::string(row.bytes(6))});
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return heads;
}

Result<std::vector<StoredOperations>> SqliteStore::Reader::read_operations(
    std::uint64_t from, std::size_t max_records) {
  auto query = database_.prepare(
      "SELECT position, leaf, entry FROM operations WHERE position >= ?1 ORDER BY position "
      "LIMIT ?2");
  if (!query) return std::unexpected(query.error());
  query->bind(1, clamp(from)).bind(2, clamp(max_records));
  std::vector<StoredOperations> rows;
  auto read = each_row(query, [&](const sqlite::Statement& row) -> Result<bool> {
    const auto leaf = hash_from<LeafHash>(row.bytes(1));
    if (!leaf) return std::unexpected(leaf.error());
    rows.push_back({row.number(0), {*leaf, Bytes(row.bytes(2))}});
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return rows;
}

Result<std::optional<std::uint64_t>> SqliteStore::Reader::find(const RecordId& id) {
  auto query = database_.prepare("SELECT position FROM election WHERE record_id = ?1");
  if (!query) return std::unexpected(query.error());
  const auto row = query->bind_blob(1, id.view()).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return query->number(0);
}

Result<std::optional<Bytes>> SqliteStore::Reader::blob(const Digest& digest) {
  auto query = database_.prepare("SELECT bytes FROM blob WHERE digest = ?1");
  if (!query) return std::unexpected(query.error());
  const auto row = query->bind_blob(1, digest.view()).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return Bytes(query->bytes(0));
}

Result<std::vector<StoredBlob>> SqliteStore::Reader::blobs(std::span<const Digest> digests) {
  std::vector<StoredBlob> found;
  for (const Digest& digest : digests) {
    auto bytes = blob(digest);
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes) found.push_back({digest, std::move(**bytes)});
  }
  return found;
}

Result<std::vector<Digest>> SqliteStore::Reader::parts() {
  auto query = database_.prepare(
      "SELECT digest FROM blob WHERE hex(substr(bytes, 1, 1)) <> '30' ORDER BY digest");
  if (!query) return std::unexpected(query.error());
  std::vector<Digest> digests;
  auto read = each_row(query, [&](const sqlite::Statement& row) -> Result<bool> {
    const auto digest = hash_from<Digest>(row.bytes(0));
    if (!digest) return std::unexpected(digest.error());
    digests.push_back(*digest);
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return digests;
}

Result<std::vector<Cursor>> SqliteStore::Reader::cursors() {
  auto query = database_.prepare(
      "SELECT peer, kind, log_id, position, size, root, notices, row_check FROM cursor "
      "ORDER BY peer, kind");
  if (!query) return std::unexpected(query.error());
  std::vector<Cursor> cursors;
  auto read = each_row(query, [&](const sqlite::Statement& row) -> Result<bool> {
    Cursor cursor{std::string(row.bytes(0)),
                  static_cast<Cursor::Kind>(row.number(1)),
                  std::string(row.bytes(2)),
                  row.number(3),
                  row.number(4),
                  std::string(row.bytes(5)),
                  row.number(6)};
    auto sound =
        compare_check("cursor of '" + cursor.peer + "', kind " + std::to_string(row.number(1)),
                      row.number(7), sqlite::check_of(cursor));
    if (!sound) return std::unexpected(std::move(sound.error()));
    cursors.push_back(std::move(cursor));
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return cursors;
}

Result<std::vector<StoredNotice>> SqliteStore::Reader::read_notices(std::uint64_t from,
                                                                    std::size_t max) {
  auto query = database_.prepare(
      "SELECT number, record_id, centre_log_id, position, row_check FROM notice "
      "WHERE number >= ?1 ORDER BY number LIMIT ?2");
  if (!query) return std::unexpected(query.error());
  query->bind(1, clamp(from)).bind(2, clamp(max));
  std::vector<StoredNotice> notices;
  auto read = each_row(query, [&](const sqlite::Statement& row) -> Result<bool> {
    const auto id = hash_from<RecordId>(row.bytes(1));
    if (!id) return std::unexpected(id.error());
    StoredNotice stored{row.number(0), {*id, std::string(row.bytes(2)), row.number(3)}};
    auto sound = compare_check("notice " + std::to_string(stored.number), row.number(4),
                               sqlite::check_of(stored.number, stored.notice));
    if (!sound) return std::unexpected(std::move(sound.error()));
    notices.push_back(std::move(stored));
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return notices;
}

Result<std::vector<LeafHash>> SqliteStore::Reader::tile(LogKind log, unsigned level,
                                                        std::uint64_t index) {
  auto query =
      database_.prepare("SELECT hashes FROM tile WHERE log = ?1 AND level = ?2 AND number = ?3");
  if (!query) return std::unexpected(query.error());
  query->bind(1, static_cast<std::uint64_t>(log)).bind(2, level).bind(3, clamp(index));
  const auto row = query->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return tile_not_full(level, index);
  return tile_from_bytes(query->bytes(0));
}

Result<std::vector<LeafHash>> SqliteStore::Reader::leaves(LogKind log, std::uint64_t from,
                                                          std::uint64_t to) {
  const auto size_now = size(log);
  if (!size_now) return std::unexpected(size_now.error());
  if (auto checked = check_range(from, to, *size_now); !checked) {
    return std::unexpected(checked.error());
  }
  auto query = database_.prepare(
      log == LogKind::kElection
          ? "SELECT leaf FROM election WHERE position >= ?1 AND position < ?2 ORDER BY position"
          : "SELECT leaf FROM operations WHERE position >= ?1 AND position < ?2 ORDER BY position");
  if (!query) return std::unexpected(query.error());
  query->bind(1, from).bind(2, to);
  std::vector<LeafHash> leaves;
  auto read = each_row(query, [&](const sqlite::Statement& row) -> Result<bool> {
    const auto leaf = hash_from<LeafHash>(row.bytes(0));
    if (!leaf) return std::unexpected(leaf.error());
    leaves.push_back(*leaf);
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return leaves;
}

}  // namespace urna::journal
