// The files of a generated nation, as docs/generated.md has them, and their
// writer: one row after the other, nothing kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/service/file_handle.h"
#include "tests/drill/dataset.h"
#include "tests/drill/generate_figures.h"

namespace urna::drill {

// Value of the column `format`.
inline constexpr std::string_view kGeneratedFormat = "1";

// Names of the files; those of one voivodeship have its code: "protocols-01.csv".
inline constexpr std::string_view kNationFile = "nation.csv";
inline constexpr std::string_view kUnitsFile = "units.csv";
inline constexpr std::string_view kPrecinctsFile = "precincts.csv";
inline constexpr std::string_view kContestsFile = "contests.csv";
inline constexpr std::string_view kOptionsFile = "options.csv";
inline constexpr std::string_view kUncontestedFile = "uncontested.csv";
std::string protocols_file(std::string_view voivodeship_code);
std::string votes_file(std::string_view voivodeship_code);

// Columns, in their order.
std::vector<std::string> nation_columns();
std::vector<std::string> unit_columns();
std::vector<std::string> precinct_columns();
std::vector<std::string> contest_columns();
std::vector<std::string> option_columns();
std::vector<std::string> uncontested_columns();
std::vector<std::string> protocol_columns();
std::vector<std::string> vote_columns();

// Values of the columns `kind` and `precinct_type`: "voivodeship", "care-home". The inverse gives
// UNSPECIFIED for any other text.
std::string_view unit_kind_text(v1::UnitKind kind);
v1::UnitKind parse_unit_kind(std::string_view text);
std::string_view precinct_type_text(v1::PrecinctType type);
v1::PrecinctType parse_precinct_type(std::string_view text);

// One CSV file being written, through a buffer. The first failure is kept and told by close();
// what is added after it is dropped.
class CsvFile {
 public:
  // The file must not exist. Fails as close() does.
  static Result<CsvFile> create(const std::filesystem::path& path,
                                const std::vector<std::string>& columns);
  // Writes to a file that is open; `path` stands in errors.
  static CsvFile onto(service::FileHandle file, std::filesystem::path path,
                      const std::vector<std::string>& columns);

  // Fields of a row, in order. Text must not need quotes.
  CsvFile& add(std::string_view text);
  CsvFile& add(std::uint64_t figure);
  CsvFile& empty() { return add(std::string_view()); }
  void end_row();

  bool failed() const { return failure_.has_value(); }
  // Rows without the header.
  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_; }
  // kNoSpace: the disk is full; kUnavailable: anything else. Both name the file.
  Result<void> close();

 private:
  CsvFile(std::filesystem::path path, service::FileHandle file)
      : path_(std::move(path)), file_(std::move(file)) {}
  void flush();

  std::filesystem::path path_;
  service::FileHandle file_;
  std::string buffer_;
  bool row_begun_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;  // given to the system
  std::optional<Error> failure_;
};

}  // namespace urna::drill
