// The program urna-ca: makes the authorities of one election, issues and revokes certificates.
#pragma once

namespace urna::ca {

// main(). Exit 0 on success, 1 on failure and 2 on wrong usage, each with one line on stderr.
int run_ca_program(int argc, char** argv);

}  // namespace urna::ca
