// The commands check and sign: they ask the same questions in the same order, and sign goes on.
#pragma once

#include <filesystem>

#include "precinct/command.h"
#include "precinct/installation.h"

namespace urna::precinct {

// Tells what is wrong with a protocol file: figures, then what it refers to. Changes nothing.
Result<ExitStatus> check_file(Session& session, const std::filesystem::path& file);

struct SignOrder {
  std::filesystem::path file;
  std::filesystem::path licence;  // prefix of PREFIX.crt and PREFIX.key
  std::filesystem::path password_file;
};

// Checks, signs and journals a protocol, and tells what every body of its place counts for then.
// Nothing is signed unless all is well: kBrokenRules, kWrongLicence, kRevokedLicence or
// kWrongReference otherwise.
Result<ExitStatus> sign_file(Installation& installation, const SignOrder& order);

}  // namespace urna::precinct
