#include "common/journal/postgres_store.h"

#include "common/journal/commit_rules.h"
#include "common/journal/log_id.h"
#include "common/journal/postgres_reader.h"
#include "common/journal/postgres_schema.h"
#include "common/journal/postgres_writer.h"
#include "common/journal/verify.h"

namespace urna::journal {
namespace {

std::unexpected<Error> gone() {
  return fail(ErrorCode::kUnavailable,
              "the connection to the database is broken; reopen the store");
}

}  // namespace

PostgresStore::PostgresStore(Options options) : options_(std::move(options)) {}
PostgresStore::~PostgresStore() = default;

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(Options options) {
  std::unique_ptr<PostgresStore> store(new PostgresStore(std::move(options)));
  if (auto opened = store->reopen(); !opened) return std::unexpected(opened.error());
  return store;
}

Result<std::unique_ptr<PostgresStore>> PostgresStore::open_read_only(
    const std::string& connection) {
  std::unique_ptr<PostgresStore> store(
      new PostgresStore({.connection = connection, .hook = {}, .log_id = {}}));
  auto opened = postgres::guarded([&]() -> Result<void> {
    auto session = postgres::connect(connection);
    if (auto known = postgres::check_migrated(*session); !known) return known;
    store->reader_ = std::make_unique<Reader>(std::move(session));
    return {};
  });
  if (!opened) return std::unexpected(std::move(opened.error()));
  return store;
}

Result<void> PostgresStore::reopen() {
  // The old session's lock must be free before the new one asks for it.
  broken_ = true;
  writer_.reset();
  {
    const std::lock_guard lock(reader_mutex_);
    reader_.reset();
  }
  auto opened = postgres::guarded([&]() -> Result<void> {
    auto connection = postgres::connect(options_.connection);
    if (auto locked = postgres::take_writer_lock(*connection); !locked) return locked;
    if (auto migrated = postgres::migrate(*connection); !migrated) return migrated;
    postgres::set_first_log_id(*connection, options_.log_id.value_or(mint_log_id()));
    auto writer = std::make_unique<Writer>(std::move(connection), options_.hook);
    auto reader = std::make_unique<Reader>(postgres::connect(options_.connection));
    const std::lock_guard lock(reader_mutex_);
    writer_ = std::move(writer);
    reader_ = std::move(reader);
    return {};
  });
  if (!opened) return opened;
  broken_ = false;
  auto resumed = resume();
  if (!resumed) broken_ = true;
  return resumed;
}

Result<void> PostgresStore::resume() {
  for (const LogKind log : {LogKind::kElection, LogKind::kOperations}) {
    if (auto sound = verify_tail(*this, log); !sound) return sound;
  }
  auto election = TileBuilder::load(*this, LogKind::kElection);
  if (!election) return std::unexpected(election.error());
  auto operations = TileBuilder::load(*this, LogKind::kOperations);
  if (!operations) return std::unexpected(operations.error());
  writer_->resume(std::move(*election), std::move(*operations));
  return {};
}

Result<void> PostgresStore::commit(const Commit& commit) {
  if (broken_) return gone();
  if (writer_ == nullptr) {
    return fail(ErrorCode::kLocked, "the store was opened for reading");
  }
  auto done = writer_->commit(commit);
  if (!done && !writer_->alive()) {
    broken_ = true;
    done.error().code = ErrorCode::kUnavailable;
  }
  return done;
}

template <class Body>
auto PostgresStore::read(Body body) -> decltype(body(std::declval<Reader&>())) {
  const std::lock_guard lock(reader_mutex_);
  if (broken_ || reader_ == nullptr) return gone();
  auto answer = postgres::guarded([&] { return body(*reader_); });
  if (!answer && !reader_->alive()) {
    broken_ = true;
    answer.error().code = ErrorCode::kUnavailable;
  }
  return answer;
}

bool PostgresStore::lost() {
  if (broken_) return true;
  const std::unique_lock lock(reader_mutex_, std::try_to_lock);
  // A read under way finds out by itself.
  if (!lock.owns_lock() || reader_ == nullptr) return false;
  const auto heard = postgres::guarded([&]() -> Result<void> {
    reader_->listen();
    return {};
  });
  if (!heard && !reader_->alive()) broken_ = true;
  return broken_;
}

Result<LogId> PostgresStore::log_id() {
  return read([](Reader& reader) -> Result<LogId> { return reader.log_id(); });
}

Result<std::uint64_t> PostgresStore::size(LogKind log) {
  return read([&](Reader& reader) -> Result<std::uint64_t> { return reader.size(log); });
}

Result<std::vector<StoredEntry>> PostgresStore::read_election(std::uint64_t from,
                                                              std::size_t max_records,
                                                              std::size_t max_bytes) {
  return read([&](Reader& reader) { return reader.read_election(from, max_records, max_bytes); });
}

Result<std::vector<StoredHead>> PostgresStore::read_heads(std::uint64_t from, std::size_t max) {
  return read([&](Reader& reader) -> Result<std::vector<StoredHead>> {
    return reader.read_heads(from, max);
  });
}

Result<std::vector<StoredOperations>> PostgresStore::read_operations(std::uint64_t from,
                                                                     std::size_t max_records) {
  return read([&](Reader& reader) -> Result<std::vector<StoredOperations>> {
    return reader.read_operations(from, max_records);
  });
}

Result<std::optional<std::uint64_t>> PostgresStore::find(const RecordId& id) {
  return read(
      [&](Reader& reader) -> Result<std::optional<std::uint64_t>> { return reader.find(id); });
}

Result<std::optional<Bytes>> PostgresStore::blob(const Digest& digest) {
  return read([&](Reader& reader) -> Result<std::optional<Bytes>> { return reader.blob(digest); });
}

Result<std::vector<StoredBlob>> PostgresStore::blobs(std::span<const Digest> digests) {
  return read(
      [&](Reader& reader) -> Result<std::vector<StoredBlob>> { return reader.blobs(digests); });
}

Result<void> PostgresStore::for_each_part(const std::function<void(const StoredBlob&)>& visit) {
  const auto parts =
      read([](Reader& reader) -> Result<std::vector<Digest>> { return reader.parts(); });
  return parts ? visit_blobs(*this, *parts, visit) : std::unexpected(parts.error());
}

Result<std::vector<Cursor>> PostgresStore::cursors() {
  return read([](Reader& reader) -> Result<std::vector<Cursor>> { return reader.cursors(); });
}

Result<std::vector<StoredNotice>> PostgresStore::read_notices(std::uint64_t from, std::size_t max) {
  return read([&](Reader& reader) -> Result<std::vector<StoredNotice>> {
    return reader.read_notices(from, max);
  });
}

Result<std::vector<LeafHash>> PostgresStore::tile(LogKind log, unsigned level,
                                                  std::uint64_t index) {
  return read([&](Reader& reader) { return reader.tile(log, level, index); });
}

Result<std::vector<LeafHash>> PostgresStore::leaves(LogKind log, std::uint64_t from,
                                                    std::uint64_t to) {
  return read([&](Reader& reader) { return reader.leaves(log, from, to); });
}

}  // namespace urna::journal
