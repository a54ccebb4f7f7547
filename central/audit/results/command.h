// The program urna-results: who is elected, by the law of the year, from tables of votes.
#pragma once

#include <iosfwd>

namespace urna::audit {

// main(), with its streams. Exit 0 on success; 2 on wrong usage or bad input, with one line on
// `err` that names file, line and reason; 1 when the output cannot be written.
int run_results_program(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace urna::audit
