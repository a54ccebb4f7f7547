// The SQLite C interface behind three small classes. Nothing else in the project includes
// sqlite3.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace urna::journal::sqlite {

class Statement;

// A connection. One thread at a time.
class Database {
 public:
  // kReadOnly never writes the database itself, but beside a writer it shares the -shm file.
  enum class Mode { kReadWrite, kReadOnly };
  // kUnavailable: cannot be opened. Waits up to `busy_timeout_ms` for locks of others from then on.
  static Result<Database> open(const std::string& path, Mode mode, int busy_timeout_ms);

  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  // Runs statements that give no rows, or whose rows do not matter.
  Result<void> run(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row, as text or number.
  Result<std::string> text(std::string_view sql);
  Result<std::int64_t> number(std::string_view sql);
  std::int64_t changes() const;
  // Makes this database what `other` is at this moment, read in one piece while others may write it
  // (SQLite's online backup).
  Result<void> copy_from(Database& other);
  // Whether a finding of PRAGMA integrity_check speaks of a page that could not be read because the
  // disk failed, which says nothing of the file: kUnavailable or kNoSpace. nullopt: it is damage.
  static std::optional<ErrorCode> disk_failure_in(std::string_view finding);
  // What just went wrong. kNoSpace: the disk or the database is full. kLocked: someone else writes.
  // kCorrupt: not a sound database. kUnavailable: the disk fails. kInternal: all else.
  Error error(std::string_view doing) const;

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
};

// A prepared statement. Parameters count from 1, columns from 0. Binding copies nothing: what is
// bound must outlive the step.
class Statement {
 public:
  Statement(Database& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int index, std::uint64_t value);
  Statement& bind_text(int index, std::string_view value);
  Statement& bind_blob(int index, std::string_view value);

  // True when there is a row.
  Result<bool> step();
  // Runs to the end and makes ready for new parameters.
  Result<void> run();
  // Makes ready for new parameters, rows left or not.
  void reset();

  std::uint64_t number(int column) const;
  // Text and blobs alike; valid until the next step.
  std::string_view bytes(int column) const;

 private:
  Database* database_;
  sqlite3_stmt* handle_;
};

// BEGIN IMMEDIATE, rolled back when destroyed before commit().
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace urna::journal::sqlite
