// Sums of protocols, per contest and unit at every level.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/model/definition.h"
#include "common/model/units.h"

namespace urna::results {

enum class Which {
  kReceived,   // protocols that are effective or awaiting approval
  kConfirmed,  // effective and confirmed by the competent commission
};

// What the protocols of one contest add up to in one unit. An empty field counts as nothing.
struct Totals {
  std::uint64_t protocols = 0;
  std::vector<std::uint64_t> points;  // one per point of the form, in its order
  std::vector<std::uint64_t> votes;   // one per cell of Protocol.votes, in its order

  bool operator==(const Totals&) const = default;
};

// A projection: it holds nothing that adding the protocols again would not give. Which protocols
// count, and once each, is the caller's to know. Dense arrays over the units a contest reaches (the
// parents of its precincts and everything above them), so a million precincts cost nothing here.
//
// Not thread-safe. The preconditions below are invariants of the caller: a broken one stops the
// program (URNA_CHECK) before a wrong total is shown.
class Tally {
 public:
  explicit Tally(std::shared_ptr<const model::Units> units);

  // Opens a contest with empty totals and counts the places expected in each unit; a contest
  // already open begins again from nothing, under the new slice. A precinct whose parent is not in
  // the unit table is in no unit: it is not expected anywhere and cannot be added.
  void open_contest(std::shared_ptr<const model::Slice> slice);
  // Forgets a contest; nothing happens when it is not open.
  void close_contest(const model::ContestRound& contest);
  bool has(const model::ContestRound& contest) const;

  // Counts one protocol into `parent`, the unit its precinct lies in, and every unit above. The
  // contest is open, `parent` is one of its units, and the cells are as many as its slice says.
  void add(Which which, const model::ContestRound& contest, model::UnitIndex parent,
           std::span<const model::Cell> points, std::span<const model::Cell> votes);
  // Takes out what add put in: the same figures.
  void subtract(Which which, const model::ContestRound& contest, model::UnitIndex parent,
                std::span<const model::Cell> points, std::span<const model::Cell> votes);

  // nullptr when the contest is not open or does not reach the unit; zeros when nothing has come
  // in. Valid until the contest is opened again or closed.
  const Totals* totals(Which which, const model::ContestRound& contest,
                       model::UnitIndex unit) const;
  // Protocols the contest has when all are in; 0 where totals() is nullptr.
  std::uint64_t expected(const model::ContestRound& contest, model::UnitIndex unit) const;
  // The units a contest reaches, ascending; none when it is not open.
  std::vector<model::UnitIndex> units_of(const model::ContestRound& contest) const;
  // Open contests, ascending.
  std::vector<model::ContestRound> contests() const;
  // The slice of an open contest.
  const model::Slice& slice(const model::ContestRound& contest) const;

  // The same contests under the same slices, over units of the same names in the same order, with
  // the same totals.
  bool operator==(const Tally& other) const;

 private:
  static constexpr std::size_t kWhichCount = 2;

  struct Reached {
    model::UnitIndex unit;
    std::uint32_t above;  // position of its parent among the contest's units; itself at the root
    std::uint64_t expected;
  };
  struct Contest {
    std::shared_ptr<const model::Slice> slice;
    std::vector<Reached> units;               // ascending by unit: parents before children
    std::vector<Totals> totals[kWhichCount];  // one per reached unit
  };

  static const Reached* find(const Contest& contest, model::UnitIndex unit);
  template <class Apply>
  void change(Which which, const model::ContestRound& key, model::UnitIndex parent,
              std::span<const model::Cell> points, std::span<const model::Cell> votes,
              Apply&& apply);
  bool same(const Contest& mine, const Tally& other, const Contest& theirs) const;

  std::shared_ptr<const model::Units> units_;
  std::unordered_map<model::ContestRound, Contest> contests_;
};

}  // namespace urna::results
