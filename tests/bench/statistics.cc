#include "tests/bench/statistics.h"

#include <algorithm>

#include "common/base/check.h"

namespace urna::bench {

std::optional<std::uint64_t> percentile(std::vector<Weighted> values, std::uint32_t permille) {
  URNA_CHECK(permille >= 1 && permille <= 1'000);
  std::uint64_t total = 0;
  for (const Weighted& one : values) total += one.weight;
  if (total == 0) return std::nullopt;
  std::ranges::sort(values, {}, &Weighted::value);
  // The rank is rounded up: ten values have their 99th percentile at the tenth.
  const std::uint64_t rank = (total * permille + 999) / 1'000;
  std::uint64_t seen = 0;
  for (const Weighted& one : values) {
    seen += one.weight;
    if (seen >= rank) return one.value;
  }
  return values.back().value;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double Summary::spread_percent() const { return median == 0 ? 0 : 100 * (high - low) / median; }

Summary summarise(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [low, high] = std::ranges::minmax(values);
  return {median(values), low, high};
}

}  // namespace urna::bench
