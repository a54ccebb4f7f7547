// The program urna-check: which rules do the protocols of a CSV file break?
#pragma once

#include <ostream>

namespace urna::audit {

// main(). Findings or counts go to `out`, everything else to `errors`. Exit 0 when the input could
// be read, whatever was found; 1 when `out` does not take what is written; 2 on wrong usage or bad
// input, with one line that names file, line and reason.
int run_check_program(int argc, const char* const* argv, std::ostream& out, std::ostream& errors);

}  // namespace urna::audit
