// The scenarios there are, by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chaos/scenario.h"

namespace urna::chaos {

// `kill -9` of precinct clients, territorial nodes and the centre, in turn, at random moments.
std::unique_ptr<Scenario> make_kills(const Extent& extent);
// Between any two tiers and below the lowest: slow links, small slices, corrupted bytes, broken
// connections, links that say nothing any more.
std::unique_ptr<Scenario> make_links(const Extent& extent);
// PostgreSQL killed and started again, and its connections cut in the middle of a transaction.
std::unique_ptr<Scenario> make_database(const Extent& extent);

// A synchronous standby takes over under load; the first server is never used again.
std::unique_ptr<Scenario> make_standby(const Extent& extent);

// The node that most others send to, the centre aside; where all stand directly under the centre,
// the one that most precincts send to. Empty when there is none.
std::string middle_of(const drill::Run& run);
// The node in the middle is away until every precinct has its receipts.
std::unique_ptr<Scenario> make_city_down(const Extent& extent);

// A territorial node loses its disk, with records nobody above has yet, and goes on from an older
// copy of its journal.
std::unique_ptr<Scenario> make_lost_disk(const Extent& extent);
// Thousands of clients that come back at once, that say nothing, that say it slowly, and that say
// too much, at the centre and at a territorial node.
std::unique_ptr<Scenario> make_storm(const Extent& extent);

// Two territorial nodes whose clocks are ten minutes off, one each way. Skipped aloud without the
// package faketime, which under CI is an error.
std::unique_ptr<Scenario> make_clock(const Extent& extent);

// The disk of a territorial node is full for a while. Skipped aloud where no disk can be mounted.
std::unique_ptr<Scenario> make_disk_full(const Extent& extent);

struct NamedScenario {
  std::string_view name;
  std::string_view what;  // for --help
  std::unique_ptr<Scenario> (*make)(const Extent&);
};
const std::vector<NamedScenario>& scenarios();

}  // namespace urna::chaos
