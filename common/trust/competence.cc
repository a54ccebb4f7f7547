#include "common/trust/competence.h"

#include <algorithm>

namespace urna::trust {

namespace {

constexpr auto kVoivodeship = v1::UNIT_KIND_VOIVODESHIP;
constexpr auto kPowiat = v1::UNIT_KIND_POWIAT;
constexpr auto kCity = v1::UNIT_KIND_CITY;
constexpr auto kGmina = v1::UNIT_KIND_GMINA;
constexpr auto kDistrict = v1::UNIT_KIND_WARSAW_DISTRICT;

const std::vector<Competence>& table() {
  // clang-format off
  static const std::vector<Competence> kTable = {
      // contest                                   enters       emergency  confirms     collects   determines
      {v1::CONTEST_KIND_COUNCIL_SMALL_GMINA,     {kGmina},    {},        {kGmina},    {},        {kGmina}},
      {v1::CONTEST_KIND_COUNCIL_LARGE_GMINA,     {kGmina},    {},        {kGmina},    {},        {kGmina}},
      {v1::CONTEST_KIND_COUNCIL_CITY,            {kCity},     {},        {kCity},     {},        {kCity}},
      {v1::CONTEST_KIND_COUNCIL_POWIAT,          {kGmina},    {kPowiat}, {kPowiat},   {},        {kPowiat}},
      {v1::CONTEST_KIND_ASSEMBLY,                {kGmina},    {kPowiat}, {kPowiat},   {kPowiat}, {kVoivodeship}},
      {v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT, {kDistrict}, {},        {kDistrict}, {},        {kDistrict}},
      {v1::CONTEST_KIND_MAYOR,                   {kGmina},    {},        {kGmina},    {},        {kGmina}},
      // Parliament is not in the table of LAW.md: [unverified] throughout. Its constituencies
      // follow no unit, so whatever unit the slice names as area determines.
      {v1::CONTEST_KIND_PARLIAMENT, {kDistrict, kGmina}, {}, {kPowiat}, {},
       {v1::UNIT_KIND_NATIONAL, kVoivodeship, kPowiat, kGmina, kDistrict}},
  };
  // clang-format on
  return kTable;
}

}  // namespace

const Competence* competence_for(v1::ContestKind kind) {
  const auto found = std::ranges::find(table(), kind, &Competence::contest);
  return found == table().end() ? nullptr : &*found;
}

bool is_one_of(v1::UnitKind unit, const std::vector<v1::UnitKind>& kinds) {
  return std::ranges::any_of(kinds, [unit](v1::UnitKind kind) {
    return unit == kind || (unit == kCity && (kind == kGmina || kind == kPowiat));
  });
}

model::UnitIndex first_above(const model::Units& units, model::UnitIndex from,
                             const std::vector<v1::UnitKind>& kinds) {
  model::UnitIndex at = from;
  while (at != model::kNoUnit && !is_one_of(units.at(at).kind, kinds)) at = units.at(at).parent;
  return at;
}

}  // namespace urna::trust
