// A protocol as an operator's JSON file, until there are pages to type it into. docs/operator.md
// explains it for those who write one; `urna-precinct blank` makes one to fill in.
//
//   { "contest": "city_council-9", "round": 1,
//     "points": { "p1": 1482, "p2": { "label": "Ballots received", "figure": 1412 } },
//     "votes": { "1": 11, "2": { "total": 30, "candidates": { "1": 10, "2": 20 } } },
//     "remarks": { "14": "…" }, "explanations": { "W1": "…" },
//     "members": [ { "name": "…", "function": "chair", "signed": true } ],
//     "opened": "07:00", "closed": "21:00", "seat": "…",
//     "revision": 2, "supersedes": "<64 hexadecimal digits>" }
//
// A point or vote that is not there, or null, stays empty. A "label" is for the reader's eye and
// changes nothing. Unknown keys at any level, keys that stand twice, points and options that the
// contest does not have are errors.
#pragma once

#include <string_view>

#include "common/base/error.h"
#include "common/model/definition.h"
#include "urna/v1/protocol.pb.h"

namespace urna::precinct {

// Which contest a file is about; kMalformed or kInvalidArgument, naming the path of the
// field; the caller adds the file.
Result<model::ContestRound> contest_of_protocol_file(std::string_view json);

// The body for `unit`, laid out as the slice says.
Result<v1::Protocol> parse_protocol_file(std::string_view json, const model::UnitId& unit,
                                         const model::Slice& slice);

}  // namespace urna::precinct
