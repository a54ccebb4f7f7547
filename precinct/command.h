// The command line of urna-precinct.
#pragma once

namespace urna::precinct {

// main(): subcommands check, sign, sync, run, export, status, load. Exit 0 on success, 1 on failure
// with one line on stderr, 2 on wrong usage, 3 when a protocol breaks rules of its form.
int run_precinct_program(int argc, char** argv);

}  // namespace urna::precinct
