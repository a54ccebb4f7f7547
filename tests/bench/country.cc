#include "tests/bench/country.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

#include "common/base/check.h"
#include "tests/drill/split.h"

namespace urna::bench {

namespace {

constexpr std::size_t kPowiats = 379;
constexpr std::size_t kGminas = 2'479;
constexpr std::uint32_t kParliamentDistricts = 41;
constexpr std::uint32_t kLists = 6;

// "020000", "020300", "020307": voivodeships have even numbers.
std::string teryt(std::size_t voivodeship, std::size_t powiat, std::size_t gmina) {
  char text[16];
  std::snprintf(text, sizeof text, "%02zu%02zu%02zu", 2 * (voivodeship + 1), powiat, gmina);
  return text;
}

std::size_t voivodeship_of_powiat(std::size_t powiat) { return powiat % Country::kVoivodeships; }
std::size_t powiat_of_gmina(std::size_t gmina) { return gmina % kPowiats; }
std::string powiat_id(std::size_t powiat) {
  return teryt(voivodeship_of_powiat(powiat), powiat / Country::kVoivodeships + 1, 0);
}
std::string gmina_id(std::size_t gmina) {
  const std::size_t powiat = powiat_of_gmina(gmina);
  return teryt(voivodeship_of_powiat(powiat), powiat / Country::kVoivodeships + 1,
               gmina / kPowiats + 1);
}

void add_lists(drill::DatasetContest& contest, std::uint32_t lists, std::uint32_t candidates) {
  for (std::uint32_t i = 1; i <= lists; ++i) {
    contest.options.push_back({std::to_string(i), "Lista " + std::to_string(i), candidates});
  }
}

// What is voted on in contest number `which` of a shape.
struct ContestKind {
  std::string_view name;
  v1::ContestKind kind;
  std::string_view form;
  std::uint32_t lists;
  bool candidates;  // lists carry candidates, twice as many as there are seats
};

ContestKind kind_of(Shape shape, std::uint32_t which) {
  if (shape == Shape::kParliament) {
    return {"sejm", v1::CONTEST_KIND_PARLIAMENT, "sejm-2019", kLists, true};
  }
  static constexpr ContestKind kLocal[] = {
      {"mayor", v1::CONTEST_KIND_MAYOR, "mayor-2018-public", 4, false},
      {"gmina", v1::CONTEST_KIND_COUNCIL_SMALL_GMINA, "council-2014", 5, false},
      {"powiat", v1::CONTEST_KIND_COUNCIL_POWIAT, "council-2014", 5, true},
      {"assembly", v1::CONTEST_KIND_ASSEMBLY, "council-2014", kLists, true}};
  return kLocal[which % std::size(kLocal)];
}

// Seats of a district of lists; twice as many candidates stand on each list.
std::uint32_t seats_of(v1::ContestKind kind, std::uint32_t district) {
  switch (kind) {
    case v1::CONTEST_KIND_PARLIAMENT: return 8 + district % 7;
    case v1::CONTEST_KIND_ASSEMBLY: return 5 + district % 3;
    case v1::CONTEST_KIND_COUNCIL_POWIAT: return 3 + district % 3;
    default: return 1;
  }
}

// Figures every form here has in common, whatever it numbers them.
struct Ballots {
  std::uint32_t eligible;
  std::uint32_t received;
  std::uint32_t issued;
  std::uint32_t invalid;
  std::uint32_t valid;
};

Ballots draw_ballots(drill::SplitMix64& random) {
  Ballots ballots{};
  ballots.eligible = random.between(420, 1'900);
  ballots.received = ballots.eligible * 85 / 100;
  ballots.issued = ballots.eligible * random.between(380, 640) / 1'000;
  ballots.invalid = 2 + ballots.issued * random.between(1, 3) / 100;
  ballots.valid = ballots.issued - ballots.invalid;
  return ballots;
}

using Points = std::map<std::string, std::uint32_t, std::less<>>;

Points points_of(std::string_view form, const Ballots& b) {
  if (form == "mayor-2018-public") {
    return {{"p1", b.eligible}, {"p4", b.issued}, {"p8", b.issued}, {"p11", b.invalid}};
  }
  Points points = {{"p1", b.eligible}, {"p2", b.received}, {"p3", b.received - b.issued},
                   {"p4", b.issued},   {"p5", 0},          {"p6", 0},
                   {"p7", 0}};
  if (form == "sejm-2019") {
    for (const char* none :
         {"p8", "p8a", "p8b", "p8c", "p8d", "p8e", "p9a", "p10", "p12a", "p12c"}) {
      points[none] = 0;
    }
    points["p9"] = points["p11"] = b.issued;
    points["p12"] = points["p12b"] = b.invalid;
    points["p13"] = b.valid;
    return points;
  }
  for (const char* none : {"p7a", "p7b", "p7c", "p7d", "p7e", "p8a", "p9"}) points[none] = 0;
  points["p8"] = points["p10"] = b.issued;
  points["p11"] = b.invalid;
  points["p12"] = b.valid;
  return points;
}

drill::Weights falling(std::size_t count) {
  drill::Weights weights(count);
  std::iota(weights.rbegin(), weights.rend(), 1);
  return weights;
}

}  // namespace

Country::Country(const CountrySize& size) : size_(size) {
  URNA_CHECK(size.precincts >= 1 && size.precincts <= 2'000'000);
  URNA_CHECK(size.protocols_per_precinct >= 1 && size.protocols_per_precinct <= 8);
  data_.name = "bench-" + std::to_string(size.seed);
  data_.election = "bench";
  data_.date = "2019-10-13";
  add_units();
  add_precincts();
  for (std::uint32_t which = 0; which < size_.protocols_per_precinct; ++which) add_group(which);
}

void Country::add_units() {
  data_.units.push_back({"PL", v1::UNIT_KIND_NATIONAL, "", "Polska"});
  for (std::size_t i = 0; i < kVoivodeships; ++i) {
    data_.units.push_back(
        {teryt(i, 0, 0), v1::UNIT_KIND_VOIVODESHIP, "PL", "województwo " + std::to_string(i + 1)});
  }
  for (std::size_t i = 0; i < kPowiats; ++i) {
    data_.units.push_back({powiat_id(i), v1::UNIT_KIND_POWIAT,
                           teryt(voivodeship_of_powiat(i), 0, 0),
                           "powiat " + std::to_string(i + 1)});
  }
  for (std::size_t i = 0; i < kGminas; ++i) {
    data_.units.push_back({gmina_id(i), v1::UNIT_KIND_GMINA, powiat_id(powiat_of_gmina(i)),
                           "gmina " + std::to_string(i + 1)});
  }
}

void Country::add_precincts() {
  std::vector<std::pair<std::string, std::uint32_t>> ids;
  for (std::uint32_t i = 0; i < size_.precincts; ++i) {
    ids.emplace_back(gmina_id(i % kGminas) + "-" + std::to_string(i / kGminas + 1), i);
  }
  std::ranges::sort(ids);
  for (const auto& [id, made] : ids) {
    const std::size_t gmina = made % kGminas;
    data_.precincts.push_back(
        {id, gmina_id(gmina), std::to_string(made / kGminas + 1), v1::PRECINCT_TYPE_PERMANENT});
    gminas_.push_back(gmina);
    voivodeships_.push_back(voivodeship_of_powiat(powiat_of_gmina(gmina)));
  }
}

std::uint32_t Country::district_of(std::size_t precinct, std::uint32_t which) const {
  const std::size_t gmina = gminas_[precinct];
  const std::size_t powiat = powiat_of_gmina(gmina);
  switch (kind_of(size_.shape, which).kind) {
    case v1::CONTEST_KIND_PARLIAMENT: {
      // 41 districts: three in each of the first nine voivodeships, two in each other.
      const std::size_t voivodeship = voivodeships_[precinct];
      const std::size_t extra = kParliamentDistricts - 2 * kVoivodeships;
      const std::size_t own = voivodeship < extra ? 3 : 2;
      const std::size_t before = 2 * voivodeship + std::min(voivodeship, extra);
      return static_cast<std::uint32_t>(before + powiat / kVoivodeships % own + 1);
    }
    case v1::CONTEST_KIND_ASSEMBLY:
      return static_cast<std::uint32_t>(5 * voivodeships_[precinct] + powiat / kVoivodeships % 5 +
                                        1);
    case v1::CONTEST_KIND_COUNCIL_SMALL_GMINA:
      // One for each powiat and not for each gmina: a manifest of at most 256 KiB does not name so
      // many contests.
    case v1::CONTEST_KIND_COUNCIL_POWIAT: return static_cast<std::uint32_t>(powiat + 1);
    default: return static_cast<std::uint32_t>(gmina + 1);
  }
}

// One contest for each district there are precincts in.
void Country::add_group(std::uint32_t which) {
  const ContestKind kind = kind_of(size_.shape, which);
  const std::string group = std::string(kind.name) + "-" + std::to_string(which + 1);
  std::map<std::uint32_t, std::size_t> contests;  // by district
  std::vector<std::size_t>& contest_of = contest_of_.emplace_back(size_.precincts);
  for (std::size_t precinct = 0; precinct < size_.precincts; ++precinct) {
    const std::uint32_t district = district_of(precinct, which);
    const auto [found, fresh] = contests.emplace(district, data_.contests.size());
    if (fresh) {
      drill::DatasetContest contest;
      contest.contest = group;
      contest.district = std::to_string(district);
      contest.group = group;
      contest.id = group + "-" + contest.district;
      contest.kind = kind.kind;
      contest.area = "PL";
      contest.rule_set = size_.shape == Shape::kParliament ? "2019" : "2014";
      contest.form = kind.form;
      contest.seats = seats_of(kind.kind, district);
      contest.synthetic = true;
      add_lists(contest, kind.lists, kind.candidates ? 2 * contest.seats : 0);
      data_.contests.push_back(std::move(contest));
    }
    contest_of[precinct] = found->second;
    data_.contests[found->second].precincts.push_back(precinct);
  }
}

drill::DatasetProtocol Country::protocol(std::size_t precinct, std::uint32_t which) const {
  drill::SplitMix64 random(size_.seed ^ (precinct * 8 + which + 1) * 0x9e3779b97f4a7c15u);
  drill::DatasetProtocol protocol;
  protocol.contest = contest_of_[which][precinct];
  protocol.precinct = precinct;
  const drill::DatasetContest& contest = data_.contests[protocol.contest];
  const Ballots ballots = draw_ballots(random);
  protocol.points = points_of(contest.form, ballots);
  for (const std::uint32_t votes :
       drill::split(ballots.valid, falling(contest.options.size()), random)) {
    protocol.votes.push_back(model::cell_of(votes));
    const std::uint32_t candidates = contest.options[protocol.votes.size() - 1].candidates;
    if (candidates == 0) continue;
    for (const std::uint32_t own : drill::split(votes, falling(candidates), random)) {
      protocol.candidate_votes.push_back(own);
    }
  }
  return protocol;
}

}  // namespace urna::bench
