// urna-results determine: who is elected in every district of the candidates' table.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/results/explain.h"

namespace urna::audit {

struct DetermineRequest {
  const results::RuleSet* rules = nullptr;
  std::filesystem::path districts;
  std::filesystem::path candidates;
  std::optional<std::filesystem::path> lots;
  // Ties of districts without any recorded lot stay open; otherwise, with `lots`, they are an
  // error.
  bool partial_lots = false;
  std::optional<std::filesystem::path> output;
  std::vector<std::string> explain;  // "TERYT/DISTRICT", printed in this order
  results::Language language = results::Language::kEnglish;
};

// Works out every district that has candidates, writes the output, then prints the explanations to
// `out`; remarks go to `notes`, one line each. Errors as CouncilTable, LotsFile and write_outcomes.
Result<void> determine(const DetermineRequest& request, std::ostream& out, std::ostream& notes);

}  // namespace urna::audit
