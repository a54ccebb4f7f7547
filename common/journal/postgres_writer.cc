#include "common/journal/postgres_writer.h"

#include <unordered_set>

#include "common/journal/commit_rules.h"

namespace urna::journal {
namespace {

using postgres::ArrayParameter;
using postgres::binary;
using postgres::bytes_of;
using postgres::id_of;
using postgres::number_of;
using Element = ArrayParameter::Element;

void write_blobs(pqxx::work& work, const Commit& commit) {
  if (commit.blobs.empty()) return;
  ArrayParameter digests(Element::kBytea, commit.blobs.size());
  ArrayParameter bytes(Element::kBytea, commit.blobs.size());
  for (const StoredBlob& blob : commit.blobs) {
    digests.add(blob.digest.view());
    bytes.add(blob.bytes);
  }
  work.exec_prepared("insert_blobs", digests.parameter(), bytes.parameter());
}

// One parameter per column of `log`, and the bytes for `record`.
struct ElectionColumns {
  explicit ElectionColumns(std::size_t count)
      : positions(Element::kBigint, count),
        ids(Element::kBytea, count),
        leaves(Element::kBytea, count),
        kinds(Element::kSmallint, count),
        units(Element::kText, count),
        sources(Element::kText, count),
        voivodeships(Element::kText, count),
        sizes(Element::kInteger, count),
        records(Element::kBytea, count) {}

  void add(std::uint64_t position, const ElectionEntry& entry) {
    positions.add_number(position);
    ids.add(entry.id.view());
    leaves.add(hash_view(entry.leaf));
    kinds.add_number(entry.kind);
    units.add(entry.unit);
    sources.add(entry.source);
    voivodeships.add(entry.voivodeship);
    sizes.add_number(entry.record.size());
    records.add(entry.record);
  }

  ArrayParameter positions, ids, leaves, kinds, units, sources, voivodeships, sizes, records;
};

void write_election(pqxx::work& work, const Commit& commit) {
  if (commit.election.empty()) return;
  ElectionColumns columns(commit.election.size());
  std::uint64_t position = commit.election_base;
  for (const ElectionEntry& entry : commit.election) columns.add(position++, entry);
  const auto positions = columns.positions.parameter();
  const auto voivodeships = columns.voivodeships.parameter();
  work.exec_prepared("insert_log", positions, columns.ids.parameter(), columns.leaves.parameter(),
                     columns.kinds.parameter(), columns.units.parameter(),
                     columns.sources.parameter(), voivodeships, columns.sizes.parameter());
  work.exec_prepared("insert_record", voivodeships, positions, columns.records.parameter());
}

// Why rows of a commit that failed could not be inserted: they were there before.
std::unexpected<Error> conflict_of(pqxx::connection& connection, const Commit& commit) {
  ArrayParameter ids(Element::kBytea, commit.election.size());
  for (const ElectionEntry& entry : commit.election) ids.add(entry.id.view());
  pqxx::nontransaction query(connection);
  const auto there = query.exec_prepared("any_logged", ids.parameter());
  return fail(ErrorCode::kConflict, there.empty() ? "another program has written to this log"
                                                  : "record " + id_of<RecordId>(there[0][0]).hex() +
                                                        " is in the log already");
}

Result<void> write_operations(pqxx::work& work, const Commit& commit) {
  if (commit.operations.empty()) return {};
  const std::size_t count = commit.operations.size();
  ArrayParameter positions(Element::kBigint, count);
  ArrayParameter leaves(Element::kBytea, count);
  ArrayParameter entries(Element::kBytea, count);
  std::uint64_t position = commit.operations_base;
  for (const OperationsRow& row : commit.operations) {
    positions.add_number(position++);
    leaves.add(hash_view(row.leaf));
    entries.add(row.entry);
  }
  const auto written = work.exec_prepared("insert_operations", positions.parameter(),
                                          leaves.parameter(), entries.parameter());
  if (written.affected_rows() != count) {
    return fail(ErrorCode::kConflict, "another program has written to this log");
  }
  return {};
}

void write_cursors(pqxx::work& work, const Commit& commit) {
  for (const Cursor& cursor : commit.cursors) {
    work.exec_prepared("put_cursor", cursor.peer, static_cast<int>(cursor.kind),
                       binary(cursor.log_id), cursor.position, cursor.size, binary(cursor.root),
                       cursor.notices);
  }
}

// Numbers stay dense, so those already there are taken out before numbering.
void write_notices(pqxx::work& work, const Commit& commit) {
  if (commit.notices.empty()) return;
  ArrayParameter wanted(Element::kBytea, commit.notices.size());
  for (const Notice& notice : commit.notices) wanted.add(notice.id.view());
  std::unordered_set<RecordId> there;
  for (const auto& row : work.exec_prepared("any_noticed", wanted.parameter())) {
    there.insert(id_of<RecordId>(row[0]));
  }
  std::vector<const Notice*> fresh;
  for (const Notice& notice : commit.notices) {
    if (there.insert(notice.id).second) fresh.push_back(&notice);
  }
  if (fresh.empty()) return;
  std::uint64_t number = number_of(work.exec_prepared1("next_notice")[0]);
  ArrayParameter numbers(Element::kBigint, fresh.size());
  ArrayParameter ids(Element::kBytea, fresh.size());
  ArrayParameter logs(Element::kBytea, fresh.size());
  ArrayParameter positions(Element::kBigint, fresh.size());
  for (const Notice* notice : fresh) {
    numbers.add_number(number++);
    ids.add(notice->id.view());
    logs.add(notice->centre_log_id);
    positions.add_number(notice->position);
  }
  work.exec_prepared("insert_notices", numbers.parameter(), ids.parameter(), logs.parameter(),
                     positions.parameter());
}

void write_tiles(pqxx::work& work, LogKind log, const std::vector<Tile>& tiles) {
  for (const Tile& tile : tiles) {
    work.exec_prepared("insert_tile", static_cast<int>(log), tile.level, tile.index,
                       binary(tile_bytes(tile.hashes)));
  }
}

}  // namespace

PostgresStore::Writer::Writer(std::unique_ptr<pqxx::connection> connection, CrashHook hook)
    : connection_(std::move(connection)), hook_(std::move(hook)) {
  pqxx::connection& db = *connection_;
  // Arrays in binary form took records in 3 to 4 times as fast as COPY of the same rows through
  // libpqxx, which escapes them as text, both with 256 and with 2,048 records to a commit.
  db.prepare("insert_blobs",
             "INSERT INTO urna.blob (digest, bytes) "
             "SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT DO NOTHING");
  db.prepare("insert_log",
             "INSERT INTO urna.log "
             "(position, record_id, leaf, kind, unit, source, voivodeship, size) "
             "SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::smallint[], "
             "$5::text[], $6::text[], $7::text[], $8::integer[])");
  db.prepare("insert_record",
             "INSERT INTO urna.record (voivodeship, position, bytes) "
             "SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[])");
  db.prepare("any_logged",
             "SELECT record_id FROM urna.log WHERE record_id = ANY ($1::bytea[]) "
             "ORDER BY position LIMIT 1");
  db.prepare("insert_operations",
             "INSERT INTO urna.operations (position, leaf, entry) "
             "SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) ON CONFLICT DO NOTHING");
  db.prepare("put_cursor",
             "INSERT INTO urna.peer_cursor (peer, kind, log_id, position, size, root, notices) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (peer, kind) DO UPDATE SET "
             "log_id = $3, position = $4, size = $5, root = $6, notices = $7");
  db.prepare("any_noticed",
             "SELECT record_id FROM urna.notice WHERE record_id = ANY ($1::bytea[])");
  db.prepare("next_notice", "SELECT coalesce(max(number) + 1, 0) FROM urna.notice");
  db.prepare("insert_notices",
             "INSERT INTO urna.notice (number, record_id, centre_log_id, position) "
             "SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[])");
  db.prepare("put_log_id", "UPDATE urna.meta SET value = $1 WHERE name = 'log_id'");
  db.prepare("insert_tile",
             "INSERT INTO urna.tile (log, level, number, hashes) VALUES ($1, $2, $3, $4)");
}

Result<void> PostgresStore::Writer::commit(const Commit& commit) {
  if (auto checked = check_commit(commit, election_.size(), operations_.size()); !checked) {
    return checked;
  }
  // Copies, kept only once the commit is durable.
  TileBuilder election = election_;
  TileBuilder operations = operations_;
  auto written = postgres::guarded([&]() -> Result<void> {
    try {
      pqxx::work work(*connection_);
      auto done = write_all(work, commit, election, operations);
      if (done) work.commit();
      return done;
    } catch (const pqxx::unique_violation&) {
      return conflict_of(*connection_, commit);
    }
  });
  if (!written) return written;
  election_ = std::move(election);
  operations_ = std::move(operations);
  reach(CrashPoint::kAfterCommit);
  return {};
}

Result<void> PostgresStore::Writer::write_all(pqxx::work& work, const Commit& commit,
                                              TileBuilder& election, TileBuilder& operations) {
  reach(CrashPoint::kBeforeCommit);
  write_blobs(work, commit);
  reach(CrashPoint::kAfterBlobs);
  write_election(work, commit);
  reach(CrashPoint::kAfterElectionEntries);
  if (auto done = write_operations(work, commit); !done) return done;
  reach(CrashPoint::kAfterOperationsEntries);
  write_cursors(work, commit);
  write_notices(work, commit);
  if (commit.new_log_id) work.exec_prepared("put_log_id", binary(commit.new_log_id->view()));
  reach(CrashPoint::kAfterCursors);
  std::vector<Tile> tiles;
  for (const ElectionEntry& entry : commit.election) election.append(entry.leaf, tiles);
  write_tiles(work, LogKind::kElection, tiles);
  tiles.clear();
  for (const OperationsRow& row : commit.operations) operations.append(row.leaf, tiles);
  write_tiles(work, LogKind::kOperations, tiles);
  reach(CrashPoint::kAfterTiles);
  return {};
}

}  // namespace urna::journal
