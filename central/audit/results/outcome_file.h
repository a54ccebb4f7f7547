// Writes a table again with the outcome of each row: every other byte of the input stays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/csv/csv.h"

namespace urna::audit {

// What a table was when it was read, to notice that it is another one when it is read again.
struct Fingerprint {
  std::uint64_t bytes = 0;
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  void add(std::string_view more);
  bool operator==(const Fingerprint&) const = default;
};

// Opens a table and takes its fingerprint on the way; complete once the reader is at its end.
// Errors: as csv::CsvReader::open. `fingerprint` outlives the reader.
Result<csv::CsvReader> open_counted(const std::filesystem::path& path, Fingerprint& fingerprint);

inline constexpr std::string_view kOutcomeColumn = "outcome";

// Copies the table `input` to `output`, row by row. A column `outcome` is replaced in place;
// without one it is added at the end. Quotes, line breaks and all other fields stay byte for byte.
// The file appears under its name only when it is whole and on the disk; a file there before is
// replaced.
//
// `input` was read to its end by a CsvReader without an error, with this fingerprint and header;
// `outcome_of(i)` is the outcome of data row i from 0. kConflict: the input has changed since;
// kNotFound, kNoSpace, kUnavailable: the output cannot be written, and nothing is left behind.
Result<void> write_outcomes(const std::filesystem::path& input, const Fingerprint& fingerprint,
                            const std::vector<std::string>& header,
                            const std::filesystem::path& output,
                            const std::function<std::string_view(std::size_t)>& outcome_of);

}  // namespace urna::audit
