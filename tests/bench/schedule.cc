#include "tests/bench/schedule.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "tests/drill/random.h"

namespace urna::bench {

namespace {

// Exponential with mean 1.
double draw_gap(drill::SplitMix64& random) {
  // 53 random bits make a number in (0, 1].
  const double uniform = (static_cast<double>(random.next() >> 11) + 1) * 0x1.0p-53;
  return -std::log(uniform);
}

}  // namespace

std::vector<Departure> open_loop(const std::vector<std::vector<std::uint32_t>>& records,
                                 double rate, std::uint64_t seed) {
  std::uint64_t total = 0;
  for (const auto& stream : records) {
    for (const std::uint32_t count : stream) total += count;
  }
  const double duration_ns = rate > 0 ? static_cast<double>(total) / rate * 1e9 : 0;
  std::vector<Departure> departures;
  for (std::uint32_t s = 0; s < records.size(); ++s) {
    drill::SplitMix64 random(seed * 1'000'003 + s);
    const double mean_ns =
        records[s].empty() ? 0 : duration_ns / static_cast<double>(records[s].size());
    double at_ns = 0;
    for (std::uint32_t i = 0; i < records[s].size(); ++i) {
      at_ns += mean_ns * draw_gap(random);
      departures.push_back({static_cast<std::uint64_t>(at_ns), s, i});
    }
  }
  std::ranges::sort(departures, {}, [](const Departure& departure) {
    return std::tuple(departure.at_ns, departure.batch, departure.stream);
  });
  return departures;
}

}  // namespace urna::bench
