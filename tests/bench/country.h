// A made-up country of any size, for load: units in the country's proportions (16 voivodeships, 379
// powiats, 2,479 gminas), precincts, contests, and the figures of any protocol, worked out when
// they are asked for. The same seed gives the same country.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/drill/dataset.h"
#include "tests/drill/random.h"

namespace urna::bench {

enum class Shape {
  kParliament,  // every protocol has 6 lists of 16 to 28 candidates, 132 on average
  kLocal,       // mayor, gmina council, powiat council, assembly, in turn: 5 to 90 figures
};

struct CountrySize {
  Shape shape = Shape::kParliament;
  std::uint32_t precincts = 25'464;          // in [1, 2'000'000]
  std::uint32_t protocols_per_precinct = 4;  // contests each precinct takes part in, in [1, 8]
  std::uint64_t seed = 1;
};

class Country {
 public:
  explicit Country(const CountrySize& size);

  const CountrySize& size() const { return size_; }
  // Units, precincts and contests; no protocols.
  const drill::Dataset& data() const { return data_; }
  // Of the 16; the national unit has the number 0 among units, the voivodeships 1 to 16.
  static constexpr std::size_t kVoivodeships = 16;
  const std::string& voivodeship(std::size_t number) const { return data_.units[number + 1].id; }
  std::size_t voivodeship_of(std::size_t precinct) const { return voivodeships_[precinct]; }

  // The protocol of a precinct (into Dataset::precincts) in its contest number `which`, in [0,
  // protocols_per_precinct). Every error rule of its form is obeyed. Safe to call from several
  // threads.
  drill::DatasetProtocol protocol(std::size_t precinct, std::uint32_t which) const;

 private:
  void add_units();
  void add_precincts();
  void add_contests();
  void add_group(std::uint32_t which);
  std::uint32_t district_of(std::size_t precinct, std::uint32_t which) const;

  CountrySize size_;
  drill::Dataset data_;
  std::vector<std::size_t> voivodeships_;             // by precinct
  std::vector<std::size_t> gminas_;                   // by precinct
  std::vector<std::vector<std::size_t>> contest_of_;  // by which, then precinct
};

}  // namespace urna::bench
