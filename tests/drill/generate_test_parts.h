// Parts of a data set, for tests that look closely at some contests.
#pragma once

#include <map>

#include "tests/drill/dataset.h"

namespace urna::drill {

// The contests for which `is_meant` says so, with their protocols; all units and precincts.
template <class IsMeant>
Dataset only_contests(const Dataset& data, IsMeant is_meant) {
  Dataset only;
  only.name = data.name;
  only.election = data.election;
  only.date = data.date;
  only.units = data.units;
  only.precincts = data.precincts;
  std::map<std::size_t, std::size_t> place;
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    if (!is_meant(data.contests[i])) continue;
    place[i] = only.contests.size();
    only.contests.push_back(data.contests[i]);
  }
  for (const DatasetProtocol& protocol : data.protocols) {
    const auto found = place.find(protocol.contest);
    if (found == place.end()) continue;
    only.protocols.push_back(protocol);
    only.protocols.back().contest = found->second;
  }
  return only;
}

}  // namespace urna::drill
