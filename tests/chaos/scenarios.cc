#include "tests/chaos/scenarios.h"

namespace urna::chaos {

const std::vector<NamedScenario>& scenarios() {
  static const std::vector<NamedScenario> all{
      {"kills", "kill -9 of precinct clients, territorial nodes and the centre", make_kills},
  };
  return all;
}

}  // namespace urna::chaos
