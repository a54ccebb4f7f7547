#include "tests/drill/generate_ballot.h"

#include <algorithm>
#include <numeric>

namespace urna::drill {

namespace {

// Of committees that stand in the whole nation, under the same number; others are local.
constexpr const char* kNational[] = {"KW Razem dla Kraju", "KW Nasza Ziemia", "KW Dobry Samorząd",
                                     "KW Droga i Most",    "KW Czysta Woda",  "KW Szkoła i Praca"};
constexpr const char* kLocal[] = {"KWW Nasza Gmina", "KWW Zgoda",       "KWW Nowe Otwarcie",
                                  "KWW Gospodarze",  "KWW Wspólny Dom", "KWW Sąsiedzi",
                                  "KWW Przyszłość"};

// In a thousand: that a committee of the council does not stand in one of its districts.
constexpr std::uint32_t kAbsent = 60;

struct Kind {
  const char* label;
  const char* stem;  // of the contest's id
  v1::ContestKind kind;
  const char* form;
};
constexpr Kind kKinds[] = {
    {kMayor, "mayor", v1::CONTEST_KIND_MAYOR, "mayor-2014"},
    {kSingleMayor, "mayor", v1::CONTEST_KIND_MAYOR, "mayor-single-2014"},
    {kSmallCouncil, "gmina_council", v1::CONTEST_KIND_COUNCIL_SMALL_GMINA, "council-2014-ab"},
    {kLargeCouncil, "gmina_council", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA, "council-2014-ab"},
    {kCityCouncil, "city_council", v1::CONTEST_KIND_COUNCIL_CITY, "council-2014-ab"},
    {kDistrictCouncil, "district_council", v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT,
     "council-2014-ab"},
    {kPowiatCouncil, "powiat_council", v1::CONTEST_KIND_COUNCIL_POWIAT, "council-2014"},
    {kAssembly, "assembly", v1::CONTEST_KIND_ASSEMBLY, "council-2014"},
};

std::string committee(std::uint32_t number, const std::string& area) {
  if (number <= std::size(kNational)) return kNational[number - 1];
  const std::uint32_t local = number - static_cast<std::uint32_t>(std::size(kNational)) - 1;
  return std::string(kLocal[local % std::size(kLocal)]) + " " + area;
}

// District "" is the whole area.
Ballot empty_ballot(std::string_view label, const std::string& area, const std::string& district) {
  const Kind& kind = *std::ranges::find(kKinds, label, &Kind::label);
  Ballot ballot;
  DatasetContest& contest = ballot.contest;
  contest.contest = kind.label;
  contest.kind = kind.kind;
  contest.form = kind.form;
  contest.area = area;
  contest.district = district;
  contest.group = std::string(kind.stem) + "-" + area;
  contest.id = contest.group + (district.empty() ? "" : "-" + district);
  contest.rule_set = "2014";
  contest.seats = 1;
  contest.synthetic = true;
  return ballot;
}

// People, not lists: some fare much better than others.
void add_people(Ballot& ballot, std::uint32_t count, SplitMix64& random) {
  for (std::uint32_t i = 1; i <= count; ++i) {
    ballot.contest.options.push_back({std::to_string(i), "Kandydat " + std::to_string(i), 0});
    ballot.options.push_back(random.between(60, 900));
    ballot.candidates.emplace_back();
  }
}

void add_list(Ballot& ballot, std::uint32_t number, std::uint32_t weight,
              const proportions::Lists& lists, SplitMix64& random) {
  DatasetContest& contest = ballot.contest;
  // At most two for each seat, and at least one for each: Electoral Code [unverified], as in the
  // data.
  const std::uint32_t percent = draw(lists.candidates, random);
  const std::uint32_t count =
      std::clamp((contest.seats * percent + 50) / 100, contest.seats, 2 * contest.seats);
  contest.options.push_back({std::to_string(number), committee(number, contest.area), count});
  ballot.options.push_back(std::max<std::uint32_t>(1, weight * random.between(70, 130) / 100));
  Weights& candidates = ballot.candidates.emplace_back();
  // Who stands first fares best.
  candidates.push_back(random.between(400, 900));
  while (candidates.size() < count) candidates.push_back(random.between(30, 300));
}

Council make_lists(std::string_view label, const std::string& area,
                   const std::vector<District>& districts, const proportions::Lists& lists,
                   const Deciles& invalid, SplitMix64& random) {
  const std::uint32_t committees = draw(lists.lists, random);
  std::vector<std::uint32_t> weights;
  // Two large ones, some middling, some that stay below the threshold.
  for (std::uint32_t i = 0; i < committees; ++i) {
    weights.push_back(i < 2 ? random.between(250, 500) : random.between(20, 220));
  }
  std::vector<Ballot> ballots;
  std::vector<std::uint32_t> first;
  for (const District& district : districts) {
    Ballot& ballot =
        ballots.emplace_back(empty_ballot(label, area, std::to_string(ballots.size() + 1)));
    first.push_back(district.first_precinct);
    ballot.contest.seats = district.seats;
    ballot.invalid = invalid;
    for (std::uint32_t i = 0; i < committees; ++i) {
      if (i >= 2 && random.chance(kAbsent)) continue;
      add_list(ballot, i + 1, weights[i], lists, random);
    }
  }
  return {std::move(ballots), std::move(first)};
}

std::uint64_t inhabitants_of(std::span<const Block> blocks) {
  std::uint64_t all = 0;
  for (const Block& block : blocks) all += block.inhabitants;
  return all;
}

}  // namespace

std::span<const Ballot> Council::of_precinct(std::uint32_t precinct) const {
  const auto end = std::ranges::upper_bound(first_, precinct);
  const auto begin = std::lower_bound(first_.begin(), end, *(end - 1));
  return {ballots_.begin() + (begin - first_.begin()), ballots_.begin() + (end - first_.begin())};
}

Ballot make_mayor(const std::string& area, std::uint32_t candidates, SplitMix64& random) {
  Ballot ballot = empty_ballot(candidates == 1 ? kSingleMayor : kMayor, area, "");
  ballot.invalid = proportions::kInvalidMayor;
  if (candidates > 1) {
    add_people(ballot, candidates, random);
    return ballot;
  }
  std::uint32_t yes = draw(proportions::kYes, random);
  if (random.chance(proportions::kYesLoses)) yes = 1'000 - yes;
  ballot.contest.options = {{"YES", "TAK", 0}, {"NO", "NIE", 0}};
  ballot.options = {yes, 1'000 - yes};
  ballot.candidates.resize(2);
  return ballot;
}

Council make_small_council(const std::string& area, std::uint32_t precincts, SplitMix64& random) {
  std::vector<Ballot> ballots;
  std::vector<std::uint32_t> first;
  for (std::uint32_t i = 0; i < kSmallGminaDistricts; ++i) {
    Ballot& ballot = ballots.emplace_back(empty_ballot(kSmallCouncil, area, std::to_string(i + 1)));
    first.push_back(
        static_cast<std::uint32_t>(std::uint64_t{i} * precincts / kSmallGminaDistricts));
    ballot.invalid = proportions::kInvalidSmall;
    add_people(ballot,
               static_cast<std::uint32_t>(pick(proportions::kCandidatesForOneSeat, random)) + 1,
               random);
  }
  return {std::move(ballots), std::move(first)};
}

Council make_large_council(const std::string& area, std::span<const Block> blocks,
                           SplitMix64& random) {
  return make_lists(kLargeCouncil, area,
                    divide(gmina_council_seats(inhabitants_of(blocks)), kGminaDistrict, blocks),
                    proportions::kListsLargeGmina, proportions::kInvalidCity, random);
}

Council make_city_council(const std::string& area, std::span<const Block> blocks, bool capital,
                          SplitMix64& random) {
  const std::uint32_t seats =
      capital ? kCapitalCouncilSeats : gmina_council_seats(inhabitants_of(blocks));
  return make_lists(kCityCouncil, area, divide(seats, kCityDistrict, blocks),
                    proportions::kListsCity, proportions::kInvalidCity, random);
}

Council make_district_council(const std::string& area, std::span<const Block> blocks,
                              SplitMix64& random) {
  return make_lists(kDistrictCouncil, area,
                    divide(gmina_council_seats(inhabitants_of(blocks)), kGminaDistrict, blocks),
                    proportions::kListsWarsawDistrict, proportions::kInvalidWarsawDistrict, random);
}

Council make_powiat_council(const std::string& area, std::span<const Block> blocks,
                            const Deciles& invalid, SplitMix64& random) {
  return make_lists(kPowiatCouncil, area,
                    divide(powiat_council_seats(inhabitants_of(blocks)), kPowiatDistrict, blocks),
                    proportions::kListsPowiat, invalid, random);
}

Council make_assembly(const std::string& area, std::span<const Block> blocks,
                      const Deciles& invalid, SplitMix64& random) {
  return make_lists(kAssembly, area,
                    divide(assembly_seats(inhabitants_of(blocks)), kAssemblyDistrict, blocks),
                    proportions::kListsAssembly, invalid, random);
}

}  // namespace urna::drill
