#include "central/audit/check/report.h"

#include "common/csv/csv.h"

namespace urna::audit {

std::string_view severity_name(v1::Severity severity) {
  switch (severity) {
    case v1::SEVERITY_ERROR: return "error";
    case v1::SEVERITY_BLOCKING_WARNING: return "blocking warning";
    default: return "warning";
  }
}

Report::Report(std::ostream& out, bool summary) : out_(out), summary_(summary) {
  out_ << (summary_ ? "contest,code,severity,count\n"
                    : "protocol,contest,teryt,precinct,code,severity\n");
}

void Report::add(const RowNames& names, std::string_view code, v1::Severity severity) {
  if (summary_) {
    const std::size_t digits = std::min(code.find_first_of("0123456789"), code.size());
    const auto number = csv::parse_figure(code.substr(digits));
    ++counts_[{std::string(names.contest), severity, std::string(code.substr(0, digits)),
               number.value_or(0)}];
    return;
  }
  out_ << csv::csv_line({std::string(names.protocol), std::string(names.contest),
                         std::string(names.teryt), std::string(names.precinct), std::string(code),
                         std::string(severity_name(severity))});
}

void Report::finish() {
  for (const auto& [key, count] : counts_) {
    const auto& [contest, severity, letters, number] = key;
    out_ << csv::csv_line({contest, letters + std::to_string(number),
                           std::string(severity_name(severity)), std::to_string(count)});
  }
  out_.flush();
}

}  // namespace urna::audit
