// A status with invented figures: 18 districts of a city, two contests.
#pragma once

#include <algorithm>

#include "common/service/status.h"

namespace urna::service {

// `step` in [0, 100]: how much has been received, in percent.
inline NodeStatus fake_status(std::uint64_t step) {
  static const char* kDistricts[] = {
      "Bemowo",       "Białołęka", "Bielany",     "Mokotów",  "Ochota", "Praga-Południe",
      "Praga-Północ", "Rembertów", "Śródmieście", "Targówek", "Ursus",  "Ursynów",
      "Wawer",        "Wesoła",    "Wilanów",     "Włochy",   "Wola",   "Żoliborz"};
  NodeStatus status;
  status.election = "pl-2014-local-rehearsal";
  status.mode = "rehearsal";
  status.unit = "146501";
  status.software = "urna-territorial 0.1.0";
  status.definition_version = 3;
  status.definition = std::string(64, 'd');
  status.updated_ms = 1'416'168'000'000 + step;
  StatusUnit city{"146501", "Warszawa", "14", "city", 0, 0};
  std::vector<StatusUnit> districts;
  for (std::uint64_t i = 0; i < std::size(kDistricts); ++i) {
    const std::uint64_t expected = 60 + 37 * i % 190;
    const std::uint64_t received = std::min(expected, expected * step * (3 + i % 5) / 500);
    districts.push_back(
        {std::to_string(146502 + i), kDistricts[i], "146501", "district", received, expected});
    city.received += received;
    city.expected += expected;
  }
  const std::uint64_t votes = city.received * 640;
  StatusContest mayor{
      "mayor", 1, "Prezydent m.st. Warszawy", city.received, city.expected, city.received * 1500,
      votes,   {}};
  for (std::uint64_t i = 1; i <= 8; ++i) {
    mayor.options.push_back(
        {std::to_string(i), "Kandydat " + std::to_string(i), votes / (2u << i)});
  }
  StatusContest council{"city_council-1",
                        1,
                        "Rada m.st. Warszawy, okręg 1",
                        city.received / 3,
                        city.expected / 3,
                        city.received * 500,
                        votes / 3,
                        {}};
  for (std::uint64_t i = 1; i <= 5; ++i) {
    council.options.push_back(
        {std::to_string(i), "Lista nr " + std::to_string(i), votes / (15 + i)});
  }
  status.contests = {mayor, council};
  status.units.push_back(city);
  status.units.insert(status.units.end(), districts.begin(), districts.end());
  status.units.push_back({"146502-1", "Obwód nr 1", "146502", "precinct", 2, 2});
  status.units.push_back({"146502-2", "Obwód nr 2", "146502", "precinct", 1, 2});
  status.states = {{"effective", city.received},
                   {"awaiting_approval", 2 * step / 10},
                   {"in_conflict", step / 40},
                   {"superseded", step / 20}};
  status.upstreams = {{"PL", "centre.example:7443", true, city.received},
                      {"14", "10.0.0.2:7443", false, city.received / 2}};
  status.refused = step / 9;
  status.log = {city.received + 40, std::string(64, 'a'), std::string(32, '7'), city.received + 40};
  return status;
}

}  // namespace urna::service
