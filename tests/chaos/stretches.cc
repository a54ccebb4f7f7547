#include "tests/chaos/stretches.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"

namespace urna::chaos {

Stretches::Stretches(std::size_t precincts, std::size_t scenarios)
    : precincts_(precincts), scenarios_(scenarios), scenario_of_(precincts) {
  URNA_CHECK(scenarios > 0);
}

std::size_t Stretches::reached(std::size_t scenario, double part) const {
  const std::size_t room = end(scenario) - begin(scenario);
  const double begun = std::ceil(std::clamp(part, 0.0, 1.0) * static_cast<double>(room));
  return begin(scenario) + std::min(room, static_cast<std::size_t>(begun));
}

void Stretches::arrange(
    std::vector<std::size_t>& order,
    const std::function<Wish(std::size_t scenario, std::size_t precinct)>& wish) {
  URNA_CHECK(order.size() == precincts_);
  std::vector<std::size_t> room(scenarios_);
  for (std::size_t i = 0; i < scenarios_; ++i) room[i] = end(i) - begin(i);
  std::vector<bool> placed(precincts_, false);
  const auto place = [&](std::size_t scenario, const auto& fits) {
    for (const std::size_t precinct : order) {
      if (room[scenario] == 0) return;
      if (placed[precinct] || !fits(wish(scenario, precinct))) continue;
      placed[precinct] = true;
      scenario_of_[precinct] = scenario;
      --room[scenario];
    }
  };
  for (std::size_t i = 0; i < scenarios_; ++i) place(i, [](Wish w) { return w == Wish::kWants; });
  // Those that avoid some choose before those that take any.
  const auto avoids = [&](std::size_t scenario) {
    return std::ranges::any_of(order,
                               [&](std::size_t p) { return wish(scenario, p) == Wish::kAvoids; });
  };
  for (std::size_t i = 0; i < scenarios_; ++i) {
    if (avoids(i)) place(i, [](Wish w) { return w != Wish::kAvoids; });
  }
  for (std::size_t i = 0; i < scenarios_; ++i) place(i, [](Wish) { return true; });
  std::ranges::stable_sort(order, {}, [&](std::size_t p) { return scenario_of_[p]; });
}

}  // namespace urna::chaos
