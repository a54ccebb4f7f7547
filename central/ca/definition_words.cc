#include "central/ca/definition_words.h"

#include <algorithm>

namespace urna::ca {

using daemon::JsonField;

namespace {

constexpr std::size_t kNameBytesMax = 500;

template <class Value>
struct Word {
  std::string_view text;
  Value value;
};

constexpr Word<v1::UnitKind> kUnitKinds[] = {{"national", v1::UNIT_KIND_NATIONAL},
                                             {"voivodeship", v1::UNIT_KIND_VOIVODESHIP},
                                             {"powiat", v1::UNIT_KIND_POWIAT},
                                             {"city", v1::UNIT_KIND_CITY},
                                             {"gmina", v1::UNIT_KIND_GMINA},
                                             {"district", v1::UNIT_KIND_WARSAW_DISTRICT},
                                             {"commissioner", v1::UNIT_KIND_COMMISSIONER}};

constexpr Word<v1::PrecinctType> kPrecinctTypes[] = {
    {"permanent", v1::PRECINCT_TYPE_PERMANENT}, {"hospital", v1::PRECINCT_TYPE_HOSPITAL},
    {"care-home", v1::PRECINCT_TYPE_CARE_HOME}, {"prison", v1::PRECINCT_TYPE_PRISON},
    {"detention", v1::PRECINCT_TYPE_DETENTION}, {"ship", v1::PRECINCT_TYPE_SHIP},
    {"abroad", v1::PRECINCT_TYPE_ABROAD},       {"separate", v1::PRECINCT_TYPE_SEPARATE}};

constexpr Word<v1::ContestKind> kContestKinds[] = {
    {"small-gmina-council", v1::CONTEST_KIND_COUNCIL_SMALL_GMINA},
    {"large-gmina-council", v1::CONTEST_KIND_COUNCIL_LARGE_GMINA},
    {"city-council", v1::CONTEST_KIND_COUNCIL_CITY},
    {"powiat-council", v1::CONTEST_KIND_COUNCIL_POWIAT},
    {"assembly", v1::CONTEST_KIND_ASSEMBLY},
    {"district-council", v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT},
    {"mayor", v1::CONTEST_KIND_MAYOR}};

template <class Value, std::size_t kSize>
Value word_in(const JsonField& field, const Word<Value> (&words)[kSize]) {
  const std::string text = field.text();
  std::string all;
  for (const Word<Value>& word : words) {
    if (word.text == text) return word.value;
    all += (all.empty() ? "" : ", ") + std::string(word.text);
  }
  field.complain("'" + text + "' is none of: " + all);
  return {};
}

}  // namespace

v1::UnitKind unit_kind_in(const JsonField& field) { return word_in(field, kUnitKinds); }
v1::PrecinctType precinct_type_in(const JsonField& field) { return word_in(field, kPrecinctTypes); }
v1::ContestKind contest_kind_in(const JsonField& field) { return word_in(field, kContestKinds); }

std::string_view form_for(v1::ContestKind kind) {
  switch (kind) {
    case v1::CONTEST_KIND_MAYOR: return "mayor-2014";
    case v1::CONTEST_KIND_COUNCIL_POWIAT:
    case v1::CONTEST_KIND_ASSEMBLY: return "council-2014";
    default: return "council-2014-ab";
  }
}

std::string name_in(const JsonField& field) {
  std::string text = field.text();
  const bool control =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (text.empty() || text.size() > kNameBytesMax || control) {
    field.complain("must be one line of 1 to " + std::to_string(kNameBytesMax) + " bytes");
  }
  return text;
}

}  // namespace urna::ca
