// The territory of an invented nation: how many units it has, how they lie in each other, how many
// precincts and inhabitants each has. Who lives in a precinct is drawn later, one gmina after the
// other, so that a nation of any size needs little memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/generate_proportions.h"

namespace urna::drill {

enum class GminaKind : std::uint8_t {
  kSmall,            // up to 20,000 inhabitants
  kLarge,            // above
  kCity,             // a city with powiat rights, whole
  kCapitalDistrict,  // of the capital
};
const proportions::GminaClass& class_of(GminaKind kind);

struct GminaPlan {
  GminaKind kind = GminaKind::kSmall;
  std::uint32_t precincts = 0;         // at least 1
  std::uint32_t eligible_mean = 0;     // of a precinct that is not closed
  std::uint32_t mayor_candidates = 0;  // 0 for a district of the capital
  std::uint64_t inhabitants = 0;
};

// A powiat, or a city with powiat rights: then its only gmina is itself, or, in the capital, its
// gminas are its districts.
struct PowiatPlan {
  std::string number;  // "07", in its voivodeship; of cities above 60
  bool city = false;
  std::uint32_t capital_mayor_candidates = 0;  // above 0 for the capital only
  std::vector<GminaPlan> gminas;

  bool is_capital() const { return capital_mayor_candidates > 0; }
};

struct VoivodeshipPlan {
  std::string code;  // "01", odd: the country's own are even
  std::vector<PowiatPlan> powiats;
};

struct NationPlan {
  std::vector<VoivodeshipPlan> voivodeships;  // 16
};

inline constexpr std::uint32_t kNationPrecinctsMin = 16;
inline constexpr std::uint32_t kNationPrecinctsMax = 1'000'000;

// A nation of exactly `precincts`. With proportions::kPrecincts it has exactly the country's
// numbers of units; otherwise as many in proportion, but in every voivodeship a powiat and in every
// powiat a gmina; from 17 precincts on a capital, from 18 another city, from 100 on a gmina above
// 20,000 inhabitants and a mayor with a single candidate. kInvalidArgument when `precincts` is out
// of range.
Result<NationPlan> plan_nation(std::uint32_t precincts, std::uint64_t seed);

// Names of units as TERYT forms them, with a powiat number of more than two digits where there are
// too many: "010000", "010700", "010703".
std::string voivodeship_id(const VoivodeshipPlan& voivodeship);
std::string powiat_id(const VoivodeshipPlan& voivodeship, const PowiatPlan& powiat);
// `gmina` counts from 0 within its powiat. A city is "…01"; the capital's districts follow it.
std::string gmina_id(const VoivodeshipPlan& voivodeship, const PowiatPlan& powiat,
                     std::size_t gmina);

}  // namespace urna::drill
