#include "tests/drill/dataset_units.h"

#include <set>

namespace urna::drill {

namespace {

constexpr std::string_view kCountry = "PL";
constexpr std::string_view kWarsaw = "146501";

struct Name {
  const char* code;
  const char* name;
};
constexpr Name kVoivodeships[] = {
    {"02", "dolnośląskie"},   {"04", "kujawsko-pomorskie"},
    {"06", "lubelskie"},      {"08", "lubuskie"},
    {"10", "łódzkie"},        {"12", "małopolskie"},
    {"14", "mazowieckie"},    {"16", "opolskie"},
    {"18", "podkarpackie"},   {"20", "podlaskie"},
    {"22", "pomorskie"},      {"24", "śląskie"},
    {"26", "świętokrzyskie"}, {"28", "warmińsko-mazurskie"},
    {"30", "wielkopolskie"},  {"32", "zachodniopomorskie"},
};

std::string name_of_voivodeship(std::string_view code) {
  for (const Name& entry : kVoivodeships) {
    if (code == entry.code) return entry.name;
  }
  return "województwo " + std::string(code);
}

// No powiats: 1498 stands for ships, 1499 for abroad.
bool is_outside(std::string_view teryt) {
  return teryt.starts_with("1498") || teryt.starts_with("1499");
}

bool votes_with_warsaw(std::string_view teryt) {
  return is_outside(teryt) || (teryt.starts_with("1465") && teryt != kWarsaw);
}

class Growing {
 public:
  explicit Growing(Dataset& data) : data_(data) {
    for (const DatasetUnit& unit : data.units) known_.insert(unit.id);
  }

  void add(const std::string& id, v1::UnitKind kind, const std::string& parent,
           const std::string& name) {
    if (known_.insert(id).second) data_.units.push_back({id, kind, parent, name});
  }

  // The powiat or city of a precinct's teryt and the unit of the teryt itself.
  void add_lowest(const std::string& teryt, const std::string& above) {
    if (const std::string city = city_of(teryt); !city.empty()) {
      add(city, v1::UNIT_KIND_CITY, above, city == kWarsaw ? "Warszawa" : "miasto " + city);
      if (city == teryt) return;
      add(teryt, v1::UNIT_KIND_WARSAW_DISTRICT, city,
          is_outside(teryt) ? "zagranica i statki " + teryt : "dzielnica " + teryt);
      return;
    }
    const std::string powiat = powiat_prefix(teryt) + "00";
    add(powiat, v1::UNIT_KIND_POWIAT, above, "powiat " + powiat);
    add(teryt, v1::UNIT_KIND_GMINA, powiat, "gmina " + teryt);
  }

 private:
  Dataset& data_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace

std::string city_of(std::string_view teryt) {
  if (votes_with_warsaw(teryt)) return std::string(kWarsaw);
  return teryt.substr(2, 2) > "60" ? std::string(teryt) : std::string();
}

std::string voivodeship_of(std::string_view teryt) {
  return std::string(teryt.substr(0, 2)) + "0000";
}

std::string powiat_prefix(std::string_view teryt) {
  return std::string(votes_with_warsaw(teryt) ? kWarsaw.substr(0, 4) : teryt.substr(0, 4));
}

void add_teryt_units(Dataset& data) {
  data.units = {{std::string(kCountry), v1::UNIT_KIND_NATIONAL, "", "Polska"}};
  Growing units(data);
  for (const DatasetPrecinct& precinct : data.precincts) {
    const std::string voivodeship = voivodeship_of(precinct.teryt);
    units.add(voivodeship, v1::UNIT_KIND_VOIVODESHIP, std::string(kCountry),
              name_of_voivodeship(precinct.teryt.substr(0, 2)));
    units.add_lowest(precinct.teryt, voivodeship);
  }
}

void add_teryt_units_below(Dataset& data, const std::map<std::string, std::string>& above) {
  Growing units(data);
  for (const DatasetPrecinct& precinct : data.precincts) {
    units.add_lowest(precinct.teryt, above.at(powiat_prefix(precinct.teryt)));
  }
}

}  // namespace urna::drill
