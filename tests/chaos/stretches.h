// A transfer is divided among scenarios: each has a stretch of it, in which its part of the
// precincts begins.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace urna::chaos {

// What a scenario thinks of a precinct beginning in its stretch.
enum class Wish { kWants, kTakes, kAvoids };

class Stretches {
 public:
  // `precincts` precincts, numbered as in the data set, and as many equal stretches as scenarios.
  Stretches(std::size_t precincts, std::size_t scenarios);

  // Puts the precincts in `order` where they are wanted, as far as there is room, earlier scenarios
  // first, and not where they are avoided, as far as others are left. Otherwise `order` stays.
  void arrange(std::vector<std::size_t>& order,
               const std::function<Wish(std::size_t scenario, std::size_t precinct)>& wish);

  // Numbers of the order that are a scenario's: [begin, end).
  std::size_t begin(std::size_t scenario) const { return scenario * precincts_ / scenarios_; }
  std::size_t end(std::size_t scenario) const { return begin(scenario + 1); }
  // How far the order has come when `part`, in [0, 1], of this stretch has begun.
  std::size_t reached(std::size_t scenario, double part) const;
  // Whose stretch a precinct begins in. After arrange().
  std::size_t scenario_of(std::size_t precinct) const { return scenario_of_[precinct]; }

 private:
  const std::size_t precincts_;
  const std::size_t scenarios_;
  std::vector<std::size_t> scenario_of_;
};

}  // namespace urna::chaos
