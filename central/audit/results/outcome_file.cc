#include "central/audit/results/outcome_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace urna::audit {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferBytes = 64 * 1024;

class CountedSource : public csv::ByteSource {
 public:
  CountedSource(std::unique_ptr<csv::ByteSource> source, Fingerprint& fingerprint)
      : source_(std::move(source)), fingerprint_(fingerprint) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    auto got = source_->read(into, size);
    if (got) fingerprint_.add({into, *got});
    return got;
  }

 private:
  std::unique_ptr<csv::ByteSource> source_;
  Fingerprint& fingerprint_;
};

// Rows as they stand, of a table already known to be sound: a line feed outside quotes ends a row.
class RawRows {
 public:
  explicit RawRows(std::unique_ptr<csv::ByteSource> source) : source_(std::move(source)) {
    buffer_.resize(kBufferBytes);
  }

  // False at the end.
  Result<bool> next() {
    row_.clear();
    bool quoted = false;
    for (;;) {
      if (at_ == end_) {
        auto got = source_->read(buffer_.data(), buffer_.size());
        if (!got) return std::unexpected(std::move(got.error()));
        at_ = 0;
        end_ = *got;
        if (end_ == 0) return !row_.empty();
      }
      const char c = buffer_[at_++];
      row_.push_back(c);
      if (c == '"') quoted = !quoted;
      if (c == '\n' && !quoted) return true;
    }
  }

  // The row read last with `value` as its field `column`, or as a new last field.
  std::string with(std::optional<std::size_t> column, std::string_view value) const {
    const std::size_t length = row_.size() - (row_.ends_with("\r\n") ? 2 : 1);
    const std::string_view fields = std::string_view(row_).substr(0, length);
    const std::string_view line_break = std::string_view(row_).substr(length);
    std::string changed;
    if (!column) {
      changed.append(fields).append(",").append(value);
    } else {
      const auto [first, last] = extent_of(fields, *column);
      changed.append(fields.substr(0, first)).append(value).append(fields.substr(last));
    }
    return changed.append(line_break);
  }

 private:
  static std::pair<std::size_t, std::size_t> extent_of(std::string_view fields,
                                                       std::size_t column) {
    bool quoted = false;
    std::size_t first = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i] == '"') quoted = !quoted;
      if (fields[i] != ',' || quoted) continue;
      if (column-- == 0) return {first, i};
      first = i + 1;
    }
    return {first, fields.size()};
  }

  std::unique_ptr<csv::ByteSource> source_;
  std::string buffer_, row_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

// A file that gets its name only when it is whole.
class NewFile {
 public:
  explicit NewFile(fs::path path) : path_(std::move(path)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Result<void> open() {
    // A link is followed, so that it stays one; a device or pipe is never replaced.
    std::error_code status;
    if (fs::is_symlink(path_, status)) path_ = fs::weakly_canonical(path_, status);
    if (fs::exists(path_, status) && !fs::is_regular_file(path_, status)) {
      return fail(ErrorCode::kInvalidArgument,
                  path_.string() + ": not a regular file; name one to be written");
    }
    std::string name = (folder() / ("." + path_.filename().string() + ".XXXXXX")).string();
    fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0) return failed();
    temporary_ = name;
    return {};
  }

  Result<void> write(std::string_view bytes) {
    pending_ += bytes;
    return pending_.size() < kBufferBytes ? Result<void>() : flush();
  }

  // Everything on the disk, then the name.
  Result<void> finish() {
    if (auto flushed = flush(); !flushed) return flushed;
    if (::fchmod(fd_, permissions()) != 0 || ::fsync(fd_) != 0) return failed();
    if (::close(std::exchange(fd_, -1)) != 0) return failed();
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed();
    temporary_.clear();
    const int at = ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) return failed();
    const bool flushed = ::fsync(at) == 0;
    ::close(at);
    return flushed ? Result<void>() : failed();
  }

 private:
  fs::path folder() const { return path_.has_parent_path() ? path_.parent_path() : fs::path("."); }

  // What a file made in the ordinary way would have.
  static mode_t permissions() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
  }

  Result<void> flush() {
    std::string_view left = pending_;
    while (!left.empty()) {
      const ssize_t written = ::write(fd_, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed();
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    pending_.clear();
    return {};
  }

  std::unexpected<Error> failed() const {
    const int error = errno;
    const ErrorCode code = error == ENOSPC || error == EDQUOT ? ErrorCode::kNoSpace
                           : error == ENOENT                  ? ErrorCode::kNotFound
                                                              : ErrorCode::kUnavailable;
    return fail(code,
                path_.string() + ": cannot be written: " + std::generic_category().message(error));
  }

  fs::path path_;
  std::string temporary_;
  std::string pending_;
  int fd_ = -1;
};

}  // namespace

void Fingerprint::add(std::string_view more) {
  constexpr std::uint64_t kPrime = 1099511628211U;
  bytes += more.size();
  for (const char c : more) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
}

Result<csv::CsvReader> open_counted(const fs::path& path, Fingerprint& fingerprint) {
  auto source = csv::open_bytes(path);
  if (!source) return std::unexpected(std::move(source.error()));
  return csv::CsvReader::from(std::make_unique<CountedSource>(std::move(*source), fingerprint),
                              path.string());
}

Result<void> write_outcomes(const fs::path& input, const Fingerprint& fingerprint,
                            const std::vector<std::string>& header, const fs::path& output,
                            const std::function<std::string_view(std::size_t)>& outcome_of) {
  auto source = csv::open_bytes(input);
  if (!source) return std::unexpected(std::move(source.error()));
  Fingerprint again;
  RawRows rows(std::make_unique<CountedSource>(std::move(*source), again));
  const auto found = std::ranges::find(header, kOutcomeColumn);
  std::optional<std::size_t> column;
  if (found != header.end()) column = static_cast<std::size_t>(found - header.begin());

  NewFile file(output);
  if (auto opened = file.open(); !opened) return opened;
  for (std::size_t line = 0;; ++line) {
    const auto read = rows.next();
    if (!read) return std::unexpected(read.error());
    if (!*read) break;
    // Past the end of a file that has grown; the fingerprint tells below.
    if (again.bytes > fingerprint.bytes) break;
    const std::string_view value = line == 0 ? kOutcomeColumn : outcome_of(line - 1);
    if (auto written = file.write(rows.with(column, value)); !written) return written;
  }
  if (again != fingerprint) {
    return fail(ErrorCode::kConflict, input.string() + ": has changed while it was read");
  }
  return file.finish();
}

}  // namespace urna::audit
