#include "common/journal/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "common/base/check.h"

namespace urna::journal::sqlite {
namespace {

ErrorCode code_of(int primary, int system_errno) {
  switch (primary) {
    case SQLITE_FULL: return ErrorCode::kNoSpace;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::kLocked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kCorrupt;
    case SQLITE_IOERR:
      return system_errno == ENOSPC || system_errno == EDQUOT ? ErrorCode::kNoSpace
                                                              : ErrorCode::kUnavailable;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return ErrorCode::kUnavailable;
    default: return ErrorCode::kInternal;
  }
}

}  // namespace

Result<Database> Database::open(const std::string& path, Mode mode, int busy_timeout_ms) {
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    return std::unexpected(handle == nullptr
                               ? Error{ErrorCode::kUnavailable, "opening " + path + ": no memory"}
                               : database.error("opening " + path));
  }
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  return database;
}

Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Database::~Database() { sqlite3_close_v2(handle_); }

Result<void> Database::run(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return std::unexpected(error("running " + sql.substr(0, sql.find('\n'))));
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) !=
      SQLITE_OK) {
    return std::unexpected(error("preparing " + std::string(sql)));
  }
  return Statement(*this, statement);
}

Result<std::string> Database::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::string(statement->bytes(0)) : std::string();
}

Result<std::int64_t> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? static_cast<std::int64_t>(statement->number(0)) : 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

Result<void> Database::copy_from(Database& other) {
  sqlite3_backup* copy = sqlite3_backup_init(handle_, "main", other.handle_, "main");
  if (copy == nullptr) return std::unexpected(error("beginning a copy"));
  const int stepped = sqlite3_backup_step(copy, -1);
  // Ends with the error of the step, told by the database that is written.
  const int finished = sqlite3_backup_finish(copy);
  if (stepped == SQLITE_DONE && finished == SQLITE_OK) return {};
  const int code = finished != SQLITE_OK ? finished : stepped;
  return fail(code_of(code & 0xff, sqlite3_system_errno(handle_)),
              std::string("copying: ") + sqlite3_errstr(code));
}

std::optional<ErrorCode> Database::disk_failure_in(std::string_view finding) {
  // Of a page of overflow it tells no code; numbers that lead nowhere are told in other words.
  if (finding.find("failed to get page") != std::string_view::npos) return ErrorCode::kUnavailable;
  constexpr std::string_view kBefore = "error code=";
  const auto at = finding.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  int code = 0;
  const char* first = finding.data() + at + kBefore.size();
  std::from_chars(first, finding.data() + finding.size(), code);
  const ErrorCode meaning = code_of(code & 0xff, 0);
  if (meaning == ErrorCode::kUnavailable || meaning == ErrorCode::kNoSpace) return meaning;
  return std::nullopt;
}

Error Database::error(std::string_view doing) const {
  const int extended = sqlite3_extended_errcode(handle_);
  const int system_errno = sqlite3_system_errno(handle_);
  std::string message = std::string(doing) + ": " + sqlite3_errmsg(handle_) + " (SQLite " +
                        std::to_string(extended) + ")";
  return {code_of(extended & 0xff, system_errno), std::move(message)};
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::bind(int index, std::uint64_t value) {
  URNA_CHECK(sqlite3_bind_int64(handle_, index, static_cast<sqlite3_int64>(value)) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_text(int index, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  URNA_CHECK(sqlite3_bind_text64(handle_, index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8) ==
             SQLITE_OK);
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view value) {
  // A null pointer would bind NULL, not an empty blob.
  const char* data = value.data() == nullptr ? "" : value.data();
  URNA_CHECK(sqlite3_bind_blob64(handle_, index, data, value.size(), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(database_->error("SQLite"));
}

Result<void> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row || !*row) {
      sqlite3_reset(handle_);
      if (!row) return std::unexpected(row.error());
      return {};
    }
  }
}

void Statement::reset() { sqlite3_reset(handle_); }

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(handle_, column));
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // Fails harmlessly when the failure that brought us here rolled back already.
  if (database_ != nullptr) (void)database_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
  auto done = database_->run("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace urna::journal::sqlite
