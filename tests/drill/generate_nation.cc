#include "tests/drill/generate_nation.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "tests/drill/generate_law.h"

namespace urna::drill {

namespace {

using proportions::kVoivodeships;

// Where a gmina stands in the plan.
struct At {
  std::size_t voivodeship;
  std::size_t powiat;
  std::size_t gmina;
};

std::string padded(std::size_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

class Planning {
 public:
  Planning(std::uint32_t precincts, std::uint64_t seed) : precincts_(precincts), random_(seed) {}

  NationPlan plan() {
    add_powiats();
    add_cities();
    add_capital();
    number_powiats();
    add_gminas();
    for (const GminaKind kind : {GminaKind::kSmall, GminaKind::kLarge, GminaKind::kCity}) {
      draw_weights(kind);
    }
    share_precincts();
    settle();
    draw_mayors();
    return std::move(nation_);
  }

 private:
  // A number of the country, in proportion, rounded.
  std::uint32_t scaled(std::uint32_t of_country) const {
    return static_cast<std::uint32_t>(
        (std::uint64_t{of_country} * precincts_ + proportions::kPrecincts / 2) /
        proportions::kPrecincts);
  }
  GminaPlan& plan_at(const At& at) {
    return nation_.voivodeships[at.voivodeship].powiats[at.powiat].gminas[at.gmina];
  }
  const std::vector<At>& of(GminaKind kind) const {
    return gminas_[static_cast<std::size_t>(kind)];
  }

  void add_powiats();
  void add_cities();
  void add_capital();
  void number_powiats();
  void add_gminas();
  void add_gmina(const At& at, GminaKind kind);
  void draw_weights(GminaKind kind);
  void share_precincts();
  void settle();
  void settle_one(GminaPlan& gmina);
  void draw_mayors();

  const std::uint32_t precincts_;
  SplitMix64 random_;
  NationPlan nation_;
  std::array<std::vector<At>, 4> gminas_;  // by GminaKind as drawn
  std::array<std::vector<std::uint64_t>, 4> weights_;
};

void Planning::add_powiats() {
  std::vector<std::uint64_t> weights;
  for (const auto& share : kVoivodeships) weights.push_back(share.powiats);
  const auto count = std::max<std::uint32_t>(kVoivodeships.size(), scaled(proportions::kPowiats));
  const auto powiats = apportion(count, weights, 1);
  for (std::size_t i = 0; i < kVoivodeships.size(); ++i) {
    nation_.voivodeships.push_back({padded(2 * i + 1, 2), {}});
    nation_.voivodeships.back().powiats.resize(powiats[i]);
  }
}

void Planning::add_cities() {
  std::uint32_t count = scaled(proportions::kCities - 1);
  if (precincts_ >= 18) count = std::max<std::uint32_t>(count, 1);
  std::vector<std::uint64_t> weights;
  for (const auto& share : kVoivodeships) weights.push_back(share.cities);
  const auto cities = apportion(count, weights, 0);
  for (std::size_t i = 0; i < cities.size(); ++i) {
    for (std::uint32_t city = 0; city < cities[i]; ++city) {
      PowiatPlan& powiat = nation_.voivodeships[i].powiats.emplace_back();
      powiat.city = true;
      powiat.gminas.resize(1);
      add_gmina({i, nation_.voivodeships[i].powiats.size() - 1, 0}, GminaKind::kCity);
    }
  }
}

// Small nations' capitals have fewer districts, evenly chosen from the country's by size.
void Planning::add_capital() {
  if (precincts_ < 17) return;
  const auto& sizes = proportions::kCapitalDistricts;
  const std::size_t count =
      std::clamp<std::size_t>(scaled(proportions::kCapital.precincts_of_all) / 3, 1, sizes.size());
  auto& powiats = nation_.voivodeships[proportions::kCapitalVoivodeship].powiats;
  PowiatPlan& capital = powiats.emplace_back();
  capital.city = true;
  capital.capital_mayor_candidates =
      static_cast<std::uint32_t>(pick(proportions::kCapital.mayors, random_)) + 1;
  capital.gminas.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    add_gmina({proportions::kCapitalVoivodeship, powiats.size() - 1, i},
              GminaKind::kCapitalDistrict);
    weights_[static_cast<std::size_t>(GminaKind::kCapitalDistrict)].push_back(
        sizes[(2 * i + 1) * sizes.size() / (2 * count)]);
  }
}

// Powiats count from 01, cities from 61; with more of them than two digits hold, from 601 and so
// on.
void Planning::number_powiats() {
  std::size_t powiats = 0;
  std::size_t cities = 0;
  for (const VoivodeshipPlan& voivodeship : nation_.voivodeships) {
    const auto own =
        static_cast<std::size_t>(std::ranges::count(voivodeship.powiats, true, &PowiatPlan::city));
    cities = std::max(cities, own);
    powiats = std::max(powiats, voivodeship.powiats.size() - own);
  }
  std::size_t digits = 2;
  std::size_t first_city = 61;
  while (powiats >= first_city || cities > first_city / 6 * 4 - 1) {
    ++digits;
    first_city = (first_city - 1) * 10 + 1;
  }
  for (VoivodeshipPlan& voivodeship : nation_.voivodeships) {
    std::size_t powiat = 1;
    std::size_t city = first_city;
    for (PowiatPlan& one : voivodeship.powiats) {
      one.number = padded(one.city ? city++ : powiat++, digits);
    }
  }
}

void Planning::add_gminas() {
  std::vector<At> powiats;
  std::vector<std::uint64_t> weights;
  for (std::size_t i = 0; i < nation_.voivodeships.size(); ++i) {
    for (std::size_t j = 0; j < nation_.voivodeships[i].powiats.size(); ++j) {
      if (nation_.voivodeships[i].powiats[j].city) continue;
      powiats.push_back({i, j, 0});
      weights.push_back(draw(proportions::kGminasPerPowiat, random_));
    }
  }
  const auto count = std::max(static_cast<std::uint32_t>(powiats.size()),
                              scaled(proportions::kGminas - proportions::kCities));
  const auto gminas = apportion(count, weights, 1);
  std::uint32_t large_count = scaled(proportions::kLargeGminas);
  if (precincts_ >= 100) large_count = std::max<std::uint32_t>(large_count, 1);
  const auto large = choose(large_count, count, random_);
  std::size_t at = 0;
  auto next_large = large.begin();
  for (std::size_t i = 0; i < powiats.size(); ++i) {
    auto& plans = nation_.voivodeships[powiats[i].voivodeship].powiats[powiats[i].powiat].gminas;
    plans.resize(gminas[i]);
    for (std::size_t gmina = 0; gmina < plans.size(); ++gmina, ++at) {
      const bool is_large = next_large != large.end() && *next_large == at;
      if (is_large) ++next_large;
      add_gmina({powiats[i].voivodeship, powiats[i].powiat, gmina},
                is_large ? GminaKind::kLarge : GminaKind::kSmall);
    }
  }
}

void Planning::add_gmina(const At& at, GminaKind kind) {
  plan_at(at).kind = kind;
  gminas_[static_cast<std::size_t>(kind)].push_back(at);
}

void Planning::draw_weights(GminaKind kind) {
  for (std::size_t i = 0; i < of(kind).size(); ++i) {
    weights_[static_cast<std::size_t>(kind)].push_back(draw(class_of(kind).precincts, random_));
  }
}

// First among the classes, as the country's precincts are, then within each.
void Planning::share_precincts() {
  std::vector<std::uint64_t> shares;
  std::uint32_t units = 0;
  for (std::size_t kind = 0; kind < gminas_.size(); ++kind) {
    const auto& of_all = class_of(static_cast<GminaKind>(kind)).precincts_of_all;
    shares.push_back(gminas_[kind].empty() ? 0 : of_all);
    units += static_cast<std::uint32_t>(gminas_[kind].size());
  }
  std::vector<std::uint64_t> free;  // what a class is due beyond one precinct for each gmina
  for (std::size_t kind = 0; kind < gminas_.size(); ++kind) {
    const std::uint64_t due = shares[kind] * precincts_;
    const std::uint64_t least = gminas_[kind].size() * std::uint64_t{proportions::kPrecincts};
    free.push_back(due > least ? due - least : 0);
  }
  if (std::ranges::all_of(free, [](std::uint64_t one) { return one == 0; })) free[0] = 1;
  const auto extra = apportion(precincts_ - units, free, 0);
  for (std::size_t kind = 0; kind < gminas_.size(); ++kind) {
    if (gminas_[kind].empty()) continue;
    const auto total = static_cast<std::uint32_t>(gminas_[kind].size()) + extra[kind];
    const auto parts = apportion(total, weights_[kind], 1);
    for (std::size_t i = 0; i < parts.size(); ++i) plan_at(gminas_[kind][i]).precincts = parts[i];
  }
}

void Planning::settle() {
  for (VoivodeshipPlan& voivodeship : nation_.voivodeships) {
    for (PowiatPlan& powiat : voivodeship.powiats) {
      for (GminaPlan& gmina : powiat.gminas) settle_one(gmina);
    }
  }
}

// Inhabitants follow from precincts; a gmina is moved a little where it would be of another class,
// and changes its class where that cannot be.
void Planning::settle_one(GminaPlan& gmina) {
  const std::uint64_t limit = kSmallGminaInhabitantsMax;
  const auto eligible_for = [&](std::uint64_t inhabitants) {
    return inhabitants * proportions::kEligiblePerThousand / (1'000 * gmina.precincts);
  };
  std::uint64_t mean = draw(class_of(gmina.kind).eligible, random_);
  if (gmina.kind == GminaKind::kLarge) {
    mean = std::max(mean, eligible_for(limit) + 1);
    if (mean > class_of(GminaKind::kLarge).eligible.back()) {
      gmina.kind = GminaKind::kSmall;
    }
  }
  if (gmina.kind == GminaKind::kSmall) {
    mean = std::min(mean, eligible_for(limit));
    if (mean < proportions::kEligibleMin) {
      gmina.kind = GminaKind::kLarge;
      mean = eligible_for(limit) + 1;
    }
  }
  gmina.eligible_mean = static_cast<std::uint32_t>(mean);
  gmina.inhabitants = mean * gmina.precincts * 1'000 / proportions::kEligiblePerThousand;
}

void Planning::draw_mayors() {
  GminaPlan* first_small = nullptr;
  bool single = precincts_ < 100;
  for (VoivodeshipPlan& voivodeship : nation_.voivodeships) {
    for (PowiatPlan& powiat : voivodeship.powiats) {
      for (GminaPlan& gmina : powiat.gminas) {
        if (gmina.kind == GminaKind::kCapitalDistrict) continue;
        gmina.mayor_candidates =
            static_cast<std::uint32_t>(pick(class_of(gmina.kind).mayors, random_)) + 1;
        if (gmina.kind == GminaKind::kSmall && first_small == nullptr) first_small = &gmina;
        single = single || gmina.mayor_candidates == 1;
      }
    }
  }
  if (!single && first_small != nullptr) first_small->mayor_candidates = 1;
}

}  // namespace

const proportions::GminaClass& class_of(GminaKind kind) {
  switch (kind) {
    case GminaKind::kSmall: return proportions::kSmall;
    case GminaKind::kLarge: return proportions::kLarge;
    case GminaKind::kCity: return proportions::kCity;
    case GminaKind::kCapitalDistrict: return proportions::kCapital;
  }
  return proportions::kSmall;
}

Result<NationPlan> plan_nation(std::uint32_t precincts, std::uint64_t seed) {
  if (precincts < kNationPrecinctsMin || precincts > kNationPrecinctsMax) {
    return fail(ErrorCode::kInvalidArgument, "a nation has " + std::to_string(kNationPrecinctsMin) +
                                                 " to " + std::to_string(kNationPrecinctsMax) +
                                                 " precincts, not " + std::to_string(precincts));
  }
  return Planning(precincts, seed).plan();
}

std::string voivodeship_id(const VoivodeshipPlan& voivodeship) {
  const std::size_t digits =
      voivodeship.powiats.empty() ? 2 : voivodeship.powiats.front().number.size();
  return voivodeship.code + std::string(digits + 2, '0');
}

std::string powiat_id(const VoivodeshipPlan& voivodeship, const PowiatPlan& powiat) {
  return voivodeship.code + powiat.number + (powiat.city ? "01" : "00");
}

std::string gmina_id(const VoivodeshipPlan& voivodeship, const PowiatPlan& powiat,
                     std::size_t gmina) {
  const std::size_t first = powiat.is_capital() ? 2 : 1;
  return voivodeship.code + powiat.number + padded(gmina + first, 2);
}

}  // namespace urna::drill
