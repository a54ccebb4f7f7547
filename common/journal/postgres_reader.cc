#include "common/journal/postgres_reader.h"

#include <algorithm>

#include "common/journal/commit_rules.h"
#include "common/journal/tiles.h"

namespace urna::journal {
namespace {

using postgres::bytes_of;
using postgres::hash_of;
using postgres::id_of;
using postgres::number_of;

// A limit or position as bigint; larger ones mean the same: everything, or past the end.
std::uint64_t clamp(std::uint64_t value) { return std::min(value, kPositionMax); }

// The lateral join fetches one record for each chosen row, whatever the tables' statistics say. It
// is an outer join so that a missing record shows.
constexpr const char* kReadElection =
    "SELECT l.position, l.record_id, l.leaf, l.kind, l.unit, l.voivodeship, l.source, r.bytes "
    "FROM (SELECT *, sum(size) OVER (ORDER BY position) AS running FROM "
    "      (SELECT * FROM urna.log WHERE position >= $1 ORDER BY position LIMIT $2) w) l "
    "LEFT JOIN LATERAL (SELECT bytes FROM urna.record "
    "  WHERE voivodeship = l.voivodeship AND position = l.position) r ON true "
    "WHERE l.running <= $3 OR l.position = $1 ORDER BY l.position";

}  // namespace

PostgresStore::Reader::Reader(std::unique_ptr<pqxx::connection> connection)
    : connection_(std::move(connection)) {
  {
    pqxx::nontransaction settings(*connection_);
    settings.exec("SET default_transaction_read_only = on");
  }
  pqxx::connection& db = *connection_;
  db.prepare("log_id", "SELECT value FROM urna.meta WHERE name = 'log_id'");
  db.prepare("size0", "SELECT coalesce(max(position) + 1, 0) FROM urna.log");
  db.prepare("size1", "SELECT coalesce(max(position) + 1, 0) FROM urna.operations");
  db.prepare("read_election", kReadElection);
  db.prepare("read_heads",
             "SELECT position, record_id, kind, unit, source FROM urna.log WHERE position >= $1 "
             "ORDER BY position LIMIT $2");
  db.prepare("read_operations",
             "SELECT position, leaf, entry FROM urna.operations WHERE position >= $1 "
             "ORDER BY position LIMIT $2");
  db.prepare("find", "SELECT position FROM urna.log WHERE record_id = $1");
  db.prepare("blob", "SELECT bytes FROM urna.blob WHERE digest = $1");
  db.prepare("blobs", "SELECT digest, bytes FROM urna.blob WHERE digest = ANY ($1::bytea[])");
  db.prepare("parts",
             "SELECT digest FROM urna.blob WHERE substring(bytes FROM 1 FOR 1) <> '\\x30' "
             "ORDER BY digest");
  db.prepare("cursors",
             "SELECT peer, kind, log_id, position, size, root, notices FROM urna.peer_cursor "
             "ORDER BY peer COLLATE \"C\", kind");
  db.prepare("read_notices",
             "SELECT number, record_id, centre_log_id, position FROM urna.notice "
             "WHERE number >= $1 ORDER BY number LIMIT $2");
  db.prepare("tile", "SELECT hashes FROM urna.tile WHERE log = $1 AND level = $2 AND number = $3");
  db.prepare("leaves0",
             "SELECT leaf FROM urna.log WHERE position >= $1 AND position < $2 ORDER BY position");
  db.prepare("leaves1",
             "SELECT leaf FROM urna.operations WHERE position >= $1 AND position < $2 "
             "ORDER BY position");
}

LogId PostgresStore::Reader::log_id() {
  pqxx::nontransaction query(*connection_);
  return id_of<LogId>(query.exec_prepared1("log_id")[0]);
}

std::uint64_t PostgresStore::Reader::size(LogKind log) {
  pqxx::nontransaction query(*connection_);
  return number_of(query.exec_prepared1(log == LogKind::kElection ? "size0" : "size1")[0]);
}

Result<std::vector<StoredEntry>> PostgresStore::Reader::read_election(std::uint64_t from,
                                                                      std::size_t max_records,
                                                                      std::size_t max_bytes) {
  pqxx::nontransaction query(*connection_);
  std::vector<StoredEntry> entries;
  for (const auto& row :
       query.exec_prepared("read_election", clamp(from), clamp(max_records), clamp(max_bytes))) {
    const std::uint64_t position = number_of(row[0]);
    if (row[7].is_null()) {
      return fail(ErrorCode::kCorrupt,
                  "election log, position " + std::to_string(position) + ": the record is missing");
    }
    entries.push_back({position,
                       {id_of<RecordId>(row[1]), hash_of(row[2]), bytes_of(row[7]),
                        static_cast<std::uint8_t>(number_of(row[3])), row[4].as<std::string>(),
                        row[5].as<std::string>(), row[6].as<std::string>()}});
  }
  return entries;
}

std::vector<StoredHead> PostgresStore::Reader::read_heads(std::uint64_t from, std::size_t max) {
  pqxx::nontransaction query(*connection_);
  const auto rows = query.exec_prepared("read_heads", clamp(from), clamp(max));
  std::vector<StoredHead> heads;
  heads.reserve(rows.size());
  for (const auto& row : rows) {
    heads.push_back({number_of(row[0]), id_of<RecordId>(row[1]),
                     static_cast<std::uint8_t>(number_of(row[2])), row[3].as<std::string>(),
                     row[4].as<std::string>()});
  }
  return heads;
}

std::vector<StoredOperations> PostgresStore::Reader::read_operations(std::uint64_t from,
                                                                     std::size_t max_records) {
  pqxx::nontransaction query(*connection_);
  std::vector<StoredOperations> rows;
  for (const auto& row : query.exec_prepared("read_operations", clamp(from), clamp(max_records))) {
    rows.push_back({number_of(row[0]), {hash_of(row[1]), bytes_of(row[2])}});
  }
  return rows;
}

std::optional<std::uint64_t> PostgresStore::Reader::find(const RecordId& id) {
  pqxx::nontransaction query(*connection_);
  const auto rows = query.exec_prepared("find", postgres::binary(id.view()));
  if (rows.empty()) return std::nullopt;
  return number_of(rows[0][0]);
}

std::optional<Bytes> PostgresStore::Reader::blob(const Digest& digest) {
  pqxx::nontransaction query(*connection_);
  const auto rows = query.exec_prepared("blob", postgres::binary(digest.view()));
  if (rows.empty()) return std::nullopt;
  return bytes_of(rows[0][0]);
}

std::vector<StoredBlob> PostgresStore::Reader::blobs(std::span<const Digest> digests) {
  pqxx::nontransaction query(*connection_);
  postgres::ArrayParameter wanted(postgres::ArrayParameter::Element::kBytea, digests.size());
  for (const Digest& digest : digests) wanted.add(digest.view());
  std::vector<StoredBlob> blobs;
  for (const auto& row : query.exec_prepared("blobs", wanted.parameter())) {
    blobs.push_back({id_of<Digest>(row[0]), bytes_of(row[1])});
  }
  return blobs;
}

std::vector<Digest> PostgresStore::Reader::parts() {
  pqxx::nontransaction query(*connection_);
  std::vector<Digest> digests;
  for (const auto& row : query.exec_prepared("parts")) digests.push_back(id_of<Digest>(row[0]));
  return digests;
}

std::vector<Cursor> PostgresStore::Reader::cursors() {
  pqxx::nontransaction query(*connection_);
  std::vector<Cursor> cursors;
  for (const auto& row : query.exec_prepared("cursors")) {
    cursors.push_back({row[0].as<std::string>(), static_cast<Cursor::Kind>(number_of(row[1])),
                       bytes_of(row[2]), number_of(row[3]), number_of(row[4]), bytes_of(row[5]),
                       number_of(row[6])});
  }
  return cursors;
}

std::vector<StoredNotice> PostgresStore::Reader::read_notices(std::uint64_t from, std::size_t max) {
  pqxx::nontransaction query(*connection_);
  std::vector<StoredNotice> notices;
  for (const auto& row : query.exec_prepared("read_notices", clamp(from), clamp(max))) {
    notices.push_back(
        {number_of(row[0]), {id_of<RecordId>(row[1]), bytes_of(row[2]), number_of(row[3])}});
  }
  return notices;
}

Result<std::vector<LeafHash>> PostgresStore::Reader::tile(LogKind log, unsigned level,
                                                          std::uint64_t index) {
  pqxx::nontransaction query(*connection_);
  const auto rows = query.exec_prepared("tile", static_cast<int>(log), level, clamp(index));
  if (rows.empty()) return tile_not_full(level, index);
  return tile_from_bytes(bytes_of(rows[0][0]));
}

Result<std::vector<LeafHash>> PostgresStore::Reader::leaves(LogKind log, std::uint64_t from,
                                                            std::uint64_t to) {
  if (auto checked = check_range(from, to, size(log)); !checked) {
    return std::unexpected(checked.error());
  }
  pqxx::nontransaction query(*connection_);
  std::vector<LeafHash> leaves;
  const char* name = log == LogKind::kElection ? "leaves0" : "leaves1";
  for (const auto& row : query.exec_prepared(name, from, to)) leaves.push_back(hash_of(row[0]));
  return leaves;
}

}  // namespace urna::journal
