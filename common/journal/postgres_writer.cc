#include "common/journal/postgres_writer.h"

#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/journal/commit_rules.h"

namespace urna::journal {
namespace {

using postgres::ArrayParameter;
using postgres::binary;
using postgres::bytes_of;
using postgres::id_of;
using postgres::number_of;
using Element = ArrayParameter::Element;

struct BlobColumns {
  explicit BlobColumns(const std::vector<StoredBlob>& blobs)
      : digests(Element::kBytea, blobs.size()), bytes(Element::kBytea, blobs.size()) {
    for (const StoredBlob& blob : blobs) {
      digests.add(blob.digest.view());
      bytes.add(blob.bytes);
    }
  }
  ArrayParameter digests, bytes;
};

// One parameter per column of `log`, and the bytes for `record`.
struct ElectionColumns {
  explicit ElectionColumns(const Commit& commit)
      : positions(Element::kBigint, commit.election.size()),
        ids(Element::kBytea, commit.election.size()),
        leaves(Element::kBytea, commit.election.size()),
        kinds(Element::kSmallint, commit.election.size()),
        units(Element::kText, commit.election.size()),
        sources(Element::kText, commit.election.size()),
        voivodeships(Element::kText, commit.election.size()),
        sizes(Element::kInteger, commit.election.size()),
        records(Element::kBytea, commit.election.size()) {
    std::uint64_t position = commit.election_base;
    for (const ElectionEntry& entry : commit.election) add(position++, entry);
  }

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

struct OperationsColumns {
  explicit OperationsColumns(const Commit& commit)
      : positions(Element::kBigint, commit.operations.size()),
        leaves(Element::kBytea, commit.operations.size()),
        entries(Element::kBytea, commit.operations.size()) {
    std::uint64_t position = commit.operations_base;
    for (const OperationsRow& row : commit.operations) {
      positions.add_number(position++);
      leaves.add(hash_view(row.leaf));
      entries.add(row.entry);
    }
  }
  ArrayParameter positions, leaves, entries;
};

// The last of each peer and kind: one statement cannot write a row twice.
std::vector<const Cursor*> last_of_each(const std::vector<Cursor>& cursors) {
  std::map<std::pair<std::string_view, Cursor::Kind>, const Cursor*> last;
  for (const Cursor& cursor : cursors) last[{cursor.peer, cursor.kind}] = &cursor;
  std::vector<const Cursor*> rows;
  for (const auto& [key, cursor] : last) rows.push_back(cursor);
  return rows;
}

struct CursorColumns {
  explicit CursorColumns(const std::vector<const Cursor*>& rows)
      : peers(Element::kText, rows.size()),
        kinds(Element::kSmallint, rows.size()),
        log_ids(Element::kBytea, rows.size()),
        positions(Element::kBigint, rows.size()),
        sizes(Element::kBigint, rows.size()),
        roots(Element::kBytea, rows.size()),
        notices(Element::kBigint, rows.size()) {
    for (const Cursor* cursor : rows) {
      peers.add(cursor->peer);
      kinds.add_number(static_cast<std::uint64_t>(cursor->kind));
      log_ids.add(cursor->log_id);
      positions.add_number(cursor->position);
      sizes.add_number(cursor->size);
      roots.add(cursor->root);
      notices.add_number(cursor->notices);
    }
  }
  ArrayParameter peers, kinds, log_ids, positions, sizes, roots, notices;
};

struct NoticeColumns {
  explicit NoticeColumns(const std::vector<Notice>& rows)
      : ids(Element::kBytea, rows.size()),
        logs(Element::kBytea, rows.size()),
        positions(Element::kBigint, rows.size()) {
    for (const Notice& notice : rows) {
      ids.add(notice.id.view());
      logs.add(notice.centre_log_id);
      positions.add_number(notice.position);
    }
  }
  ArrayParameter ids, logs, positions;
};

struct TileColumns {
  TileColumns(const std::vector<Tile>& election, const std::vector<Tile>& operations)
      : logs(Element::kSmallint, election.size() + operations.size()),
        levels(Element::kSmallint, election.size() + operations.size()),
        numbers(Element::kBigint, election.size() + operations.size()),
        hashes(Element::kBytea, election.size() + operations.size()) {
    add(LogKind::kElection, election);
    add(LogKind::kOperations, operations);
  }
  void add(LogKind log, const std::vector<Tile>& tiles) {
    for (const Tile& tile : tiles) {
      logs.add_number(static_cast<std::uint64_t>(log));
      levels.add_number(tile.level);
      numbers.add_number(tile.index);
      hashes.add(tile_bytes(tile.hashes));
    }
  }
  ArrayParameter logs, levels, numbers, hashes;
};

// A commit is one statement, and with that one transaction and one exchange with the server: at
// full load, with some 256 records to a commit, eight exchanges took as long as the rows. Each part
// sees the tables as they were before.
constexpr const char* kCommit =
    "WITH "
    "blobs AS (INSERT INTO urna.blob (digest, bytes) "
    "SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT DO NOTHING), "
    "entries AS (INSERT INTO urna.log "
    "(position, record_id, leaf, kind, unit, source, voivodeship, size) "
    "SELECT * FROM unnest($3::bigint[], $4::bytea[], $5::bytea[], $6::smallint[], $7::text[], "
    "$8::text[], $9::text[], $10::integer[])), "
    "records AS (INSERT INTO urna.record (voivodeship, position, bytes) "
    "SELECT * FROM unnest($9::text[], $3::bigint[], $11::bytea[])), "
    "operations AS (INSERT INTO urna.operations (position, leaf, entry) "
    "SELECT * FROM unnest($12::bigint[], $13::bytea[], $14::bytea[])), "
    "cursors AS (INSERT INTO urna.peer_cursor "
    "(peer, kind, log_id, position, size, root, notices) "
    "SELECT * FROM unnest($15::text[], $16::smallint[], $17::bytea[], $18::bigint[], "
    "$19::bigint[], $20::bytea[], $21::bigint[]) ON CONFLICT (peer, kind) DO UPDATE SET "
    "log_id = excluded.log_id, position = excluded.position, size = excluded.size, "
    "root = excluded.root, notices = excluded.notices), "
    // Numbers stay dense: what is there already is taken out before numbering.
    "given AS (SELECT record_id, min(n) AS n "
    "FROM unnest($22::bytea[]) WITH ORDINALITY AS g(record_id, n) GROUP BY record_id), "
    "fresh AS (SELECT n, row_number() OVER (ORDER BY n) - 1 AS rank FROM given "
    "WHERE NOT EXISTS (SELECT FROM urna.notice o WHERE o.record_id = given.record_id)), "
    "notices AS (INSERT INTO urna.notice (number, record_id, centre_log_id, position) "
    "SELECT (SELECT coalesce(max(number) + 1, 0) FROM urna.notice) + rank, "
    "($22::bytea[])[n], ($23::bytea[])[n], ($24::bigint[])[n] FROM fresh), "
    "named AS (UPDATE urna.meta SET value = v FROM unnest($25::bytea[]) AS given(v) "
    "WHERE name = 'log_id') "
    "INSERT INTO urna.tile (log, level, number, hashes) "
    "SELECT * FROM unnest($26::smallint[], $27::smallint[], $28::bigint[], $29::bytea[])";

// The tiles that entries or rows fill.
template <class Row>
std::vector<Tile> append_all(TileBuilder& tree, const std::vector<Row>& rows) {
  std::vector<Tile> tiles;
  for (const Row& row : rows) tree.append(row.leaf, tiles);
  return tiles;
}

}  // namespace

PostgresStore::Writer::Writer(std::unique_ptr<pqxx::connection> connection, CrashHook hook)
    : connection_(std::move(connection)), hook_(std::move(hook)) {
  pqxx::connection& db = *connection_;
  // Arrays in binary form took records in 3 to 4 times as fast as COPY of the same rows through
  // libpqxx, which escapes them as text, both with 256 and with 2,048 records to a commit.
  // Planning it anew for each commit, with that commit's sizes in mind, gives the same plan.
  pqxx::nontransaction(db).exec("SET plan_cache_mode = force_generic_plan");
  db.prepare("commit", kCommit);
  db.prepare("any_logged",
             "SELECT record_id FROM urna.log WHERE record_id = ANY ($1::bytea[]) "
             "ORDER BY position LIMIT 1");
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
      write(commit, election, operations);
      return {};
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

void PostgresStore::Writer::write(const Commit& commit, TileBuilder& election,
                                  TileBuilder& operations_tree) {
  const BlobColumns blobs(commit.blobs);
  const ElectionColumns entries(commit);
  const OperationsColumns operations(commit);
  const CursorColumns cursors(last_of_each(commit.cursors));
  const NoticeColumns notices(commit.notices);
  const TileColumns tiles(append_all(election, commit.election),
                          append_all(operations_tree, commit.operations));
  ArrayParameter log_id(Element::kBytea, commit.new_log_id ? 1 : 0);
  if (commit.new_log_id) log_id.add(commit.new_log_id->view());
  // PostgreSQL can be left at no point between these: a test that dies at one finds nothing
  // written.
  for (const CrashPoint point : kAllCrashPoints) {
    if (point != CrashPoint::kAfterCommit) reach(point);
  }
  pqxx::nontransaction work(*connection_);
  work.exec_prepared(
      "commit", blobs.digests.parameter(), blobs.bytes.parameter(), entries.positions.parameter(),
      entries.ids.parameter(), entries.leaves.parameter(), entries.kinds.parameter(),
      entries.units.parameter(), entries.sources.parameter(), entries.voivodeships.parameter(),
      entries.sizes.parameter(), entries.records.parameter(), operations.positions.parameter(),
      operations.leaves.parameter(), operations.entries.parameter(), cursors.peers.parameter(),
      cursors.kinds.parameter(), cursors.log_ids.parameter(), cursors.positions.parameter(),
      cursors.sizes.parameter(), cursors.roots.parameter(), cursors.notices.parameter(),
      notices.ids.parameter(), notices.logs.parameter(), notices.positions.parameter(),
      log_id.parameter(), tiles.logs.parameter(), tiles.levels.parameter(),
      tiles.numbers.parameter(), tiles.hashes.parameter());
}

}  // namespace urna::journal
