// A second implementation of councils' results, to compare with: slow, in exact fractions, by
// listing every outcome that chance may bring. It shares nothing with common/results but the rule
// sets' names and figures, and was written from LAW.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace urna::test {

struct SlowCandidate {
  int place = 0;
  std::optional<std::uint64_t> votes;    // none: struck off
  std::vector<std::uint64_t> precincts;  // votes in each; empty: not known
};

struct SlowList {
  int number = 0;
  int percent = 5;  // threshold
  std::uint64_t votes = 0;
  std::uint64_t unit_votes = 0;
  std::vector<std::uint64_t> precincts;
  std::vector<SlowCandidate> candidates;
};

struct SlowRules {
  bool place_decides = false;        // inside a list; otherwise precincts, then a lot
  bool precincts_at_the_cut = true;  // top N
  bool surplus_goes_on = true;
};

struct SlowDistrict {
  unsigned seats = 1;
  std::uint64_t unit_valid_votes = 0;
  std::vector<SlowList> lists;
};

// One letter per candidate, list by list: E elected however lots fall, L elected in some fall of
// lots but not in all, N in none.
std::string slow_lists(const SlowDistrict& district, const SlowRules& rules);
// Top N: the candidates of all lists together.
std::string slow_top_n(const SlowDistrict& district, const SlowRules& rules);

}  // namespace urna::test
