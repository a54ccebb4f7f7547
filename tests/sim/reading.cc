#include "tests/sim/reading.h"

namespace urna::sim {

Reading::Reading(const Nation& nation, const Oracle::BlockingCodes& blocking) {
  for (const ContestPlan& contest : nation.contests) {
    contests_.emplace(contest.key, Contest{Oracle(nation, blocking), true, {}});
  }
}

void Reading::add(const std::shared_ptr<const Told>& told) {
  ++size_;
  const auto take_in = [&](Contest& contest) {
    contest.oracle.add(told);
    contest.stale = true;
  };
  if (told->contest) return take_in(contests_.at(*told->contest));
  for (auto& [key, contest] : contests_) take_in(contest);
}

const Oracle::Meant& Reading::of(const model::ContestRound& key) {
  Contest& contest = contests_.at(key);
  if (std::exchange(contest.stale, false)) contest.meant = contest.oracle.meant();
  return contest.meant;
}

}  // namespace urna::sim
