// Makes an invented nation and writes it to a folder, to be replayed like official results. It is
// written while it is made, one gmina after the other: memory depends little on its size, time is
// linear.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "common/base/error.h"
#include "tests/drill/generate_nation.h"

namespace urna::drill {

struct GenerateOptions {
  std::uint32_t precincts = proportions::kPrecincts;  // kNationPrecinctsMin to kNationPrecinctsMax
  std::uint64_t seed = 1;
  std::filesystem::path output;  // made when it is not there; empty when it is
};

// What was written.
struct GenerateCounts {
  std::uint64_t units = 0;
  std::uint64_t precincts = 0;
  std::uint64_t contests = 0;
  std::uint64_t options = 0;
  std::uint64_t uncontested = 0;  // places where no vote is held
  std::uint64_t protocols = 0;
  std::uint64_t votes = 0;  // rows, of an option each
  std::uint64_t bytes = 0;
};

// Writes only what commissions would report, and no totals: whoever replays it adds up for himself.
// The same precincts and seed give the same bytes on every machine. `go_on` is told, after every
// gmina, how many precincts there are so far, and says whether to go on.
//
// kInvalidArgument: the number of precincts is out of range. kAlreadyExists: `output` is not an
// empty folder. kNoSpace, kUnavailable: a file cannot be written, by name. kCancelled: stopped.
// What was written before a failure stays; without nation.csv, written last, it is no data set.
Result<GenerateCounts> generate(const GenerateOptions& options,
                                const std::function<bool(std::uint32_t precincts)>& go_on);

}  // namespace urna::drill
