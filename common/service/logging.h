// The program's log: one JSON object a line, on stderr or appended to a file.
//
//   {"ts":"2014-11-16T21:04:05.123Z","level":"info","event":"batch_admitted",
//    "message":"admitted 256 records","peer":"146502","records":256}
//
// `event` is a fixed name in snake_case that tools search for; `message` is for a person; fields
// carry the values. No personal data: identifiers of units, peers, records and keys only. As a net
// under that rule a PESEL in any text is written as [pesel]. Whoever handles an error logs it,
// nobody else.
//
// Thread-safe. A line that cannot be written (a full disk) is dropped and counted, never thrown.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/error.h"

namespace urna::service {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning", "error"
std::string_view log_level_name(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view name);

// A named value. Refers to the caller's text: for use in a call only.
struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const std::string& text)
      : key(name), value(std::string_view(text)) {}
  LogField(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  LogField(std::string_view name, bool truth) : key(name), value(truth) {}
  LogField(std::string_view name, std::signed_integral auto number)
      : key(name), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view name, std::unsigned_integral auto number)
      : key(name), value(static_cast<std::uint64_t>(number)) {}
  LogField(std::string_view name, double number) : key(name), value(number) {}
};

using LogFields = std::initializer_list<LogField>;
using LogClock = std::function<std::chrono::system_clock::time_point()>;

// One line without its end. Text that is not UTF-8 gets U+FFFD; text over 4 KiB is cut. Keys that
// repeat a fixed one ("ts", "level", "event", "message") get a trailing underscore.
std::string format_log_line(std::chrono::system_clock::time_point at, LogLevel level,
                            std::string_view event, std::string_view message, LogFields fields);

struct LogOptions {
  // Empty: stderr.
  std::filesystem::path file{};
  LogLevel level = LogLevel::kInfo;
  LogClock clock = [] { return std::chrono::system_clock::now(); };
};

class Logger {
 public:
  // kUnavailable when the file cannot be opened for appending.
  static Result<std::unique_ptr<Logger>> open(LogOptions options);
  // Sends lines to a function, for tests and for programs with a terminal of their own.
  static std::unique_ptr<Logger> to(std::function<void(std::string_view line)> sink,
                                    LogOptions options);
  ~Logger();

  void log(LogLevel level, std::string_view event, std::string_view message, LogFields fields = {});
  void debug(std::string_view event, std::string_view message, LogFields fields = {});
  void info(std::string_view event, std::string_view message, LogFields fields = {});
  void warning(std::string_view event, std::string_view message, LogFields fields = {});
  void error(std::string_view event, std::string_view message, LogFields fields = {});

  // Lines lost since the start.
  std::uint64_t dropped() const;

 private:
  struct Impl;
  explicit Logger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace urna::service
