// What a log that grows means, worked out by the oracle anew only for the contests that something
// new speaks of: effects, sums and what commissions signed are each of one contest, and only
// manifests and revocations concern them all.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "tests/sim/oracle.h"

namespace urna::sim {

class Reading {
 public:
  Reading(const Nation& nation, const Oracle::BlockingCodes& blocking);

  // The next record of the log.
  void add(const std::shared_ptr<const Told>& told);
  std::size_t size() const { return size_; }
  const Oracle::Meant& of(const model::ContestRound& contest);

 private:
  struct Contest {
    Oracle oracle;
    bool stale = true;
    Oracle::Meant meant;
  };

  std::size_t size_ = 0;
  std::map<model::ContestRound, Contest> contests_;
};

}  // namespace urna::sim
