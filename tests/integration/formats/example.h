// The worked example of docs/formats.md: made, written and read back.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace urna::formats {

// Name of a line ("record", "record_id", …) to its value: hexadecimal, or text in quotes.
using Example = std::map<std::string, std::string, std::less<>>;

// The lines of a fresh example, with new keys, as they stand in the document's code block.
std::string make_example();

// The block that begins with "```urna-example". Empty when the document has none.
Example read_example(std::string_view document);

}  // namespace urna::formats
