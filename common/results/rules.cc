#include "common/results/rules.h"

#include <algorithm>

namespace urna::results {

namespace {

constexpr TieBreak kVotesPrecinctsLot[] = {TieBreak::kMoreVotes, TieBreak::kMorePrecincts,
                                           TieBreak::kLot};
constexpr TieBreak kPrecinctsLot[] = {TieBreak::kMorePrecincts, TieBreak::kLot};
constexpr TieBreak kPlace[] = {TieBreak::kHigherPlace};
constexpr TieBreak kOnlyLot[] = {TieBreak::kLot};

// Numbers and status are those of LAW.md, allocation: [data] reproduced on official results, [code]
// read in the Electoral Code, [unverified] believed. An article is cited where LAW.md names it.
constexpr std::string_view kCouncils2010 = "Dz.U. 2010 nr 176 poz. 1190";
constexpr std::string_view kMayors2010 = "Dz.U. 2010 nr 176 poz. 1191";

constexpr RuleSet k2010 = {
    .name = "2010",
    .threshold_percent = {5, 5, 5, 5},  // 1 [data]; that local law exempts nobody [unverified]
    .threshold = {kCouncils2010, true},
    .quotients = {kCouncils2010, true},                     // 2 [data]
    .lists = {kVotesPrecinctsLot, {kCouncils2010, true}},   // 3 [data] by votes; the rest by [code]
    .inside_list = {kPlace, {kCouncils2010, true}},         // 4 [data]
    .top_n = {kOnlyLot, {kCouncils2010, true}},             // 6 [consistent with the data]
    .runoff_place = {kPrecinctsLot, {kMayors2010, false}},  // 8 [unverified for 2010]
    .runoff = {kPrecinctsLot, {kMayors2010, false}},        // 8 [unverified for 2010]
    .surplus = Surplus::kGoesOn,
    .surplus_source = {kCouncils2010, false},  // 5 [unverified]
    .most_votes = {kCouncils2010, true},       // 6 [data]
    .uncontested = {kCouncils2010, true},      // 7 [data]
    .majority = {kMayors2010, true},           // 8 [data]
};

constexpr RuleSet k2014 = {
    .name = "2014",
    .threshold_percent = {5, 5, 5, 5},  // 1 [data]; coalitions as all others [unverified]
    .threshold = {"Electoral Code, threshold of councils", true},
    .quotients = {"Electoral Code art. 444 § 1", true},                              // 2 [code]
    .lists = {kVotesPrecinctsLot, {"Electoral Code art. 444 § 2", true}},            // 3 [code]
    .inside_list = {kPrecinctsLot, {"Electoral Code art. 444 § 3 and 233", false}},  // 4 in part
    .top_n = {kPrecinctsLot, {"Electoral Code art. 443 § 2", true}},                 // 6 [code]
    .runoff_place = {kPrecinctsLot, {"Electoral Code, runoff of mayors", true}},     // 8
    .runoff = {kPrecinctsLot, {"Electoral Code, runoff of mayors", true}},           // 8
    .surplus = Surplus::kGoesOn,
    .surplus_source = {"Electoral Code art. 444", false},                // 5 [unverified]
    .most_votes = {"Electoral Code art. 443", true},                     // 6 [data]
    .uncontested = {"Electoral Code art. 380", true},                    // 7 [code][data]
    .majority = {"Electoral Code, election of mayors, art. 487", true},  // 8, 9 [code][data]
};

constexpr RuleSet parliament() {
  RuleSet rules = k2014;
  rules.name = "2019";
  rules.threshold_percent = {5, 5, 8, 0};  // 1 [data]
  rules.threshold = {"Electoral Code, threshold of parliament", true};
  rules.quotients = {"Electoral Code, d'Hondt for parliament", true};  // 2 [data]
  rules.lists.source = {"Electoral Code, equal quotients, parliament",
                        false};                                   // 3 read for councils
  rules.inside_list.source = {"Electoral Code art. 233", false};  // 4 in part
  return rules;
}
constexpr RuleSet k2019 = parliament();

constexpr std::array<std::string_view, kCommitteeKinds> kKindNames = {"", "party", "coalition",
                                                                      "minority"};

}  // namespace

std::string_view committee_kind_name(CommitteeKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::optional<CommitteeKind> parse_committee_kind(std::string_view name) {
  const auto* found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<CommitteeKind>(found - kKindNames.begin());
}

const RuleSet* rule_set(std::string_view name) {
  if (name == "2018") return &k2014;
  for (const RuleSet* rules : {&k2010, &k2014, &k2019}) {
    if (rules->name == name) return rules;
  }
  return nullptr;
}

}  // namespace urna::results
