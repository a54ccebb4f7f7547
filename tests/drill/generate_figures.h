// The figures of an invented precinct: who may vote in it, and what its commission counts. Every
// protocol obeys every error rule of LAW.md; blocking and ordinary warnings come at the rates that
// generate_proportions.h has from real protocols.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tests/drill/generate_ballot.h"
#include "tests/drill/generate_nation.h"

namespace urna::drill {

// Voters of one precinct, or of the part of it that lies in one district, on one day: the same in
// all contests.
struct Electorate {
  v1::PrecinctType type = v1::PRECINCT_TYPE_PERMANENT;
  GminaKind gmina = GminaKind::kSmall;
  std::uint32_t citizens = 0;       // part A of the register
  std::uint32_t others = 0;         // part B: councils of gminas and cities, mayors
  std::uint32_t others_voting = 0;  // of these
  std::uint32_t turnout = 0;        // of citizens, in thousandths
  std::uint32_t printed = 0;        // ballots, in thousandths of the eligible
  std::uint32_t proxies = 0;
  std::uint32_t packages = 0;         // sent by post
  std::uint32_t more_in_council = 0;  // citizens more in the register for the gmina's or city's
  std::uint32_t more_above = 0;       // council (X1), and for powiat and voivodeship (X2)
};

Electorate draw_electorate(const GminaPlan& gmina, SplitMix64& random);

// The same voters by district: citizens fall on `parts` at random, evenly; whoever is counted one
// by one (part B, proxies, packages) is of the first. `parts` at least 1.
std::vector<Electorate> by_district(const Electorate& whole, std::size_t parts, SplitMix64& random);

// Points of the forms of 2014, in their order.
inline constexpr std::array<const char*, 24> kPoints = {
    "p1",  "p1a", "p1b", "p2",  "p3", "p4",  "p4a", "p4b", "p5",  "p6",   "p7",   "p7a",
    "p7b", "p7c", "p7d", "p7e", "p8", "p8a", "p9",  "p10", "p11", "p11a", "p11b", "p12"};
// Position of a point in kPoints; kPoints.size() when it is none.
constexpr std::size_t point(std::string_view code) {
  std::size_t at = 0;
  while (at < kPoints.size() && code != kPoints[at]) ++at;
  return at;
}
// Whether a form ("council-2014", "council-2014-ab", "mayor-2014", "mayor-single-2014") has it.
bool has_point(std::string_view form, std::size_t point);

struct Figures {
  std::array<std::uint32_t, kPoints.size()> points{};  // 0 where the form lacks the point
  std::vector<std::uint32_t> votes;                    // by option
  std::vector<std::vector<std::uint32_t>> candidates;  // of each option; empty where it has none
};

Figures draw_figures(const Electorate& voters, const Ballot& ballot, SplitMix64& random);

}  // namespace urna::drill
