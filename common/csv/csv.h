// A strict reader of CSV: UTF-8, comma, one header line, fields optionally in double quotes with a
// quote inside written twice. One row is held at a time, so a file may be of any length.
//
// Refused, with file, line and reason: bytes that are not UTF-8, a byte order mark, a quote inside
// an unquoted field, text after a closing quote, a quote never closed, a row with more or fewer
// fields than the header, a repeated or empty column name, an empty line, control characters (a
// line break is allowed inside quotes), a row over the limit, a file that does not end with a line
// break, and a compressed file that is cut short, damaged, or followed by other bytes.
//
// Not for use by several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace urna::csv {

struct CsvLimits {
  // Bytes of one row, its line breaks and quotes included.
  std::size_t row_bytes_max = 64 * 1024;
};

// Where a reader takes its bytes from.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes into `into`; 0 at the end.
  virtual Result<std::size_t> read(char* into, std::size_t size) = 0;
};

// A file; one named *.gz is decompressed on the way. kNotFound, or kCorrupt while reading.
Result<std::unique_ptr<ByteSource>> open_bytes(const std::filesystem::path& path);

class CsvReader {
 public:
  static Result<CsvReader> open(const std::filesystem::path& path, CsvLimits limits = {});
  // `name` stands in errors.
  static Result<CsvReader> from(std::unique_ptr<ByteSource> source, std::string name,
                                CsvLimits limits = {});

  const std::vector<std::string>& header() const { return header_; }
  // Position of a column; kInvalidArgument when the file lacks it.
  Result<std::size_t> column(std::string_view name) const;

  // Reads the next row; false at the end. After an error the reader stays at that error.
  Result<bool> next();
  // Fields of the row read last; valid until the next call of next().
  const std::string& field(std::size_t column) const { return row_[column]; }
  const std::vector<std::string>& row() const { return row_; }
  // First line of the row read last; the header stands on line 1.
  std::uint64_t line() const { return row_line_; }
  // An error about the row read last: "protocols.csv.gz:12: …".
  Error error_here(std::string_view reason) const;

 private:
  CsvReader(std::unique_ptr<ByteSource> source, std::string name, CsvLimits limits);
  Result<int> next_byte();  // -1 at the end
  Result<int> take();       // next_byte() counted as a part of this row
  Result<bool> read_row();
  Result<int> read_field(std::string& field);   // the byte that ended it
  Result<int> read_quoted(std::string& field);  // likewise
  Result<int> line_end(int byte);
  Error at_line(std::uint64_t line, std::string_view reason) const;

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  CsvLimits limits_;
  std::vector<std::string> header_;
  std::vector<std::string> row_;
  std::string buffer_;
  std::size_t buffer_at_ = 0;
  std::size_t buffer_end_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 0;
  std::size_t row_bytes_ = 0;
  bool broken_ = false;
  Error broken_error_;
};

// One line of CSV with its line break; fields that need quotes get them.
std::string csv_line(const std::vector<std::string>& fields);

// The figure of a whole field of decimal digits without sign or leading zero, at most 999'999'999.
// nullopt for anything else, the empty field included.
std::optional<std::uint32_t> parse_figure(std::string_view field);

}  // namespace urna::csv
