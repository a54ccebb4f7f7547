#include "common/node/effects.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/node/twin.h"

namespace urna::node {

std::string_view state_name(State state) {
  switch (state) {
    case State::kEffective: return "effective";
    case State::kAwaitingApproval: return "awaiting_approval";
    case State::kWaiting: return "waiting";
    case State::kInConflict: return "in_conflict";
    case State::kSuperseded: return "superseded";
    case State::kReturned: return "returned";
    case State::kAnnulled: return "annulled";
  }
  return "waiting";
}

namespace {

// Applies the rules to one place, one rule after the other. Time is linear in what the place holds:
// nobody who may sign for it can make it dear.
class Rules {
 public:
  Rules(const PlaceRecords& records, const EffectContext& context)
      : records_(records),
        context_(context),
        effects_(records.bodies.size()),
        decided_(records.bodies.size(), false),
        returned_(named_in(records.returns)),
        index_(bodies()) {
    for (std::size_t i = 0; i < bodies(); ++i) index_[i] = {body(i).statement, i};
    std::ranges::sort(index_);
  }

  std::vector<Effect> apply() {
    confirm();
    annul();
    take_back();
    wait();
    settle();
    resolve_conflicts();
    approve();
    mark_superseded();
    return std::move(effects_);
  }

 private:
  using Statements = std::vector<StatementId>;  // ascending

  std::size_t bodies() const { return records_.bodies.size(); }
  const ProtocolBody& body(std::size_t i) const { return records_.bodies[i]; }

  void decide(std::size_t i, State state, std::string_view reason) {
    effects_[i].state = state;
    effects_[i].reason = reason;
    decided_[i] = true;
  }

  static Statements named_in(const std::vector<Decision>& decisions) {
    Statements named;
    for (const Decision& decision : decisions) named.push_back(decision.statement);
    std::ranges::sort(named);
    return named;
  }
  static bool contains(const Statements& named, const StatementId& statement) {
    return std::ranges::binary_search(named, statement);
  }

  // The body that makes this statement, if it is here.
  std::optional<std::size_t> find(const StatementId& statement) const {
    const auto at = std::ranges::lower_bound(index_, statement, {}, &Indexed::first);
    if (at == index_.end() || at->first != statement) return std::nullopt;
    return at->second;
  }

  bool stands(const Signature& by) const { return !context_.revoked(by.key); }

  void confirm() {
    for (const Decision& confirmation : records_.confirmations) {
      const auto found = find(confirmation.statement);
      if (found && stands(confirmation.by)) effects_[*found].confirmed = true;
    }
  }

  void annul() {
    for (const Decision& annulment : records_.annulments) {
      if (const auto found = find(annulment.statement)) {
        decide(*found, State::kAnnulled, "annulled");
      }
    }
  }

  void take_back() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (decided_[i]) continue;
      const bool revived = effects_[i].confirmed && broken(Twin::kReturnRevived);
      if (contains(returned_, body(i).statement) && !revived) {
        decide(i, State::kReturned, "returned to its commission");
        continue;
      }
      const bool unsigned_now =
          !broken(Twin::kRevocationIgnored) &&
          std::ranges::none_of(body(i).signatures, [&](const Signature& by) { return stands(by); });
      const bool stale = context_.slice_in_force != body(i).slice;
      if (!unsigned_now && !stale) continue;
      if (effects_[i].confirmed) {
        effects_[i].needs_decision = true;
      } else {
        decide(i, State::kReturned,
               unsigned_now ? "the licence that signed it is revoked"
                            : "the definition of its contest has changed");
      }
    }
  }

  // Also when it was annulled besides: what is added later takes nothing from its successor.
  bool was_returned(std::size_t i) const {
    return (decided_[i] && effects_[i].state == State::kReturned) ||
           contains(returned_, body(i).statement);
  }

  void wait() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (decided_[i] || !body(i).supersedes) continue;
      const auto predecessor = find(*body(i).supersedes);
      if (!predecessor) {
        decide(i, State::kWaiting, "the protocol it supersedes is not here");
      } else if (!was_returned(*predecessor)) {
        decide(i, State::kWaiting, "the protocol it supersedes has not been returned");
      } else if (body(i).revision != body(*predecessor).revision + 1) {
        decide(i, State::kWaiting, "its number does not follow the one it supersedes");
      }
    }
  }

  // What the settlements that stand say of one body. Of those that name it, the highest unit's
  // hold.
  struct Ruling {
    int depth = 0;
    bool chosen = false;
    bool set_aside = false;
    bool named() const { return chosen || set_aside; }
    // Two settlements of one rank disagree about it.
    bool contested() const { return chosen && set_aside; }

    void add(int rank, bool chooses) {
      if (!named() || rank < depth) *this = {rank, false, false};
      if (rank == depth) (chooses ? chosen : set_aside) = true;
    }
  };

  // Settlements of different conflicts at one place do not touch each other: after a body chosen
  // once was returned, its revisions may need a settlement of their own.
  void settle() {
    if (records_.settlements.empty()) return;
    rulings_.resize(bodies());
    const auto rule = [&](const StatementId& statement, int depth, bool chooses) {
      if (const auto found = find(statement)) rulings_[*found].add(depth, chooses);
    };
    for (const SettlementOf& settlement : records_.settlements) {
      if (!stands(settlement.by)) continue;
      rule(settlement.chosen, settlement.depth, true);
      for (const StatementId& aside : settlement.set_aside) rule(aside, settlement.depth, false);
    }
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (decided_[i] || !rulings_[i].set_aside || rulings_[i].contested()) continue;
      decide(i, State::kSuperseded, "set aside by a settlement");
      effects_[i].needs_decision = false;
    }
  }

  Ruling ruling(std::size_t i) const { return rulings_.empty() ? Ruling() : rulings_[i]; }

  // The one claimant that a confirmation or the highest settlement names, if it is only one.
  std::optional<std::size_t> pick(const std::vector<std::size_t>& claimants) const {
    std::optional<int> highest;
    for (const std::size_t i : claimants) {
      if (ruling(i).contested()) return std::nullopt;
      if (ruling(i).chosen) highest = std::min(highest.value_or(ruling(i).depth), ruling(i).depth);
    }
    std::optional<std::size_t> picked;
    for (const std::size_t i : claimants) {
      const bool chosen = ruling(i).chosen && ruling(i).depth == highest;
      const bool named = effects_[i].confirmed && !broken(Twin::kConfirmedPushedOut);
      if (!chosen && !named) continue;
      if (picked) return std::nullopt;
      picked = i;
    }
    return picked;
  }

  void resolve_conflicts() {
    if (bodies() < 2 && rulings_.empty()) return;
    std::vector<std::size_t> claimants;
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (!decided_[i]) claimants.push_back(i);
    }
    const bool contested =
        std::ranges::any_of(claimants, [&](std::size_t i) { return ruling(i).contested(); });
    if (claimants.size() < 2 && !contested) return;
    auto picked = pick(claimants);
    if (!picked && broken(Twin::kFirstComeFirstCounted)) picked = claimants.front();
    for (const std::size_t i : claimants) {
      if (picked && i == *picked) continue;
      decide(i, State::kInConflict,
             picked      ? "another body of this place is confirmed or chosen"
             : contested ? "settlements of one rank disagree"
                         : "several bodies claim this place and none is chosen");
    }
  }

  void approve() {
    std::map<StatementId, std::set<std::string>> approved;
    for (const ApprovalOf& approval : records_.approvals) {
      if (stands(approval.by)) {
        approved[approval.statement].insert(approval.codes.begin(), approval.codes.end());
      }
    }
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (decided_[i]) continue;
      const auto codes = approved.find(body(i).statement);
      const bool all = std::ranges::all_of(body(i).blocking, [&](const std::string& code) {
        return codes != approved.end() && codes->second.contains(code);
      });
      if (all) {
        decide(i, State::kEffective, "");
      } else {
        decide(i, State::kAwaitingApproval, "a blocking warning is not approved yet");
      }
    }
  }

  // Display only: a returned body that a later revision follows.
  void mark_superseded() {
    Statements followed;
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (body(i).supersedes && effects_[i].state != State::kWaiting) {
        followed.push_back(*body(i).supersedes);
      }
    }
    if (followed.empty()) return;
    std::ranges::sort(followed);
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (effects_[i].state == State::kReturned && contains(followed, body(i).statement)) {
        decide(i, State::kSuperseded, "a later revision follows it");
      }
    }
  }

  const PlaceRecords& records_;
  const EffectContext& context_;
  std::vector<Effect> effects_;
  std::vector<bool> decided_;
  std::vector<Ruling> rulings_;  // empty: there are none
  const Statements returned_;
  using Indexed = std::pair<StatementId, std::size_t>;
  std::vector<Indexed> index_;  // bodies, ascending by statement
};

}  // namespace

std::vector<Effect> effects_of(const PlaceRecords& records, const EffectContext& context) {
  return Rules(records, context).apply();
}

}  // namespace urna::node
