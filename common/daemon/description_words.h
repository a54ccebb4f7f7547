// The words of a description of an election: one table each, for its reader (central/ca) and its
// writer.
#pragma once

#include <string_view>

#include "urna/v1/definition.pb.h"

namespace urna::daemon {

template <class Value>
struct Word {
  std::string_view text;
  Value value;
};

inline constexpr Word<v1::UnitKind> kUnitKindWords[] = {
    {"national", v1::UNIT_KIND_NATIONAL},
    {"voivodeship", v1::UNIT_KIND_VOIVODESHIP},
    {"powiat", v1::UNIT_KIND_POWIAT},
    {"city", v1::UNIT_KIND_CITY},
    {"gmina", v1::UNIT_KIND_GMINA},
    {"district", v1::UNIT_KIND_WARSAW_DISTRICT},
    {"commissioner", v1::UNIT_KIND_COMMISSIONER}};

inline constexpr Word<v1::PrecinctType> kPrecinctTypeWords[] = {
    {"permanent", v1::PRECINCT_TYPE_PERMANENT}, {"hospital", v1::PRECINCT_TYPE_HOSPITAL},
    {"care-home", v1::PRECINCT_TYPE_CARE_HOME}, {"prison", v1::PRECINCT_TYPE_PRISON},
    {"detention", v1::PRECINCT_TYPE_DETENTION}, {"ship", v1::PRECINCT_TYPE_SHIP},
    {"abroad", v1::PRECINCT_TYPE_ABROAD},       {"separate", v1::PRECINCT_TYPE_SEPARATE}};

inline constexpr Word<v1::ContestKind> kContestKindWords[] = {
    {"small-gmina-council", v1::CONTEST_KIND_COUNCIL_SMALL_GMINA},
    {"large-gmina-council", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA},
    {"city-council", v1::CONTEST_KIND_COUNCIL_CITY},
    {"powiat-council", v1::CONTEST_KIND_COUNCIL_POWIAT},
    {"assembly", v1::CONTEST_KIND_ASSEMBLY},
    {"district-council", v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT},
    {"mayor", v1::CONTEST_KIND_MAYOR}};

// Empty: there is no word for it.
template <class Value, std::size_t kSize>
constexpr std::string_view word_for(const Word<Value> (&words)[kSize], Value value) {
  for (const Word<Value>& word : words) {
    if (word.value == value) return word.text;
  }
  return {};
}

}  // namespace urna::daemon
