#include "tests/chaos/scenarios.h"

namespace urna::chaos {

const std::vector<NamedScenario>& scenarios() {
  static const std::vector<NamedScenario> all{
      {"kills", "kill -9 of precinct clients, territorial nodes and the centre", make_kills},
      {"links", "delayed, sliced, corrupted, broken and silent connections between all tiers",
       make_links},
      {"database", "PostgreSQL killed and started again, its connections cut in transactions",
       make_database},
      {"standby", "a synchronous standby takes over for good", make_standby},
      {"city-down", "the node in the middle away for the whole transfer", make_city_down},
      {"lost-disk", "a territorial node goes on from yesterday's backup", make_lost_disk},
      {"storm", "thousands of clients reconnecting, idle, slow and sending too much", make_storm},
      {"clock", "two territorial nodes' clocks ten minutes off", make_clock},
      {"disk-full", "a territorial node's disk full for a while; needs to mount one",
       make_disk_full},
  };
  return all;
}

}  // namespace urna::chaos
