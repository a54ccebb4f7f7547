// What readers of data sets share: opening a table, errors that name file and line, figures, and
// bringing what was read into the order a Dataset promises.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/csv/csv.h"
#include "tests/drill/dataset.h"

namespace urna::drill {

// A file of a data set, with the columns asked for.
struct Table {
  csv::CsvReader reader;
  std::vector<std::size_t> columns;
  const std::string& operator[](std::size_t i) const { return reader.field(columns[i]); }
};
// kNotFound, kCorrupt, kMalformed; kInvalidArgument, naming the column, when one is missing.
Result<Table> open_table(const std::filesystem::path& path, std::span<const char* const> names);

// kInvalidArgument about the row read last: "protocols.csv.gz:12: …".
Error invalid(const csv::CsvReader& reader, std::string_view reason);

// Only decimal digits, from `low` to `high` of them.
bool is_digits(std::string_view text, std::size_t low, std::size_t high);

// A column of a file that is a point of the form.
struct PointColumn {
  const char* column;
  const char* point;
};
// The figure of a field; kInvalidArgument, naming the column, for anything else.
Result<std::uint32_t> read_figure(const csv::CsvReader& reader, std::size_t column,
                                  std::string_view name);

// The place of a row by its teryt (six digits) and number (up to six): new, or the one known.
class PrecinctBook {
 public:
  explicit PrecinctBook(Dataset& data) : data_(data) {}
  // kInvalidArgument when teryt or number is none, or the type of a known precinct changes.
  Result<std::size_t> at(const csv::CsvReader& reader, const std::string& teryt,
                         const std::string& number, v1::PrecinctType type);

 private:
  Dataset& data_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
};

// Positions of protocols by protocol_key().
using ProtocolKeys = std::unordered_map<std::string, std::size_t>;
// "143993 of 020101-10"
std::string protocol_key(const std::string& protocol, const std::string& teryt,
                         const std::string& precinct);

// Reads a file with one protocol per precinct: columns protocol, teryt, precinct and `points`. What
// kind a precinct is was not published. The contest of every protocol is left to the caller.
Result<ProtocolKeys> read_protocols(const std::filesystem::path& path,
                                    std::span<const PointColumn> points, Dataset& data);
// The protocol that a row of votes belongs to, by its first three columns: protocol, teryt,
// precinct.
Result<std::size_t> protocol_of(const Table& votes, const ProtocolKeys& keys);

// Precincts ascending by id, and each contest's precincts ascending.
void sort_precincts(Dataset& data);
// Contests into the order given: `order[i]` is the old position of the new i-th.
void reorder_contests(Dataset& data, std::span<const std::size_t> order);

}  // namespace urna::drill
