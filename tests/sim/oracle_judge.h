// The rules of docs/effects.md for one place. Private to the oracle.
#pragma once

#include <algorithm>

#include "tests/sim/oracle.h"

namespace urna::sim {

// Each question is a predicate over the whole set, so order cannot matter.
class Oracle::Judge {
 public:
  using State = node::State;

  // `also_returned`: bodies that count as sent back though no return names them.
  Judge(const Oracle& oracle, const Claims& claims, const std::vector<Record>& decisions,
        const Digest* slice, std::set<StatementId> also_returned = {})
      : oracle_(oracle),
        claims_(claims),
        decisions_(decisions),
        slice_(slice),
        also_returned_(std::move(also_returned)) {}

  Meaning of(const StatementId& id) const {
    Meaning meaning;
    meaning.confirmed = confirmed(id);
    meaning.needs_decision =
        !annulled(id) && !sent_back(id) && !set_aside(id) && meaning.confirmed && undermined(id);
    meaning.state = state(id);
    return meaning;
  }

 private:
  bool stands(const Told& decision) const { return oracle_.stands(decision.key); }
  static StatementId statement(const std::string& bytes) { return *StatementId::from_bytes(bytes); }
  template <class Test>
  bool any(Test test) const {
    return std::ranges::any_of(decisions_, [&](const Record& d) { return test(*d); });
  }

  bool confirmed(const StatementId& id) const {
    return any([&](const Told& d) {
      return d.body->has_confirmation() && d.body->confirmation().statement() == id.view() &&
             stands(d);
    });
  }
  bool annulled(const StatementId& id) const {
    return any([&](const Told& d) {
      return d.body->has_annulment() && d.body->annulment().statement() == id.view();
    });
  }
  bool sent_back(const StatementId& id) const {
    return also_returned_.contains(id) || any([&](const Told& d) {
             return d.body->has_return_() && d.body->return_().statement() == id.view();
           });
  }
  // No licence that signed it is left, or its contest is defined anew.
  bool undermined(const StatementId& id) const {
    const auto& keys = claims_.at(id).keys;
    const bool somebody =
        std::ranges::any_of(keys, [&](const std::string& key) { return oracle_.stands(key); });
    return !somebody || slice_ == nullptr || claims_.at(id).slice != slice_->view();
  }
  bool returned(const StatementId& id) const {
    return !annulled(id) && (sent_back(id) || (!confirmed(id) && undermined(id)));
  }
  bool waiting(const StatementId& id) const {
    const Claim& body = claims_.at(id);
    if (annulled(id) || returned(id) || body.supersedes.empty()) return false;
    const auto before = claims_.find(statement(body.supersedes));
    return before == claims_.end() || !(returned(before->first) || sent_back(before->first)) ||
           body.revision != before->second.revision + 1;
  }
  bool set_aside(const StatementId& id) const {
    const Ruling ruling = ruling_on(id);
    return ruling.aside && !ruling.chosen && !annulled(id) && !returned(id) && !waiting(id);
  }
  bool claims(const StatementId& id) const {
    return !annulled(id) && !returned(id) && !waiting(id) && !set_aside(id);
  }
  bool approved(const StatementId& id) const {
    const std::vector<std::string> codes = oracle_.blocking_(id);
    return std::ranges::all_of(codes, [&](const std::string& code) {
      return any([&](const Told& d) {
        return d.body->has_approval() && d.body->approval().statement() == id.view() && stands(d) &&
               std::ranges::count(d.body->approval().codes(), code) > 0;
      });
    });
  }

  State state(const StatementId& id) const {
    if (annulled(id)) return State::kAnnulled;
    if (returned(id)) return followed(id) ? State::kSuperseded : State::kReturned;
    if (waiting(id)) return State::kWaiting;
    if (set_aside(id)) return State::kSuperseded;
    if (!wins(id)) return State::kInConflict;
    return approved(id) ? State::kEffective : State::kAwaitingApproval;
  }

  bool followed(const StatementId& id) const {
    return std::ranges::any_of(claims_, [&](const auto& other) {
      return other.second.supersedes == id.view() && !waiting(other.first);
    });
  }

  // What the highest of the settlements that stand and name a body says of it.
  struct Ruling {
    std::size_t depth = SIZE_MAX;
    bool chosen = false;
    bool aside = false;
  };
  Ruling ruling_on(const StatementId& id) const {
    std::map<std::size_t, Ruling> by_depth;
    for (const Record& record : decisions_) {
      const Told& d = *record;
      if (!d.body->has_settlement() || !stands(d)) continue;
      const v1::Settlement& settlement = d.body->settlement();
      const bool chosen = settlement.chosen() == id.view();
      const bool aside = std::ranges::count(settlement.set_aside(), id.view()) > 0;
      if (!chosen && !aside) continue;
      Ruling& ruling = by_depth[d.depth];
      ruling = {d.depth, ruling.chosen || chosen, ruling.aside || aside};
    }
    return by_depth.empty() ? Ruling{} : by_depth.begin()->second;
  }

  // The only one that claims the place; or, of several, the only one named by a confirmation or by
  // the highest choice, as long as no settlements of one rank disagree about any of them.
  bool wins(const StatementId& id) const {
    std::vector<StatementId> claimants;
    for (const auto& [other, body] : claims_) {
      if (claims(other)) claimants.push_back(other);
    }
    std::size_t highest = SIZE_MAX;
    for (const StatementId& one : claimants) {
      const Ruling ruling = ruling_on(one);
      if (ruling.chosen && ruling.aside) return false;
      if (ruling.chosen) highest = std::min(highest, ruling.depth);
    }
    if (claimants.size() == 1) return true;
    const auto named = [&](const StatementId& one) {
      const Ruling ruling = ruling_on(one);
      return confirmed(one) || (ruling.chosen && ruling.depth == highest);
    };
    return named(id) && std::ranges::count_if(claimants, named) == 1;
  }

  const Oracle& oracle_;
  const Claims& claims_;
  const std::vector<Record>& decisions_;
  const Digest* slice_;
  const std::set<StatementId> also_returned_;
};

}  // namespace urna::sim
