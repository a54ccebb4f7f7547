// Reading typed fields of a row, with errors that name file, line and field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/csv/csv.h"

namespace urna::audit {

// A column by name; nullopt when the table lacks it.
std::optional<std::size_t> find_column(const csv::CsvReader& reader, std::string_view name);

// A figure from 0 to 999'999'999.
Result<std::uint32_t> figure(const csv::CsvReader& reader, std::size_t column);
// Likewise; nullopt for an empty field.
Result<std::optional<std::uint32_t>> figure_or_empty(const csv::CsvReader& reader,
                                                     std::size_t column);
// A number from 1 on.
Result<std::uint32_t> number(const csv::CsvReader& reader, std::size_t column);

// "candidates.csv:12: …" for a row that is not the current one.
std::unexpected<Error> at_line(const std::string& file, std::uint64_t line,
                               const std::string& reason);

}  // namespace urna::audit
