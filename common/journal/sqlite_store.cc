#include "common/journal/sqlite_store.h"

#include "common/journal/commit_rules.h"
#include "common/journal/log_id.h"
#include "common/journal/sqlite_reader.h"
#include "common/journal/sqlite_schema.h"
#include "common/journal/sqlite_writer.h"
#include "common/journal/verify.h"

namespace urna::journal {
namespace {

using sqlite::Database;

// Made by hand first: SQLite would make it readable by everyone, and leave its name in the folder
// to the next flush of some other file. One that is there may be what a start left that ended
// before the flush.
Result<void> make_private_file(Disk& disk, const std::filesystem::path& path) {
  if (auto made = disk.make_private(path); !made) return std::unexpected(std::move(made.error()));
  return disk.flush_name(path);
}

Result<void> limit_size(Database& database, std::uint64_t bytes_max) {
  if (bytes_max == 0) return {};
  const auto page_bytes = database.number("PRAGMA page_size");
  if (!page_bytes) return std::unexpected(page_bytes.error());
  const std::uint64_t pages = std::max<std::uint64_t>(1, bytes_max / *page_bytes);
  return database.run("PRAGMA max_page_count = " + std::to_string(pages));
}

Result<Database> open_writer(const SqliteStore::Options& options) {
  const std::string path = options.path.string();
  auto database = Database::open(path, Database::Mode::kReadWrite, options.busy_timeout_ms);
  if (!database) return database;
  auto ready = sqlite::prepare_schema(*database, options.log_id.value_or(mint_log_id()));
  if (!ready) return std::unexpected(std::move(ready).error().within(path));
  std::error_code ignored;
  if (std::filesystem::file_size(options.path, ignored) <= options.checked_bytes_max) {
    auto sound = sqlite::check_pages(*database);
    if (!sound) return std::unexpected(std::move(sound).error().within(path));
  }
  if (auto done = limit_size(*database, options.bytes_max); !done) {
    return std::unexpected(done.error());
  }
  return database;
}

}  // namespace

SqliteStore::SqliteStore() = default;
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(Options options) {
  auto lock = FileLock::take(options.path.string() + ".lock");
  if (!lock) return std::unexpected(lock.error());
  MachineDisk machine;
  Disk& disk = options.disk == nullptr ? machine : *options.disk;
  if (auto made = make_private_file(disk, options.path); !made) {
    return std::unexpected(std::move(made.error()));
  }
  auto database = open_writer(options);
  if (!database) return std::unexpected(database.error());
  auto reading =
      Database::open(options.path.string(), Database::Mode::kReadOnly, options.busy_timeout_ms);
  if (!reading) return std::unexpected(reading.error());

  std::unique_ptr<SqliteStore> store(new SqliteStore);
  store->reader_ = std::make_unique<Reader>(std::move(*reading));
  store->writer_ =
      std::make_unique<Writer>(std::move(*lock), std::move(*database), std::move(options.hook));
  for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
    if (auto sound = verify_tail(*store, log); !sound) {
      return std::unexpected(std::move(sound).error().within(options.path.string()));
    }
  }
  auto election = TileBuilder::load(*store, LogKind::kElection);
  if (!election) return std::unexpected(election.error());
  auto operations = TileBuilder::load(*store, LogKind::kOperations);
  if (!operations) return std::unexpected(operations.error());
  store->writer_->resume(std::move(*election), std::move(*operations));
  return store;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_read_only(
    const std::filesystem::path& path) {
  auto store = open_damaged(path);
  if (!store) return store;
  if (auto known = sqlite::check_schema((*store)->reader_->database()); !known) {
    return std::unexpected(std::move(known).error().within(path.string()));
  }
  return store;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_damaged(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return fail(ErrorCode::kNotFound, "there is no journal at " + path.string());
  }
  auto database =
      Database::open(path.string(), Database::Mode::kReadOnly, Options().busy_timeout_ms);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<SqliteStore> store(new SqliteStore);
  store->reader_ = std::make_unique<Reader>(std::move(*database));
  return store;
}

Result<void> SqliteStore::commit(const Commit& commit) {
  if (writer_ == nullptr) {
    return fail(ErrorCode::kLocked, "this journal is open for reading only");
  }
  return writer_->commit(commit);
}

Result<LogId> SqliteStore::log_id() {
  const std::lock_guard lock(reader_mutex_);
  return reader_->log_id();
}

Result<std::uint64_t> SqliteStore::size(LogKind log) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->size(log);
}

Result<std::vector<StoredEntry>> SqliteStore::read_election(std::uint64_t from,
                                                            std::size_t max_records,
                                                            std::size_t max_bytes) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->read_election(from, max_records, max_bytes);
}

Result<std::vector<StoredHead>> SqliteStore::read_heads(std::uint64_t from, std::size_t max) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->read_heads(from, max);
}

Result<std::vector<StoredOperations>> SqliteStore::read_operations(std::uint64_t from,
                                                                   std::size_t max_records) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->read_operations(from, max_records);
}

Result<std::optional<std::uint64_t>> SqliteStore::find(const RecordId& id) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->find(id);
}

Result<std::optional<Bytes>> SqliteStore::blob(const Digest& digest) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->blob(digest);
}

Result<std::vector<StoredBlob>> SqliteStore::blobs(std::span<const Digest> digests) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->blobs(digests);
}

Result<void> SqliteStore::for_each_part(const std::function<void(const StoredBlob&)>& visit) {
  Result<std::vector<Digest>> parts;
  {
    const std::lock_guard lock(reader_mutex_);
    parts = reader_->parts();
  }
  return parts ? visit_blobs(*this, *parts, visit) : std::unexpected(std::move(parts.error()));
}

Result<std::vector<Cursor>> SqliteStore::cursors() {
  const std::lock_guard lock(reader_mutex_);
  return reader_->cursors();
}

Result<std::vector<StoredNotice>> SqliteStore::read_notices(std::uint64_t from, std::size_t max) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->read_notices(from, max);
}

Result<std::vector<LeafHash>> SqliteStore::tile(LogKind log, unsigned level, std::uint64_t index) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->tile(log, level, index);
}

Result<std::vector<LeafHash>> SqliteStore::leaves(LogKind log, std::uint64_t from,
                                                  std::uint64_t to) {
  const std::lock_guard lock(reader_mutex_);
  return reader_->leaves(log, from, to);
}

}  // namespace urna::journal
