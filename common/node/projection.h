// What the election log means now: effects per place and the two tallies. Dropped and rebuilt from
// the log at will; records may come in any order.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/base/flat_map.h"
#include "common/node/admission.h"
#include "common/node/definition_book.h"
#include "common/node/effects.h"
#include "common/node/territorial.h"
#include "common/results/tally.h"

namespace urna::node {

class Projection {
 public:
  // `book` outlives the projection and already holds every manifest that is applied.
  explicit Projection(DefinitionBook& book) : book_(book), territorial_(*this) {}
  Projection(const Projection&) = delete;
  Projection& operator=(const Projection&) = delete;

  // Takes in one admitted record. Idempotent by record id within a place. What it means for its
  // place is worked out by settle(): once for many records.
  void take_in(const Admissible& record);
  // Brings effects and tallies up to all that was taken in. Questions may be asked after it.
  void settle();
  void apply(const Admissible& record) {
    take_in(record);
    settle();
  }
  // A definition part came in: contests that waited for it are opened.
  void parts_changed();

  const DefinitionBook& book() const { return book_; }
  // In force, of what was applied here; nullptr until there is one.
  const model::Definition* definition() const { return definition_.get(); }
  // What commissions signed, lots, and who is elected.
  const TerritorialBook& territorial() const { return territorial_; }
  // Whether a licence known from a record here is not revoked.
  bool stands(const KeyId& key) const;
  // Whether a place's confirmed protocol is in the confirmed tally: one signed under another ballot
  // may not fit the definition in force.
  bool is_in_confirmed_tally(const model::PlaceId& place) const;
  // Vote cells of every confirmed protocol of a contest, as its slice in force has them.
  std::vector<std::vector<model::Cell>> confirmed_votes(const model::ContestRound& contest) const;
  // By a revocation that names the key and the unit it was issued for. Who may revoke is judged by
  // the unit named, so a revocation that names another unit takes nothing away.
  bool is_revoked(const KeyId& key, const std::string& unit) const {
    const auto found = revocations_.find(key);
    return found != revocations_.end() && found->second.contains(unit);
  }
  // The units named with this key; empty when no revocation names it.
  std::set<std::string> units_revoked(const KeyId& key) const {
    const auto found = revocations_.find(key);
    return found == revocations_.end()
               ? std::set<std::string>()
               : std::set<std::string>(found->second.begin(), found->second.end());
  }
  // Every key a revocation names, whatever unit it names with it.
  const std::unordered_set<KeyId>& revoked() const { return revoked_; }

  // nullptr until a definition is in force.
  const results::Tally* tally() const { return tally_.get(); }
  std::uint64_t bodies_in(State state) const { return by_state_[static_cast<std::size_t>(state)]; }

  struct BodyView {
    StatementId statement;
    std::uint32_t revision;
    Effect effect;
    std::vector<RecordId> records;  // that carry it, in order of admission
  };
  // Bodies of a place in ascending order of statement; empty when nothing is known of it.
  std::vector<BodyView> place(const model::PlaceId& place) const;
  // Every place with at least one record, ascending.
  std::vector<model::PlaceId> places() const;
  // The body that counts at a place; nullptr when none does.
  const ProtocolBody* counting(const model::PlaceId& place) const;

 private:
  struct PlaceState {
    PlaceRecords records;
    std::vector<Effect> effects;
    // What this place has in the tallies now.
    std::optional<std::size_t> received;
    bool confirmed = false;
    bool unsettled = false;  // stands in unsettled_
  };
  // Stays where it is for as long as the projection lives.
  using Place = std::pair<const model::PlaceId, PlaceState>;

  void switch_definition();
  void add_protocol(PlaceState& state, const Admissible& record);
  static void add_decision(PlaceState& state, const Admissible& record);
  void revoke(const KeyId& key, const std::string& unit);
  void unsettle(Place& place);
  void recompute(const model::PlaceId& place, PlaceState& state);
  void put_in_tally(const model::PlaceId& place, PlaceState& state);
  void take_out_of_tally(const model::PlaceId& place, PlaceState& state);
  void count_states(const PlaceState& state, int by);
  void rebuild_tally();
  void reopen(const model::ContestRound& key);
  EffectContext context_of(const model::ContestRound& key) const;

  // The cells of a body laid out as the slice in force has them: the body's own, or moved ones.
  class Cells {
   public:
    explicit Cells(const ProtocolBody& body) : points_(body.points), votes_(body.votes) {}
    Cells(std::vector<model::Cell> points, std::vector<model::Cell> votes)
        : moved_points_(std::move(points)),
          moved_votes_(std::move(votes)),
          points_(moved_points_),
          votes_(moved_votes_) {}
    Cells(Cells&&) = default;  // a moved vector keeps its cells where they are
    std::span<const model::Cell> points() const { return points_; }
    std::span<const model::Cell> votes() const { return votes_; }

   private:
    std::vector<model::Cell> moved_points_;
    std::vector<model::Cell> moved_votes_;
    std::span<const model::Cell> points_;
    std::span<const model::Cell> votes_;
  };
  // nullopt when they do not fit.
  std::optional<Cells> cells_in_force(const ProtocolBody& body,
                                      const model::ContestRound& key) const;
  model::UnitIndex parent_in_tally(const model::PlaceId& place) const;

  DefinitionBook& book_;
  // The rule of DefinitionBook::in_force over what was applied here: the book also holds manifests
  // that are not durable yet.
  ManifestChoice manifests_;
  std::shared_ptr<const model::Definition> definition_;  // in force
  std::shared_ptr<const model::Units> units_;
  std::unique_ptr<results::Tally> tally_;
  std::unordered_set<KeyId> revoked_;
  std::unordered_map<KeyId, std::set<std::string>> revocations_;
  NodeMap<model::PlaceId, PlaceState> places_;
  std::vector<Place*> unsettled_;
  std::set<model::ContestRound> touched_;  // since the territorial book was settled
  bool all_touched_ = false;
  TerritorialBook territorial_;
  std::unordered_map<model::ContestRound, std::vector<Place*>> places_of_contest_;
  // What a licence that signed a record here is, and may touch when it is revoked.
  struct Licence {
    std::string unit;
    std::vector<Place*> places;  // one may stand there twice
  };
  FlatMap<KeyId, Licence> licences_;
  // Slice each open contest was opened with.
  std::unordered_map<model::ContestRound, Digest> opened_;
  std::array<std::uint64_t, std::size(kAllStates)> by_state_{};
};

}  // namespace urna::node
