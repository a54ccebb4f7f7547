// What is told of many measurements. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace urna::bench {

// A latency that `weight` records had.
struct Weighted {
  std::uint64_t value = 0;
  std::uint64_t weight = 1;
};

// By nearest rank: the smallest value that at least `permille` thousandths of the weight do not
// exceed. `permille` in [1, 1000]; nullopt when there is no weight.
std::optional<std::uint64_t> percentile(std::vector<Weighted> values, std::uint32_t permille);

// The middle value, or the mean of the two in the middle; 0 for none.
double median(std::vector<double> values);

struct Summary {
  double median = 0;
  double low = 0;
  double high = 0;
  // (high - low) / median, in percent; 0 when the median is 0.
  double spread_percent() const;
};
Summary summarise(const std::vector<double>& values);

}  // namespace urna::bench
