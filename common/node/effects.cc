#include "common/node/effects.h"

#include <algorithm>

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

// Applies the rules to one place, one rule after the other.
class Rules {
 public:
  Rules(const PlaceRecords& records, const EffectContext& context)
      : records_(records),
        context_(context),
        effects_(records.bodies.size()),
        decided_(records.bodies.size(), false) {}

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
  std::size_t bodies() const { return records_.bodies.size(); }
  const ProtocolBody& body(std::size_t i) const { return records_.bodies[i]; }

  void decide(std::size_t i, State state, std::string_view reason) {
    effects_[i].state = state;
    effects_[i].reason = reason;
    decided_[i] = true;
  }

  bool named_by(const std::vector<Decision>& decisions, const StatementId& statement) const {
    return std::ranges::any_of(decisions,
                               [&](const Decision& d) { return d.statement == statement; });
  }

  bool stands(const Signature& by) const { return !context_.revoked(by.key); }

  void confirm() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      effects_[i].confirmed =
          std::ranges::any_of(records_.confirmations, [&](const Decision& confirmation) {
            return confirmation.statement == body(i).statement && stands(confirmation.by);
          });
    }
  }

  void annul() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (named_by(records_.annulments, body(i).statement)) {
        decide(i, State::kAnnulled, "annulled");
      }
    }
  }

  void take_back() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (decided_[i]) continue;
      if (named_by(records_.returns, body(i).statement)) {
        decide(i, State::kReturned, "returned to its commission");
        continue;
      }
      const bool unsigned_now =
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

  std::optional<std::size_t> find(const StatementId& statement) const {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (body(i).statement == statement) return i;
    }
    return std::nullopt;
  }

  void wait() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (decided_[i] || !body(i).supersedes) continue;
      const auto predecessor = find(*body(i).supersedes);
      if (!predecessor) {
        decide(i, State::kWaiting, "the protocol it supersedes is not here");
      } else if (effects_[*predecessor].state != State::kReturned || !decided_[*predecessor]) {
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
    // Two settlements of one rank disagree about it.
    bool contested() const { return chosen && set_aside; }
  };

  Ruling ruling_on(const StatementId& statement) const {
    Ruling ruling;
    bool named = false;
    for (const SettlementOf& settlement : records_.settlements) {
      const bool chosen = settlement.chosen == statement;
      const bool aside =
          std::ranges::find(settlement.set_aside, statement) != settlement.set_aside.end();
      if (!stands(settlement.by) || !(chosen || aside)) continue;
      if (!named || settlement.depth < ruling.depth) ruling = {settlement.depth, false, false};
      named = true;
      if (settlement.depth != ruling.depth) continue;
      ruling.chosen = ruling.chosen || chosen;
      ruling.set_aside = ruling.set_aside || aside;
    }
    return ruling;
  }

  // Settlements of different conflicts at one place do not touch each other: after a body chosen
  // once was returned, its revisions may need a settlement of their own.
  void settle() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      rulings_.push_back(ruling_on(body(i).statement));
      if (decided_[i] || !rulings_[i].set_aside || rulings_[i].contested()) continue;
      decide(i, State::kSuperseded, "set aside by a settlement");
      effects_[i].needs_decision = false;
    }
  }

  // The one claimant that a confirmation or the highest settlement names, if it is only one.
  std::optional<std::size_t> pick(const std::vector<std::size_t>& claimants) const {
    std::optional<int> highest;
    for (const std::size_t i : claimants) {
      if (rulings_[i].contested()) return std::nullopt;
      if (rulings_[i].chosen)
        highest = std::min(highest.value_or(rulings_[i].depth), rulings_[i].depth);
    }
    std::optional<std::size_t> picked;
    for (const std::size_t i : claimants) {
      const bool chosen = rulings_[i].chosen && rulings_[i].depth == highest;
      if (!chosen && !effects_[i].confirmed) continue;
      if (picked) return std::nullopt;
      picked = i;
    }
    return picked;
  }

  void resolve_conflicts() {
    std::vector<std::size_t> claimants;
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (!decided_[i]) claimants.push_back(i);
    }
    const bool contested =
        std::ranges::any_of(claimants, [&](std::size_t i) { return rulings_[i].contested(); });
    if (claimants.size() < 2 && !contested) return;
    const auto picked = pick(claimants);
    for (const std::size_t i : claimants) {
      if (picked && i == *picked) continue;
      decide(i, State::kInConflict,
             picked      ? "another body of this place is confirmed or chosen"
             : contested ? "settlements of one rank disagree"
                         : "several bodies claim this place and none is chosen");
    }
  }

  void approve() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (decided_[i]) continue;
      const bool approved = std::ranges::all_of(body(i).blocking, [&](const std::string& code) {
        return std::ranges::any_of(records_.approvals, [&](const ApprovalOf& approval) {
          return approval.statement == body(i).statement && stands(approval.by) &&
                 std::ranges::find(approval.codes, code) != approval.codes.end();
        });
      });
      if (approved) {
        decide(i, State::kEffective, "");
      } else {
        decide(i, State::kAwaitingApproval, "a blocking warning is not approved yet");
      }
    }
  }

  // Display only: a returned body that a later revision follows.
  void mark_superseded() {
    for (std::size_t i = 0; i < bodies(); ++i) {
      if (effects_[i].state != State::kReturned) continue;
      const bool followed = [&] {
        for (std::size_t j = 0; j < bodies(); ++j) {
          if (body(j).supersedes == body(i).statement && effects_[j].state != State::kWaiting) {
            return true;
          }
        }
        return false;
      }();
      if (followed) decide(i, State::kSuperseded, "a later revision follows it");
    }
  }

  const PlaceRecords& records_;
  const EffectContext& context_;
  std::vector<Effect> effects_;
  std::vector<bool> decided_;
  std::vector<Ruling> rulings_;
};

}  // namespace

std::vector<Effect> effects_of(const PlaceRecords& records, const EffectContext& context) {
  return Rules(records, context).apply();
}

}  // namespace urna::node
