// The rules of docs/effects.md over one place, as sets. Private to the recount.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/daemon/recount.h"

namespace urna::daemon {

// One pass over the bodies for each rule, in the order of the page. What a place costs grows with
// the records about it, not with their product: whoever may sign for it cannot make it dear.
class Recount::PlaceReading {
 public:
  // `slice`: the one the definition in force names for the contest; empty when it names none.
  PlaceReading(const Recount& recount, const Place& place, std::string slice);
  std::map<StatementId, Meaning> read();

 private:
  using Statements = std::set<StatementId>;
  // What the settlements of the highest unit that name a body say of it.
  struct Ruling {
    std::size_t depth = 0;
    bool chosen = false;
    bool aside = false;
  };

  void sort_decisions();
  void rule(const StatementId& about, std::size_t depth, bool chooses);
  bool stands(const Body& body) const;
  // Given back though no return names it: unconfirmed, and unsigned now or of another slice.
  bool given_back(const StatementId& id, const Body& body) const;
  bool waits(const Body& body) const;
  bool chosen_by_rank(const StatementId& id, std::size_t depth) const;
  void settle_claims(const Statements& claims);
  bool approved(const StatementId& id, const Body& body) const;
  bool open(const StatementId& id) const { return !letters_.contains(id); }

  const Recount& recount_;
  const Place& place_;
  const std::string slice_;
  Statements annulled_, sent_back_, confirmed_;
  std::map<StatementId, std::set<std::string>> approvals_;
  std::map<StatementId, Ruling> rulings_;
  // Decided so far.
  std::map<StatementId, Letter> letters_;
};

}  // namespace urna::daemon
