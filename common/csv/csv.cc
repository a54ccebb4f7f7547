#include "common/csv/csv.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace urna::csv {

namespace {

constexpr int kEnd = -1;
constexpr std::size_t kBufferBytes = 64 * 1024;

bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// Length of the well-formed sequence at the start of `text`; 0 when there is none (RFC 3629: no
// overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(at(i))) return 0;
  }
  if (first == 0xe0 && at(1) < 0xa0) return 0;
  if (first == 0xed && at(1) > 0x9f) return 0;
  if (first == 0xf0 && at(1) < 0x90) return 0;
  if (first == 0xf4 && at(1) > 0x8f) return 0;
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_control(int byte) { return (byte >= 0 && byte < 0x20 && byte != '\t') || byte == 0x7f; }

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string name, CsvLimits limits)
    : source_(std::move(source)), name_(std::move(name)), limits_(limits) {
  buffer_.resize(kBufferBytes);
}

Result<CsvReader> CsvReader::open(const std::filesystem::path& path, CsvLimits limits) {
  auto source = open_bytes(path);
  if (!source) return std::unexpected(std::move(source.error()));
  return from(std::move(*source), path.string(), limits);
}

Result<CsvReader> CsvReader::from(std::unique_ptr<ByteSource> source, std::string name,
                                  CsvLimits limits) {
  CsvReader reader(std::move(source), std::move(name), limits);
  auto read = reader.read_row();
  if (!read) return std::unexpected(std::move(read.error()));
  if (!*read) return std::unexpected(reader.at_line(1, "the header line is missing"));
  if (reader.row_[0].starts_with("\xef\xbb\xbf")) {
    return std::unexpected(reader.at_line(1, "begins with a byte order mark"));
  }
  std::set<std::string_view> seen;
  for (const std::string& column : reader.row_) {
    if (column.empty() || !seen.insert(column).second) {
      return std::unexpected(
          reader.at_line(1, "column '" + column + "' is empty or stands twice in the header"));
    }
  }
  reader.header_ = reader.row_;
  return reader;
}

Result<std::size_t> CsvReader::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) {
    return std::unexpected(at_line(1, "the column '" + std::string(name) + "' is missing"));
  }
  return static_cast<std::size_t>(found - header_.begin());
}

Result<bool> CsvReader::next() {
  if (broken_) return std::unexpected(broken_error_);
  auto read = read_row();
  if (read && *read && row_.size() != header_.size()) {
    read =
        std::unexpected(error_here(std::to_string(row_.size()) + " fields where the header has " +
                                   std::to_string(header_.size())));
  }
  if (!read) {
    broken_ = true;
    broken_error_ = read.error();
  }
  return read;
}

Error CsvReader::error_here(std::string_view reason) const { return at_line(row_line_, reason); }

Error CsvReader::at_line(std::uint64_t line, std::string_view reason) const {
  return {ErrorCode::kMalformed, name_ + ":" + std::to_string(line) + ": " + std::string(reason)};
}

Result<int> CsvReader::next_byte() {
  if (buffer_at_ == buffer_end_) {
    auto got = source_->read(buffer_.data(), buffer_.size());
    if (!got) return std::unexpected(std::move(got.error()));
    buffer_at_ = 0;
    buffer_end_ = *got;
    if (*got == 0) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[buffer_at_++]);
}

Result<int> CsvReader::take() {
  auto byte = next_byte();
  if (!byte || *byte == kEnd) return byte;
  if (++row_bytes_ > limits_.row_bytes_max) {
    return std::unexpected(Error{
        ErrorCode::kTooLarge,
        error_here("a row of over " + std::to_string(limits_.row_bytes_max) + " bytes").message});
  }
  return byte;
}

Result<bool> CsvReader::read_row() {
  row_.clear();
  row_line_ = line_;
  row_bytes_ = 0;
  int ended_by = ',';
  while (ended_by == ',') {
    std::string field;
    auto byte = read_field(field);
    if (!byte) return std::unexpected(std::move(byte.error()));
    if (*byte == kEnd && row_bytes_ == 0) return false;
    if (*byte == kEnd) return std::unexpected(error_here("cut short: no line break at its end"));
    if (!is_utf8(field)) return std::unexpected(error_here("not UTF-8"));
    ended_by = *byte;
    row_.push_back(std::move(field));
  }
  return true;
}

Result<int> CsvReader::read_field(std::string& field) {
  for (;;) {
    auto byte = take();
    if (!byte || *byte == kEnd || *byte == ',') return byte;
    if (*byte == '\n' || *byte == '\r') {
      if (row_.empty() && field.empty()) return std::unexpected(error_here("an empty line"));
      return line_end(*byte);
    }
    if (*byte == '"') {
      if (!field.empty()) return std::unexpected(error_here("a quote inside an unquoted field"));
      return read_quoted(field);
    }
    if (is_control(*byte)) return std::unexpected(error_here("a control character"));
    field.push_back(static_cast<char>(*byte));
  }
}

Result<int> CsvReader::read_quoted(std::string& field) {
  for (;;) {
    auto byte = take();
    if (!byte) return byte;
    if (*byte == kEnd) return std::unexpected(error_here("a quote is never closed"));
    if (*byte == '"') {
      byte = take();
      if (!byte || *byte == kEnd || *byte == ',') return byte;
      if (*byte == '\n' || *byte == '\r') return line_end(*byte);
      if (*byte != '"') return std::unexpected(error_here("text after a closing quote"));
    } else if (*byte == '\n') {
      ++line_;
    } else if (*byte != '\r' && is_control(*byte)) {
      return std::unexpected(error_here("a control character"));
    }
    field.push_back(static_cast<char>(*byte));
  }
}

Result<int> CsvReader::line_end(int byte) {
  if (byte == '\r') {
    auto next = take();
    if (!next) return next;
    if (*next != '\n') return std::unexpected(error_here("a carriage return without a line feed"));
  }
  ++line_;
  return '\n';
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line.push_back(',');
    const std::string& field = fields[i];
    // A lone empty field would be an empty line.
    const bool quote = field.find_first_of(",\"\r\n") != std::string::npos ||
                       (field.empty() && fields.size() == 1);
    if (!quote) {
      line += field;
      continue;
    }
    line.push_back('"');
    for (char c : field) {
      if (c == '"') line.push_back('"');
      line.push_back(c);
    }
    line.push_back('"');
  }
  line.push_back('\n');
  return line;
}

std::optional<std::uint32_t> parse_figure(std::string_view field) {
  if (field.empty() || field.size() > 9 || (field.size() > 1 && field[0] == '0')) {
    return std::nullopt;
  }
  std::uint32_t figure = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), figure);
  if (error != std::errc{} || end != field.data() + field.size()) return std::nullopt;
  return figure;  // nine digits at most, so never above what a protocol may hold
}

}  // namespace urna::csv
