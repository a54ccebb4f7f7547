// What was found, as CSV: one row per finding, or counts.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>

#include "urna/v1/common.pb.h"

namespace urna::audit {

// Texts of the row a finding is about; empty where the file has no such column.
struct RowNames {
  std::string_view protocol, contest, teryt, precinct;
};

// "error", "blocking warning" or "warning".
std::string_view severity_name(v1::Severity severity);

class Report {
 public:
  // Findings are written to `out` as they come; a summary in finish().
  Report(std::ostream& out, bool summary);

  void add(const RowNames& names, std::string_view code, v1::Severity severity);
  void finish();

 private:
  // Contest, severity, letter and number of the code: the order of the summary.
  using Key = std::tuple<std::string, v1::Severity, std::string, std::uint64_t>;

  std::ostream& out_;
  bool summary_;
  std::map<Key, std::uint64_t> counts_;
};

}  // namespace urna::audit
