#include "common/journal/sqlite_writer.h"

#include "common/journal/commit_rules.h"
#include "common/journal/sqlite_row_check.h"

namespace urna::journal {

Result<void> SqliteStore::Writer::commit(const Commit& commit) {
  if (auto checked = check_commit(commit, election_.size(), operations_.size()); !checked) {
    return checked;
  }
  // Copies, kept only once the commit is durable.
  TileBuilder election = election_;
  TileBuilder operations = operations_;
  {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) return std::unexpected(transaction.error());
    if (auto written = write_all(commit, election, operations); !written) return written;
    if (auto done = transaction->commit(); !done) return done;
  }
  election_ = std::move(election);
  operations_ = std::move(operations);
  reach(CrashPoint::kAfterCommit);
  return {};
}

Result<void> SqliteStore::Writer::write_all(const Commit& commit, TileBuilder& election,
                                            TileBuilder& operations) {
  reach(CrashPoint::kBeforeCommit);
  if (auto done = write_blobs(commit); !done) return done;
  reach(CrashPoint::kAfterBlobs);
  if (auto done = write_election(commit); !done) return done;
  reach(CrashPoint::kAfterElectionEntries);
  if (auto done = write_operations(commit); !done) return done;
  reach(CrashPoint::kAfterOperationsEntries);
  if (auto done = write_cursors(commit); !done) return done;
  if (auto done = write_notices(commit); !done) return done;
  if (auto done = write_log_id(commit); !done) return done;
  reach(CrashPoint::kAfterCursors);
  std::vector<Tile> tiles;
  for (const ElectionEntry& entry : commit.election) election.append(entry.leaf, tiles);
  if (auto done = write_tiles(LogKind::kElection, tiles); !done) return done;
  tiles.clear();
  for (const OperationsRow& row : commit.operations) operations.append(row.leaf, tiles);
  if (auto done = write_tiles(LogKind::kOperations, tiles); !done) return done;
  reach(CrashPoint::kAfterTiles);
  return {};
}

Result<void> SqliteStore::Writer::write_blobs(const Commit& commit) {
  if (commit.blobs.empty()) return {};
  auto insert =
      database_.prepare("INSERT INTO blob (digest, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  if (!insert) return std::unexpected(insert.error());
  for (const StoredBlob& blob : commit.blobs) {
    auto done = insert->bind_blob(1, blob.digest.view()).bind_blob(2, blob.bytes).run();
    if (!done) return done;
  }
  return {};
}

Result<void> SqliteStore::Writer::write_election(const Commit& commit) {
  if (commit.election.empty()) return {};
  auto insert = database_.prepare(
      "INSERT INTO election (position, record_id, leaf, kind, unit, voivodeship, source, record, "
      "row_check) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (record_id) DO NOTHING");
  if (!insert) return std::unexpected(insert.error());
  std::uint64_t position = commit.election_base;
  for (const ElectionEntry& entry : commit.election) {
    insert->bind(9, sqlite::check_of(position, entry)).bind(1, position);
    ++position;
    insert->bind_blob(2, entry.id.view()).bind_blob(3, hash_view(entry.leaf));
    insert->bind(4, entry.kind).bind_text(5, entry.unit).bind_text(6, entry.voivodeship);
    auto done = insert->bind_text(7, entry.source).bind_blob(8, entry.record).run();
    if (!done) return done;
    if (database_.changes() != 1) {
      return fail(ErrorCode::kConflict, "record " + entry.id.hex() + " is in the log already");
    }
  }
  return {};
}

Result<void> SqliteStore::Writer::write_operations(const Commit& commit) {
  if (commit.operations.empty()) return {};
  auto insert =
      database_.prepare("INSERT INTO operations (position, leaf, entry) VALUES (?1, ?2, ?3)");
  if (!insert) return std::unexpected(insert.error());
  std::uint64_t position = commit.operations_base;
  for (const OperationsRow& row : commit.operations) {
    insert->bind(1, position++).bind_blob(2, hash_view(row.leaf)).bind_blob(3, row.entry);
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

Result<void> SqliteStore::Writer::write_cursors(const Commit& commit) {
  if (commit.cursors.empty()) return {};
  auto insert = database_.prepare(
      "INSERT OR REPLACE INTO cursor (peer, kind, log_id, position, size, root, notices, "
      "row_check) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  if (!insert) return std::unexpected(insert.error());
  for (const Cursor& cursor : commit.cursors) {
    insert->bind_text(1, cursor.peer).bind(2, static_cast<std::uint64_t>(cursor.kind));
    insert->bind_blob(3, cursor.log_id).bind(4, cursor.position).bind(5, cursor.size);
    insert->bind_blob(6, cursor.root).bind(7, cursor.notices).bind(8, sqlite::check_of(cursor));
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

Result<void> SqliteStore::Writer::write_notices(const Commit& commit) {
  if (commit.notices.empty()) return {};
  const auto first = database_.number("SELECT coalesce(max(number) + 1, 0) FROM notice");
  if (!first) return std::unexpected(first.error());
  auto insert = database_.prepare(
      "INSERT INTO notice (number, record_id, centre_log_id, position, row_check) "
      "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (record_id) DO NOTHING");
  if (!insert) return std::unexpected(insert.error());
  auto number = static_cast<std::uint64_t>(*first);
  for (const Notice& notice : commit.notices) {
    insert->bind(1, number).bind_blob(2, notice.id.view()).bind_blob(3, notice.centre_log_id);
    insert->bind(4, notice.position).bind(5, sqlite::check_of(number, notice));
    if (auto done = insert->run(); !done) return done;
    // Numbers stay dense when a notice is there already.
    if (database_.changes() == 1) ++number;
  }
  return {};
}

Result<void> SqliteStore::Writer::write_log_id(const Commit& commit) {
  if (!commit.new_log_id) return {};
  auto update =
      database_.prepare("UPDATE meta SET value = ?1, row_check = ?2 WHERE name = 'log_id'");
  if (!update) return std::unexpected(update.error());
  update->bind_blob(1, commit.new_log_id->view());
  return update->bind(2, sqlite::check_of("log_id", commit.new_log_id->view())).run();
}

Result<void> SqliteStore::Writer::write_tiles(LogKind log, const std::vector<Tile>& tiles) {
  if (tiles.empty()) return {};
  auto insert =
      database_.prepare("INSERT INTO tile (log, level, number, hashes) VALUES (?1, ?2, ?3, ?4)");
  if (!insert) return std::unexpected(insert.error());
  for (const Tile& tile : tiles) {
    const Bytes hashes = tile_bytes(tile.hashes);
    insert->bind(1, static_cast<std::uint64_t>(log)).bind(2, tile.level).bind(3, tile.index);
    if (auto done = insert->bind_blob(4, hashes).run(); !done) return done;
  }
  return {};
}

}  // namespace urna::journal
