#include "tests/chaos/scenarios.h"

namespace urna::chaos {

const std::vector<NamedScenario>& scenarios() {
  static const std::vector<NamedScenario> all{
      {"kills", "kill -9 of precinct clients, territorial nodes and the centre", make_kills},
      {"links", "delayed, sliced, corrupted, broken and silent connections between all tiers",
       make_links},
  };
  return all;
}

}  // namespace urna::chaos
