// The command line of urna-precinct.
#pragma once

namespace urna::precinct {

// What the program ends with. docs/operator.md and --help list the same.
enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,          // one line on standard error
  kWrongUsage = 2,      // one line on standard error
  kBrokenRules = 3,     // figures break rules of the form; findings on standard output
  kWrongLicence = 4,    // the licence may not sign this protocol
  kRevokedLicence = 5,  // the licence is revoked: what it signs is returned at once
  kWrongReference = 6,  // the place has a protocol that this one does not rightly supersede
};

// main() of urna-precinct.
int run_precinct_program(int argc, char** argv);

}  // namespace urna::precinct
