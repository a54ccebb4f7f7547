#include "common/results/tally.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "common/base/check.h"

namespace urna::results {

namespace {

void add_to(std::uint64_t& total, std::uint64_t figure) {
  URNA_CHECK(total <= std::numeric_limits<std::uint64_t>::max() - figure);
  total += figure;
}

void take_from(std::uint64_t& total, std::uint64_t figure) {
  URNA_CHECK(total >= figure);
  total -= figure;
}

template <class Apply>
void apply_cells(std::vector<std::uint64_t>& totals, std::span<const model::Cell> cells,
                 Apply& apply) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!model::is_empty(cells[i])) apply(totals[i], model::figure_of(cells[i]));
  }
}

}  // namespace

Tally::Tally(std::shared_ptr<const model::Units> units) : units_(std::move(units)) {
  URNA_CHECK(units_ != nullptr);
}

void Tally::open_contest(std::shared_ptr<const model::Slice> slice) {
  URNA_CHECK(slice != nullptr);
  std::map<model::UnitIndex, std::uint64_t> expected;
  for (const v1::Precinct& precinct : slice->data().precincts()) {
    const auto id = model::UnitId::parse(precinct.parent());
    model::UnitIndex unit = id ? units_->find(*id) : model::kNoUnit;
    for (; unit != model::kNoUnit; unit = units_->at(unit).parent) ++expected[unit];
  }
  Contest contest;
  contest.units.reserve(expected.size());
  for (const auto& [unit, places] : expected) {
    auto above = static_cast<std::uint32_t>(contest.units.size());
    if (units_->at(unit).parent != model::kNoUnit) {
      // The unit table has parents before children, so the parent stands here already.
      const auto parent =
          std::ranges::lower_bound(contest.units, units_->at(unit).parent, {}, &Reached::unit);
      above = static_cast<std::uint32_t>(parent - contest.units.begin());
    }
    contest.units.push_back({unit, above, places});
  }
  const Totals zero{0, std::vector<std::uint64_t>(slice->point_cells()),
                    std::vector<std::uint64_t>(slice->vote_cells())};
  for (auto& totals : contest.totals) totals.assign(contest.units.size(), zero);
  const model::ContestRound key = slice->key();
  contest.slice = std::move(slice);
  contests_.insert_or_assign(key, std::move(contest));
}

void Tally::close_contest(const model::ContestRound& contest) { contests_.erase(contest); }

bool Tally::has(const model::ContestRound& contest) const { return contests_.contains(contest); }

template <class Apply>
void Tally::change(Which which, const model::ContestRound& key, model::UnitIndex parent,
                   std::span<const model::Cell> points, std::span<const model::Cell> votes,
                   Apply&& apply) {
  const auto found = contests_.find(key);
  URNA_CHECK(found != contests_.end());
  Contest& contest = found->second;
  URNA_CHECK(points.size() == contest.slice->point_cells());
  URNA_CHECK(votes.size() == contest.slice->vote_cells());
  const Reached* reached = find(contest, parent);
  URNA_CHECK(reached != nullptr);
  auto at = static_cast<std::size_t>(reached - contest.units.data());
  while (true) {
    Totals& totals = contest.totals[static_cast<std::size_t>(which)][at];
    apply(totals.protocols, 1);
    apply_cells(totals.points, points, apply);
    apply_cells(totals.votes, votes, apply);
    if (contest.units[at].above == at) return;
    at = contest.units[at].above;
  }
}

void Tally::add(Which which, const model::ContestRound& contest, model::UnitIndex parent,
                std::span<const model::Cell> points, std::span<const model::Cell> votes) {
  change(which, contest, parent, points, votes, add_to);
}

void Tally::subtract(Which which, const model::ContestRound& contest, model::UnitIndex parent,
                     std::span<const model::Cell> points, std::span<const model::Cell> votes) {
  change(which, contest, parent, points, votes, take_from);
}

const Tally::Reached* Tally::find(const Contest& contest, model::UnitIndex unit) {
  const auto found = std::ranges::lower_bound(contest.units, unit, {}, &Reached::unit);
  return found != contest.units.end() && found->unit == unit ? &*found : nullptr;
}

const Totals* Tally::totals(Which which, const model::ContestRound& contest,
                            model::UnitIndex unit) const {
  const auto found = contests_.find(contest);
  if (found == contests_.end()) return nullptr;
  const Reached* reached = find(found->second, unit);
  if (reached == nullptr) return nullptr;
  return &found->second.totals[static_cast<std::size_t>(which)]
                              [static_cast<std::size_t>(reached - found->second.units.data())];
}

std::uint64_t Tally::expected(const model::ContestRound& contest, model::UnitIndex unit) const {
  const auto found = contests_.find(contest);
  if (found == contests_.end()) return 0;
  const Reached* reached = find(found->second, unit);
  return reached == nullptr ? 0 : reached->expected;
}

std::vector<model::UnitIndex> Tally::units_of(const model::ContestRound& contest) const {
  std::vector<model::UnitIndex> units;
  const auto found = contests_.find(contest);
  if (found == contests_.end()) return units;
  for (const Reached& reached : found->second.units) units.push_back(reached.unit);
  return units;
}

std::vector<model::ContestRound> Tally::contests() const {
  std::vector<model::ContestRound> keys;
  keys.reserve(contests_.size());
  for (const auto& [key, contest] : contests_) keys.push_back(key);
  std::ranges::sort(keys);
  return keys;
}

const model::Slice& Tally::slice(const model::ContestRound& contest) const {
  const auto found = contests_.find(contest);
  URNA_CHECK(found != contests_.end());
  return *found->second.slice;
}

bool Tally::same(const Contest& mine, const Tally& other, const Contest& theirs) const {
  return mine.slice->digest() == theirs.slice->digest() &&
         std::ranges::equal(mine.units, theirs.units,
                            [&](const Reached& a, const Reached& b) {
                              return units_->at(a.unit).id == other.units_->at(b.unit).id &&
                                     a.above == b.above && a.expected == b.expected;
                            }) &&
         std::ranges::equal(mine.totals, theirs.totals);
}

bool Tally::operator==(const Tally& other) const {
  if (contests_.size() != other.contests_.size()) return false;
  return std::ranges::all_of(contests_, [&](const auto& entry) {
    const auto theirs = other.contests_.find(entry.first);
    return theirs != other.contests_.end() && same(entry.second, other, theirs->second);
  });
}

}  // namespace urna::results
