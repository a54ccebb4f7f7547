#include "tests/integration/audit_check/run.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "central/audit/check/command.h"
#include "tests/support/gzip.h"

namespace urna::audit {

Ran run_check(const std::vector<std::string>& arguments) {
  std::vector<const char*> words{"urna-check"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  std::ostringstream out, errors;
  const int status = run_check_program(static_cast<int>(words.size()), words.data(), out, errors);
  return {status, out.str(), errors.str()};
}

std::map<std::string, std::uint64_t> counts_of(const std::string& summary) {
  std::istringstream lines(summary);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "contest,code,severity,count");
  std::map<std::string, std::uint64_t> counts;
  while (std::getline(lines, line)) {
    const std::size_t second = line.find(',', line.find(',') + 1);
    EXPECT_TRUE(
        counts.emplace(line.substr(0, second), std::stoull(line.substr(line.rfind(',') + 1)))
            .second)
        << line;
  }
  return counts;
}

std::string Desk::file(const std::string& name, std::string_view text) const {
  const auto path = folder_.path() / name;
  std::ofstream(path, std::ios::binary) << (name.ends_with(".gz") ? test::gzip(text) : text);
  return path.string();
}

}  // namespace urna::audit
