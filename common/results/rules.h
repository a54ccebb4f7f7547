// The rules of one election year, as data: thresholds, who is exempt, and how ties are broken.
//
// The algorithms of this module ask a RuleSet and nothing else; none of them knows a year. A year's
// rules are one constant in rules.cc, and each entry there carries its source.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace urna::results {

// What a list's committee is, for the threshold.
enum class CommitteeKind : std::uint8_t {
  kUnspecified,  // the source does not tell: the general threshold holds
  kParty,        // a party's or voters' committee
  kCoalition,
  kMinority,  // of a national minority
};
inline constexpr std::size_t kCommitteeKinds = 4;

// "", "party", "coalition", "minority"
std::string_view committee_kind_name(CommitteeKind kind);
std::optional<CommitteeKind> parse_committee_kind(std::string_view name);

// One step of breaking a tie among those who are equal so far.
enum class TieBreak : std::uint8_t {
  kMoreVotes,      // lists: more votes in the district
  kMorePrecincts,  // more precincts in which one got more votes than each of the others in the tie
  kHigherPlace,    // the higher place on the list
  kLot,
};

// What happens to seats that a list wins beyond its candidates.
enum class Surplus : std::uint8_t {
  kGoesOn,       // the next largest quotients of other lists win them
  kStaysVacant,  // they are nobody's
};

// Where a rule is written, as a printed protocol cites it. `verified` is false where the rule is
// believed and was neither read nor reproduced on official results.
struct Source {
  std::string_view text;
  bool verified;
};

// Steps in the order they are taken. The last one always decides.
struct TieRule {
  std::span<const TieBreak> steps;
  Source source;
};

struct RuleSet {
  std::string_view name;  // "2010", "2014", "2019"
  // Percent of the valid votes of the whole unit, by CommitteeKind; 0 = exempt. In [0, 100].
  std::array<std::uint32_t, kCommitteeKinds> threshold_percent;
  Source threshold;
  Source quotients;      // d'Hondt
  TieRule lists;         // equal last quotients
  TieRule inside_list;   // equal votes of candidates of one list
  TieRule top_n;         // equal votes at the cut
  TieRule runoff_place;  // a mayor's round one: equal votes for a place in the runoff
  TieRule runoff;        // a runoff: equal votes of both
  Surplus surplus;
  Source surplus_source;
  Source most_votes;   // top N
  Source uncontested;  // as many candidates as seats, or fewer
  Source majority;     // a mayor's round one, and a single candidate
};

// "2010": local elections of 2010. "2014": the Electoral Code of 2011, local elections from 2014
// on; "2018" names it too. "2019": parliament. nullptr for anything else.
//
// Sources and status of every entry: LAW.md, allocation 1-9; docs/results.md.
const RuleSet* rule_set(std::string_view name);

}  // namespace urna::results
