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

struct NamedScenario {
  std::string_view name;
  std::string_view what;  // for --help
  std::unique_ptr<Scenario> (*make)(const Extent&);
};
const std::vector<NamedScenario>& scenarios();

}  // namespace urna::chaos
