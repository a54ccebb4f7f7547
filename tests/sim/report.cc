#include "tests/sim/report.h"

#include <sstream>

namespace urna::sim {

std::string write_report(const RunReport& report) {
  std::ostringstream out;
  out << report.seed << ' ' << report.steps << ' ' << report.digest << ' ' << report.records << ' '
      << report.virtual_ms << '\n';
  for (const auto& [what, times] : report.counts) out << "count " << times << ' ' << what << '\n';
  for (const std::string& violation : report.violations) out << "violation " << violation << '\n';
  return std::move(out).str();
}

Result<RunReport> read_report(std::string_view text) {
  std::istringstream in{std::string(text)};
  RunReport report;
  in >> report.seed >> report.steps >> report.digest >> report.records >> report.virtual_ms;
  if (!in || in.get() != '\n')
    return fail(ErrorCode::kMalformed, "a report begins with five numbers");
  std::string word, rest;
  while (in >> word) {
    std::uint64_t times = 0;
    if (word == "count") in >> times;
    in.get();
    if (!std::getline(in, rest) || (word != "count" && word != "violation")) {
      return fail(ErrorCode::kMalformed, "no line of a report: " + word);
    }
    if (word == "count") {
      report.counts[rest] = times;
    } else {
      report.violations.push_back(rest);
    }
  }
  return report;
}

}  // namespace urna::sim
