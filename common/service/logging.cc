#include "common/service/logging.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace urna::service {
namespace {

using LineSink = std::function<void(std::string_view line)>;

class RelaySink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit RelaySink(LineSink relay) : sink_(std::move(relay)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    sink_({message.payload.data(), message.payload.size()});
  }
  void flush_() override {}

  LineSink sink_;
};

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (log_level_name(level) == name) return level;
  }
  return std::nullopt;
}

struct Logger::Impl {
  LogOptions options;
  std::atomic<std::uint64_t> dropped{0};
  std::unique_ptr<spdlog::logger> out;

  Impl(LogOptions chosen, spdlog::sink_ptr sink) : options(std::move(chosen)) {
    out = std::make_unique<spdlog::logger>("urna", std::move(sink));
    out->set_pattern("%v", spdlog::pattern_time_type::utc);
    out->set_level(spdlog::level::trace);
    // A log line on its way to a crash or a cut of power is the one that matters.
    out->flush_on(spdlog::level::trace);
    out->set_error_handler([this](const std::string&) { ++dropped; });
  }
};

Logger::Logger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Logger::~Logger() = default;

Result<std::unique_ptr<Logger>> Logger::open(LogOptions options) {
  try {
    spdlog::sink_ptr sink;
    if (options.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file.string());
    }
    return std::unique_ptr<Logger>(
        new Logger(std::make_unique<Impl>(std::move(options), std::move(sink))));
  } catch (const spdlog::spdlog_ex& error) {
    return fail(ErrorCode::kUnavailable, std::string("cannot open the log: ") + error.what());
  }
}

std::unique_ptr<Logger> Logger::to(std::function<void(std::string_view)> sink, LogOptions options) {
  auto relay = std::make_shared<RelaySink>(std::move(sink));
  return std::unique_ptr<Logger>(
      new Logger(std::make_unique<Impl>(std::move(options), std::move(relay))));
}

void Logger::log(LogLevel level, std::string_view event, std::string_view message,
                 LogFields fields) {
  if (level < impl_->options.level) return;
  const std::string line = format_log_line(impl_->options.clock(), level, event, message, fields);
  impl_->out->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void Logger::debug(std::string_view event, std::string_view message, LogFields fields) {
  log(LogLevel::kDebug, event, message, fields);
}
void Logger::info(std::string_view event, std::string_view message, LogFields fields) {
  log(LogLevel::kInfo, event, message, fields);
}
void Logger::warning(std::string_view event, std::string_view message, LogFields fields) {
  log(LogLevel::kWarning, event, message, fields);
}
void Logger::error(std::string_view event, std::string_view message, LogFields fields) {
  log(LogLevel::kError, event, message, fields);
}

std::uint64_t Logger::dropped() const { return impl_->dropped; }

}  // namespace urna::service
