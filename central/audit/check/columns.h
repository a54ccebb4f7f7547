// What the columns of a file of protocols mean, found from its header line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/csv/csv.h"
#include "common/model/definition.h"

namespace urna::audit {

// The point a column holds: by prefix ("p4_issued" and "p4" are p4, "p12a_two_marks" is p12a), by
// the reason it names where the letter is missing ("p11_two_marks" is p11a, "p11_no_mark" p11b), or
// by name (eligible p1, issued p4, from_urn p8, invalid_votes p11). nullopt for any other column.
std::optional<std::string> point_of_column(std::string_view column);

struct CandidateColumn {
  std::uint32_t position;  // on the list, from 1
  std::size_t column;
};

// A list whose votes lie in the row: "l3" with its candidates "l3c1", "l3c2", …
struct ListColumns {
  std::string code;  // "3"
  std::size_t total = 0;
  std::vector<CandidateColumn> candidates;  // ascending by position
};

// The column of a protocol's number: "protocol", or "control_symbol".
std::optional<std::size_t> protocol_column(const std::vector<std::string>& header);

struct ProtocolColumns {
  std::optional<std::size_t> protocol;
  std::optional<std::size_t> contest, teryt, precinct;
  std::optional<std::size_t> type;                         // "precinct_type"
  std::optional<std::size_t> postal;                       // "postal_voting"
  std::map<std::string, std::size_t, std::less<>> points;  // by point code
  std::vector<ListColumns> lists;                          // in the header's order

  // kMalformed, naming file and column, when two columns hold one point, a candidate has no list,
  // or no column holds a point.
  static Result<ProtocolColumns> of(const csv::CsvReader& reader);
};

// The next row, as CsvReader::next; an error of the file itself (damaged, cut short) names the line
// too.
Result<bool> next_row(csv::CsvReader& reader);

// A cell of a figure's field: empty, or the figure. kMalformed, naming file, line and column, for
// what is no figure.
Result<model::Cell> figure_cell(const csv::CsvReader& reader, std::size_t column);

// The same, for votes: `struck` tells that the field says so and the cell is empty.
struct VoteField {
  model::Cell cell = model::kEmptyCell;
  bool struck = false;
};
Result<VoteField> vote_field(const csv::CsvReader& reader, std::size_t column);

}  // namespace urna::audit
