#include "central/audit/results/columns.h"

#include <algorithm>

namespace urna::audit {

std::optional<std::size_t> find_column(const csv::CsvReader& reader, std::string_view name) {
  const auto found = std::ranges::find(reader.header(), name);
  if (found == reader.header().end()) return std::nullopt;
  return static_cast<std::size_t>(found - reader.header().begin());
}

Result<std::uint32_t> figure(const csv::CsvReader& reader, std::size_t column) {
  if (const auto value = csv::parse_figure(reader.field(column))) return *value;
  return std::unexpected(reader.error_here(reader.header()[column] + " '" + reader.field(column) +
                                           "' is no figure from 0 to 999999999"));
}

Result<std::optional<std::uint32_t>> figure_or_empty(const csv::CsvReader& reader,
                                                     std::size_t column) {
  if (reader.field(column).empty()) return std::nullopt;
  return figure(reader, column);
}

Result<std::uint32_t> number(const csv::CsvReader& reader, std::size_t column) {
  auto value = figure(reader, column);
  if (value && *value == 0) {
    return std::unexpected(reader.error_here(reader.header()[column] + " must be 1 or more"));
  }
  return value;
}

std::unexpected<Error> at_line(const std::string& file, std::uint64_t line,
                               const std::string& reason) {
  return fail(ErrorCode::kMalformed, file + ":" + std::to_string(line) + ": " + reason);
}

}  // namespace urna::audit
