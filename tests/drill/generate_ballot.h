// Contests of an invented nation: who stands, and how each fares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/drill/dataset.h"
#include "tests/drill/generate_law.h"
#include "tests/drill/generate_nation.h"
#include "tests/drill/split.h"

namespace urna::drill {

// One contest with what decides its figures. Its precincts are not listed.
struct Ballot {
  DatasetContest contest;
  Weights options;
  std::vector<Weights> candidates;  // of each option; empty where it has none
  Deciles invalid{};                // votes, in thousandths of the valid ballots
};

// A council's contests, one for each district. Precincts are counted from 0 over the whole council,
// in the order of units and numbers.
class Council {
 public:
  Council(std::vector<Ballot> ballots, std::vector<std::uint32_t> first_precincts)
      : ballots_(std::move(ballots)), first_(std::move(first_precincts)) {}

  const std::vector<Ballot>& ballots() const { return ballots_; }
  // The districts in which a precinct votes: neighbours, at least one.
  std::span<const Ballot> of_precinct(std::uint32_t precinct) const;

 private:
  std::vector<Ballot> ballots_;
  std::vector<std::uint32_t> first_;  // precinct of each ballot; ascending, not strictly
};

// Labels of contests, as column `contest` of 2010-local has them where it does.
inline constexpr const char* kMayor = "mayor";
inline constexpr const char* kSingleMayor = "mayor_single_candidate";
inline constexpr const char* kSmallCouncil = "gmina_council_up_to_20000";
inline constexpr const char* kLargeCouncil = "gmina_council_over_20000";
inline constexpr const char* kCityCouncil = "city_council";
inline constexpr const char* kDistrictCouncil = "warsaw_district_council";
inline constexpr const char* kPowiatCouncil = "powiat_council";
inline constexpr const char* kAssembly = "voivodeship_assembly";

// What is made here is drawn from `random` in a fixed order.
Ballot make_mayor(const std::string& area, std::uint32_t candidates, SplitMix64& random);
// A small gmina: 15 districts of one seat. With fewer precincts several districts share one.
Council make_small_council(const std::string& area, std::uint32_t precincts, SplitMix64& random);
// Councils of lists: `blocks` make up the area, see divide().
Council make_large_council(const std::string& area, std::span<const Block> blocks,
                           SplitMix64& random);
Council make_city_council(const std::string& area, std::span<const Block> blocks, bool capital,
                          SplitMix64& random);
Council make_district_council(const std::string& area, std::span<const Block> blocks,
                              SplitMix64& random);
Council make_powiat_council(const std::string& area, std::span<const Block> blocks,
                            const Deciles& invalid, SplitMix64& random);
Council make_assembly(const std::string& area, std::span<const Block> blocks,
                      const Deciles& invalid, SplitMix64& random);

}  // namespace urna::drill
