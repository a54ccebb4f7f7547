// Rules written as a person writes them: "p8 = p9 + p10", "10 p4 <= 9 p1".
//
// Only programs that make a definition need this; a definition carries the decoded comparison.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"
#include "urna/v1/definition.pb.h"

namespace urna::validation {

// Reads one comparison:
//   comparison = side ("=" | "<=" | ">=" | "<" | ">" | "!=") side
//   side       = ["-"] term {("+" | "-") term}
//   term       = number | [number] variable
// A variable begins with a letter and runs over letters, digits, '_', ':', '.' ("ref:eligible"); a
// name with '-' in it cannot be written here. A number alone is a constant, at most 18 digits.
// kInvalidArgument, quoting `text`, when it does not read so.
Result<v1::Comparison> parse_comparison(std::string_view text);

// The inverse, with single spaces: parse_comparison(to_text(c)) equals c for what parses.
std::string to_text(const v1::Comparison& comparison);

}  // namespace urna::validation
