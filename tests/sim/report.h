// What came of one run, and its form on a pipe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace urna::sim {

struct RunReport {
  std::uint64_t seed = 0;
  std::vector<std::string> violations;  // empty: all is well
  std::uint64_t steps = 0;
  std::uint64_t digest = 0;   // of what was logged where and when
  std::uint64_t records = 0;  // in the centre's log at the end
  std::uint64_t virtual_ms = 0;
  std::map<std::string, std::uint64_t> counts;  // "crashes in a commit", "conflicts", …
  bool operator==(const RunReport&) const = default;
};

// Lines of text; names and violations hold no line feed.
std::string write_report(const RunReport& report);
// kMalformed for anything write_report() does not write.
Result<RunReport> read_report(std::string_view text);

}  // namespace urna::sim
