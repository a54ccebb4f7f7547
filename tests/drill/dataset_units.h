// The tree of units above a data set's precincts, made from their TERYT codes.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tests/drill/dataset.h"

namespace urna::drill {

// The unit of a precinct's teryt that is, or lies in, a city with powiat rights: "146501" for a
// Warsaw district; empty for gminas. Precincts abroad (1499) and on ships (1498) vote with Warsaw.
std::string city_of(std::string_view teryt);
// "140000".
std::string voivodeship_of(std::string_view teryt);

// "1465" for a Warsaw district: the codes of a powiat or city begin so.
std::string powiat_prefix(std::string_view teryt);

// Fills in data.units: the country, its voivodeships, their powiats and cities, gminas and Warsaw's
// districts, as far as precincts lie in them. TERYT is WWPPGG; PP above 60 is a city.
void add_teryt_units(Dataset& data);

// The same below units of the data set's own, given as data.units with the country first:
// `above[prefix]` is the unit the powiat or city of that powiat_prefix() lies in.
void add_teryt_units_below(Dataset& data, const std::map<std::string, std::string>& above);

}  // namespace urna::drill
