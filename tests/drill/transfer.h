// The first part of a replay: every precinct signs its protocols and hands them over.
#pragma once

#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "tests/drill/fleet.h"
#include "tests/drill/run.h"

namespace urna::drill {

// Parts of the definition for precincts, which are the same for all with the same contests: each is
// made once as long as it is asked for now and then. Safe from any thread.
class DefinitionParts {
 public:
  explicit DefinitionParts(const Setup& setup) : setup_(setup) {}
  std::shared_ptr<const node::OpenedDefinition> of(const std::vector<std::size_t>& contests);

 private:
  using Part = std::shared_future<std::shared_ptr<const node::OpenedDefinition>>;
  const Setup& setup_;
  std::mutex mutex_;
  std::map<std::vector<std::size_t>, Part> parts_;
  std::deque<std::vector<std::size_t>> order_;  // the oldest is given up first
};

class Transfer {
 public:
  explicit Transfer(Run& run);

  // Returns once everything is at the centre. What went wrong in single places is complained of.
  Result<void> play();
  // A client of this precinct without protocols.
  Result<FleetClient> client_of(std::size_t precinct);
  FleetOptions fleet_options() const;

 private:
  Result<FleetClient> make_client(std::size_t precinct);
  Result<void> make_keys();
  Result<void> send();
  Result<void> hand_over_media();
  Result<void> try_without_checks();
  Result<void> wait_for_centre();
  Result<void> end_disturbance();
  // In which order precincts send: mixed when something happens meanwhile, so that it happens to
  // all parts of the country.
  std::vector<std::size_t> sending_order() const;

  Run& run_;
  DefinitionParts definitions_;
  std::vector<std::vector<std::size_t>> contests_;   // by Dataset::precincts
  std::vector<std::vector<std::size_t>> protocols_;  // by Dataset::precincts
  std::map<std::size_t, const Spoil*> spoil_of_;     // by protocol
  std::vector<FleetResult> results_;                 // by Dataset::precincts
};

}  // namespace urna::drill
