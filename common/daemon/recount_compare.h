// The two readings of a log held against each other, and against what a server shows. Private to
// daemon.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/daemon/recount.h"
#include "common/daemon/status_figures.h"
#include "common/node/projection.h"

namespace urna::daemon {

// What a recount says, worked out once.
struct Recounted {
  explicit Recounted(const Recount& of)
      : recount(of), meanings(of.meanings()), tallies(of.tallies(meanings)) {}
  const Recount& recount;
  const Recount::Meanings meanings;
  const Recount::Tallies tallies;
};

struct Comparison {
  std::uint64_t bodies = 0;
  std::uint64_t contests = 0;
  std::uint64_t protocols = 0;  // in the received tally
  // "140101-1 council-140101/1, protocol 9f…: it is E here and X when worked out again", …
  std::vector<std::string> effects;
  // "contest council-140101/1, unit 140101: the received tally has 2 protocols, 3 were added up
  // again", …
  std::vector<std::string> tally;
};
// Of the same records.
Comparison compare(const Recounted& again, const node::Projection& projection);

// What a server shows of its unit, of the records that were read again. The same kind of lines.
std::vector<std::string> compare(const Recounted& again, const ServerFigures& shown);

}  // namespace urna::daemon
