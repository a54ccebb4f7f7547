// Runs urna-check in this process, over files made in a folder of the test's own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace urna::audit {

struct Ran {
  int status = -1;
  std::string output;
  std::string errors;
};
// Arguments after the program's name.
Ran run_check(const std::vector<std::string>& arguments);

// "contest,code" with its count, from the output of --summary.
std::map<std::string, std::uint64_t> counts_of(const std::string& summary);

class Desk {
 public:
  // The path of a new file; compressed when the name ends in ".gz".
  std::string file(const std::string& name, std::string_view text) const;

 private:
  const test::TemporaryFolder folder_;
};

}  // namespace urna::audit
