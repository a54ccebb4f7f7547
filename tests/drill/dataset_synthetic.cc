// A made-up powiat. Teryt codes are ones the country does not use (powiat 50 of voivodeship 30), so
// that nobody takes its figures for real ones.
#include <algorithm>
#include <numeric>

#include "common/base/check.h"
#include "tests/drill/dataset.h"
#include "tests/drill/random.h"
#include "tests/drill/split.h"

namespace urna::drill {

namespace {

constexpr std::string_view kVoivodeship = "300000";
constexpr std::string_view kPowiat = "305000";
constexpr const char* kGminaNames[] = {"Brzezina", "Dąbrowa", "Grabowo", "Jesionka",
                                       "Klonowo",  "Lipnica", "Olszyny", "Wierzbno"};
constexpr const char* kCommittees[] = {"KW Razem dla Powiatu", "KWW Nasza Gmina",
                                       "KW Dobry Samorząd",    "KWW Droga i Most",
                                       "KWW Czysta Woda",      "KW Szkoła"};

std::string two_digits(std::uint32_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

// What all contests of one precinct share.
struct Voters {
  std::uint32_t citizens = 0;  // part A
  std::uint32_t others = 0;    // part B: vote for gmina council and mayor only
  std::uint32_t turnout_permille = 0;
  std::uint32_t proxies = 0;
};

class Synthetic {
 public:
  Synthetic(std::uint64_t seed, SyntheticSize size) : random_(seed), size_(size) {
    data_.name = "synthetic-" + std::to_string(seed);
    data_.election = "synthetic-powiat";
    data_.date = "2014-11-16";
  }

  Dataset make() {
    add_units();
    for (std::uint32_t gmina = 1; gmina <= size_.gminas; ++gmina) add_precincts(gmina);
    for (std::uint32_t gmina = 1; gmina <= size_.gminas; ++gmina) add_mayor(gmina);
    for (std::uint32_t gmina = 1; gmina <= size_.gminas; ++gmina) add_gmina_council(gmina);
    add_powiat_council();
    add_assembly();
    return std::move(data_);
  }

 private:
  static std::string gmina_id(std::uint32_t gmina) { return "3050" + two_digits(gmina); }
  static bool is_small(std::uint32_t gmina) { return gmina % 3 == 0; }
  std::size_t first_precinct(std::uint32_t gmina) const {
    return std::size_t{gmina - 1} * size_.precincts_per_gmina;
  }

  void add_units();
  void add_precincts(std::uint32_t gmina);
  void add_mayor(std::uint32_t gmina);
  void add_gmina_council(std::uint32_t gmina);
  void add_powiat_council();
  void add_assembly();
  DatasetContest contest(std::string name, v1::ContestKind kind, std::string_view area);
  void add_candidates(DatasetContest& contest);
  void add_lists(DatasetContest& contest);
  void add_contest(DatasetContest contest);
  void add_protocol(std::size_t contest, std::size_t precinct, const Weights& weights);
  void fill_ballots(DatasetProtocol& protocol, const DatasetContest& contest);
  void fill_envelopes(DatasetProtocol& protocol);
  void fill_votes(DatasetProtocol& protocol, const DatasetContest& contest, const Weights& weights);

  SplitMix64 random_;
  SyntheticSize size_;
  Dataset data_;
  std::vector<Voters> voters_;  // by precinct
};

void Synthetic::add_units() {
  data_.units = {
      {"PL", v1::UNIT_KIND_NATIONAL, "", "Polska"},
      {std::string(kVoivodeship), v1::UNIT_KIND_VOIVODESHIP, "PL", "województwo ćwiczebne"},
      {std::string(kPowiat), v1::UNIT_KIND_POWIAT, std::string(kVoivodeship), "powiat ćwiczebny"},
  };
  for (std::uint32_t gmina = 1; gmina <= size_.gminas; ++gmina) {
    std::string name = kGminaNames[(gmina - 1) % std::size(kGminaNames)];
    if (gmina > std::size(kGminaNames)) name += " " + std::to_string(gmina);
    data_.units.push_back({gmina_id(gmina), v1::UNIT_KIND_GMINA, std::string(kPowiat), name});
  }
}

void Synthetic::add_precincts(std::uint32_t gmina) {
  std::vector<std::uint32_t> numbers(size_.precincts_per_gmina);
  std::iota(numbers.begin(), numbers.end(), 1);
  // Precincts ascend by id, and ids as text: "…-10" before "…-2".
  std::ranges::sort(numbers, {}, [](std::uint32_t number) { return std::to_string(number); });
  for (std::uint32_t number : numbers) {
    // The last precinct of every other gmina is its hospital.
    const bool hospital = number == size_.precincts_per_gmina && gmina % 2 == 0;
    data_.precincts.push_back(
        {gmina_id(gmina) + "-" + std::to_string(number), gmina_id(gmina), std::to_string(number),
         hospital ? v1::PRECINCT_TYPE_HOSPITAL : v1::PRECINCT_TYPE_PERMANENT});
    Voters voters;
    voters.citizens = hospital ? random_.between(60, 180) : random_.between(420, 1900);
    voters.others = hospital || !random_.chance(200) ? 0 : random_.between(1, 5);
    voters.turnout_permille = random_.between(380, 640);
    voters.proxies = !hospital && random_.chance(150) ? random_.between(1, 3) : 0;
    voters_.push_back(voters);
  }
}

DatasetContest Synthetic::contest(std::string name, v1::ContestKind kind, std::string_view area) {
  DatasetContest contest;
  contest.contest = std::move(name);
  contest.kind = kind;
  contest.area = area;
  contest.group = contest.contest + "-" + contest.area;
  contest.id = contest.group;
  contest.rule_set = "2014";
  contest.form = "council-2014";
  contest.synthetic = true;
  return contest;
}

void Synthetic::add_candidates(DatasetContest& contest) {
  const std::uint32_t count = random_.between(2, 5);
  for (std::uint32_t i = 1; i <= count; ++i) {
    contest.options.push_back({std::to_string(i), "Kandydat " + std::to_string(i)});
  }
}

void Synthetic::add_lists(DatasetContest& contest) {
  for (std::uint32_t i = 0; i < std::size(kCommittees); ++i) {
    // Not every committee stands everywhere; the first two do.
    if (i >= 2 && random_.chance(300)) continue;
    contest.options.push_back({std::to_string(i + 1), kCommittees[i]});
  }
}

void Synthetic::add_contest(DatasetContest contest) {
  Weights weights;
  for (std::size_t i = 0; i < contest.options.size(); ++i)
    weights.push_back(random_.between(30, 400));
  const std::size_t index = data_.contests.size();
  const std::vector<std::size_t> precincts = contest.precincts;
  data_.contests.push_back(std::move(contest));
  for (std::size_t precinct : precincts) add_protocol(index, precinct, weights);
}

void Synthetic::add_mayor(std::uint32_t gmina) {
  DatasetContest mayor = contest("mayor", v1::CONTEST_KIND_MAYOR, gmina_id(gmina));
  mayor.form = "mayor-2014";
  mayor.seats = 1;
  add_candidates(mayor);
  for (std::size_t i = 0; i < size_.precincts_per_gmina; ++i) {
    mayor.precincts.push_back(first_precinct(gmina) + i);
  }
  add_contest(std::move(mayor));
}

void Synthetic::add_gmina_council(std::uint32_t gmina) {
  const bool small = is_small(gmina);
  const std::uint32_t districts = small ? size_.precincts_per_gmina / 2 : 4;
  for (std::uint32_t district = 1; district <= districts; ++district) {
    DatasetContest council =
        contest("gmina_council",
                small ? v1::CONTEST_KIND_COUNCIL_SMALL_GMINA : v1::CONTEST_KIND_COUNCIL_LARGE_GMINA,
                gmina_id(gmina));
    council.form = "council-2014-ab";
    council.district = std::to_string(district);
    council.id += "-" + council.district;
    council.seats = small ? 1 : 5;
    small ? add_candidates(council) : add_lists(council);
    const std::size_t count = size_.precincts_per_gmina;
    for (std::size_t i = count * (district - 1) / districts; i < count * district / districts;
         ++i) {
      council.precincts.push_back(first_precinct(gmina) + i);
    }
    add_contest(std::move(council));
  }
}

void Synthetic::add_powiat_council() {
  // Two gminas make a district; an odd one out is a district of its own.
  for (std::uint32_t gmina = 1; gmina <= size_.gminas; gmina += 2) {
    DatasetContest council = contest("powiat_council", v1::CONTEST_KIND_COUNCIL_POWIAT, kPowiat);
    council.district = std::to_string((gmina + 1) / 2);
    council.id += "-" + council.district;
    council.seats = 6;
    add_lists(council);
    const std::uint32_t last = std::min(gmina + 1, size_.gminas);
    for (std::size_t i = first_precinct(gmina); i < first_precinct(last + 1); ++i) {
      council.precincts.push_back(i);
    }
    add_contest(std::move(council));
  }
}

void Synthetic::add_assembly() {
  DatasetContest assembly =
      contest("voivodeship_assembly", v1::CONTEST_KIND_ASSEMBLY, kVoivodeship);
  assembly.district = "1";
  assembly.id = "assembly-1";
  assembly.group = "assembly-" + std::string(kVoivodeship);
  assembly.seats = 7;
  add_lists(assembly);
  for (std::size_t i = 0; i < data_.precincts.size(); ++i) assembly.precincts.push_back(i);
  add_contest(std::move(assembly));
}

void Synthetic::add_protocol(std::size_t contest, std::size_t precinct, const Weights& weights) {
  DatasetProtocol protocol;
  protocol.contest = contest;
  protocol.precinct = precinct;
  fill_ballots(protocol, data_.contests[contest]);
  fill_envelopes(protocol);
  fill_votes(protocol, data_.contests[contest], weights);
  data_.protocols.push_back(std::move(protocol));
}

// p1 to p5: eligible and issued, in parts where citizens of other states vote too.
void Synthetic::fill_ballots(DatasetProtocol& protocol, const DatasetContest& contest) {
  auto& p = protocol.points;
  const Voters& voters = voters_[protocol.precinct];
  const bool parts = contest.form != "council-2014";
  const std::uint32_t others = parts ? voters.others : 0;
  const std::uint32_t issued_others = others == 0 ? 0 : random_.between(0, others);
  const std::uint32_t permille = voters.turnout_permille + random_.between(0, 10);
  const std::uint32_t issued = voters.citizens * permille / 1000;
  p["p1"] = voters.citizens + others;
  p["p4"] = issued + issued_others;
  if (parts) {
    p["p1a"] = voters.citizens;
    p["p1b"] = others;
    p["p4a"] = issued;
    p["p4b"] = issued_others;
  }
  // Ballots are printed for 85% of the eligible; now and then a few cannot be found again (W1).
  p["p2"] = p["p1"] * 85 / 100;
  const std::uint32_t lost = random_.chance(15) ? random_.between(1, 3) : 0;
  p["p3"] = p["p2"] - p["p4"] - lost;
  p["p5"] = voters.proxies;
}

// p6 to p8a: voting by post, and what was in the box.
void Synthetic::fill_envelopes(DatasetProtocol& protocol) {
  auto& p = protocol.points;
  p["p6"] = random_.chance(60) ? random_.between(1, 4) : 0;
  p["p7"] = p["p6"] == 0 ? 0 : random_.between(0, p["p6"]);
  for (const char* reason : {"p7a", "p7b", "p7c", "p7d"}) p[reason] = 0;
  if (p["p7"] > 1 && random_.chance(200)) p["p7a"] = 1;
  p["p7e"] = p["p7"] - p["p7a"];
  p["p8a"] = p["p7e"];
  // Some voters carry their ballot home (W2).
  const std::uint32_t carried_off = random_.chance(60) ? random_.between(1, 3) : 0;
  p["p8"] = p["p4"] - carried_off + p["p8a"];
}

// p9 to p12 and the votes.
void Synthetic::fill_votes(DatasetProtocol& protocol, const DatasetContest& contest,
                           const Weights& weights) {
  auto& p = protocol.points;
  p["p9"] = random_.chance(25) ? 1 : 0;
  p["p10"] = p["p8"] - p["p9"];
  // At least two, so that p9 is never the same number (W10).
  const std::uint32_t spread = contest.form == "mayor-2014" ? 3 : 6;
  p["p11"] = 2 + p["p10"] * random_.between(1, spread) / 100;
  if (contest.form == "mayor-2014") {
    p["p11a"] = random_.between(0, p["p11"]);
    p["p11b"] = p["p11"] - p["p11a"];
  }
  p["p12"] = p["p10"] - p["p11"];
  for (std::uint32_t part : split(p["p12"], weights, random_)) {
    protocol.votes.push_back(model::cell_of(part));
  }
}

}  // namespace

Dataset make_synthetic(std::uint64_t seed, SyntheticSize size) {
  URNA_CHECK(size.gminas >= 1 && size.gminas <= 99);
  URNA_CHECK(size.precincts_per_gmina >= 4 && size.precincts_per_gmina <= 999);
  return Synthetic(seed, size).make();
}

}  // namespace urna::drill
