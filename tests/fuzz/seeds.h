// Parts of urna-fuzz-seeds.
#pragma once

#include <filesystem>
#include <string>

#include "tests/unit/node/small_election.h"

namespace urna::fuzz {

void write_seed(const std::filesystem::path& file, const std::string& bytes);
// Keys, the evening of the town, and inputs that are signed when they are run.
void write_sealed_seeds(const std::filesystem::path& out, tests::SmallElection& election);

}  // namespace urna::fuzz
