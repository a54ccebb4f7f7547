// The first part of a replay: every precinct signs its protocols and hands them over.
#pragma once

#include <vector>

#include "tests/drill/fleet.h"
#include "tests/drill/run.h"

namespace urna::drill {

class Transfer {
 public:
  explicit Transfer(Run& run) : run_(run) {}

  // Returns once everything is at the centre. What went wrong in single places is complained of.
  Result<void> play();
  // A client of this precinct for further protocols.
  Result<FleetClient> client_of(std::size_t precinct);
  FleetOptions fleet_options() const;

 private:
  Result<void> make_clients();
  Result<void> send();
  Result<void> hand_over_media();
  Result<void> try_without_checks();
  Result<void> wait_for_centre();

  Run& run_;
  std::vector<FleetClient> clients_;  // by Dataset::precincts
  std::vector<FleetResult> results_;
};

}  // namespace urna::drill
