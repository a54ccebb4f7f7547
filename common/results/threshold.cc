#include "common/results/threshold.h"

#include "common/results/wide.h"

namespace urna::results {

bool reaches_threshold(std::uint64_t votes, std::uint64_t all, std::uint32_t percent) {
  constexpr std::uint32_t kWhole = 100;
  return Wide{votes} * kWhole >= Wide{all} * percent;
}

bool takes_part(const List& list, std::uint64_t unit_valid_votes, const RuleSet& rules) {
  const std::uint32_t percent = rules.threshold_percent[static_cast<std::size_t>(list.kind)];
  return reaches_threshold(list.unit_votes, unit_valid_votes, percent);
}

}  // namespace urna::results
