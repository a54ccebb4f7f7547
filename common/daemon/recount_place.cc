#include "common/daemon/recount_place.h"

#include <algorithm>
#include <optional>

namespace urna::daemon {

Recount::PlaceReading::PlaceReading(const Recount& recount, const Place& place, std::string slice)
    : recount_(recount), place_(place), slice_(std::move(slice)) {
  sort_decisions();
}

// Taking away stands, granting falls with the licence.
void Recount::PlaceReading::sort_decisions() {
  for (const Decision& decision : place_.decisions) {
    const bool stands = recount_.stands(decision.by);
    switch (decision.kind) {
      case v1::Body::kAnnulment: annulled_.insert(decision.about); break;
      case v1::Body::kReturn: sent_back_.insert(decision.about); break;
      case v1::Body::kConfirmation:
        if (stands) confirmed_.insert(decision.about);
        break;
      case v1::Body::kApproval:
        if (stands) {
          approvals_[decision.about].insert(decision.approved.begin(), decision.approved.end());
        }
        break;
      case v1::Body::kSettlement:
        if (!stands) break;
        rule(decision.about, decision.depth, true);
        for (const StatementId& id : decision.set_aside) rule(id, decision.depth, false);
        break;
      default: break;
    }
  }
}

void Recount::PlaceReading::rule(const StatementId& about, std::size_t depth, bool chooses) {
  const auto [at, fresh] = rulings_.try_emplace(about, Ruling{depth, false, false});
  Ruling& ruling = at->second;
  if (depth > ruling.depth) return;
  if (depth < ruling.depth) ruling = {depth, false, false};
  (chooses ? ruling.chosen : ruling.aside) = true;
}

bool Recount::PlaceReading::stands(const Body& body) const {
  return std::ranges::any_of(body.signers,
                             [&](const Signer& signer) { return recount_.stands(signer); });
}

bool Recount::PlaceReading::given_back(const StatementId& id, const Body& body) const {
  return !confirmed_.contains(id) && (!stands(body) || body.slice != slice_);
}

bool Recount::PlaceReading::waits(const Body& body) const {
  if (body.supersedes.empty()) return false;
  const auto id = StatementId::from_bytes(body.supersedes);
  const auto before = id ? place_.bodies.find(*id) : place_.bodies.end();
  if (before == place_.bodies.end()) return true;
  const bool back =
      sent_back_.contains(before->first) ||
      (!annulled_.contains(before->first) && given_back(before->first, before->second));
  return !back || body.revision != before->second.revision + 1;
}

bool Recount::PlaceReading::chosen_by_rank(const StatementId& id, std::size_t depth) const {
  const auto ruling = rulings_.find(id);
  return ruling != rulings_.end() && ruling->second.chosen && ruling->second.depth == depth;
}

// Rule 5. Who keeps the place stays open.
void Recount::PlaceReading::settle_claims(const Statements& claims) {
  std::optional<std::size_t> highest;
  bool contested = false;
  for (const StatementId& id : claims) {
    const auto ruling = rulings_.find(id);
    if (ruling == rulings_.end() || !ruling->second.chosen) continue;
    contested = contested || ruling->second.aside;
    highest = std::min(highest.value_or(ruling->second.depth), ruling->second.depth);
  }
  Statements named;
  for (const StatementId& id : claims) {
    if (confirmed_.contains(id) || (highest && chosen_by_rank(id, *highest))) named.insert(id);
  }
  for (const StatementId& id : claims) {
    const bool alone = claims.size() == 1 || (named.size() == 1 && named.contains(id));
    if (contested || !alone) letters_[id] = Letter::kInConflict;
  }
}

bool Recount::PlaceReading::approved(const StatementId& id, const Body& body) const {
  const auto given = approvals_.find(id);
  return body.blocking.empty() ||
         (given != approvals_.end() && std::ranges::includes(given->second, body.blocking));
}

std::map<StatementId, Meaning> Recount::PlaceReading::read() {
  for (const auto& [id, body] : place_.bodies) {
    if (annulled_.contains(id)) {
      letters_[id] = Letter::kAnnulled;
    } else if (sent_back_.contains(id) || given_back(id, body)) {
      letters_[id] = Letter::kReturned;
    } else if (waits(body)) {
      letters_[id] = Letter::kWaiting;
    }
  }
  Statements aside, claims;
  for (const auto& [id, body] : place_.bodies) {
    if (!open(id)) continue;
    const auto ruling = rulings_.find(id);
    const bool set = ruling != rulings_.end() && ruling->second.aside && !ruling->second.chosen;
    (set ? aside : claims).insert(id);
  }
  for (const StatementId& id : aside) letters_[id] = Letter::kSuperseded;
  settle_claims(claims);
  for (const auto& [id, body] : place_.bodies) {
    if (!open(id)) continue;
    letters_[id] = approved(id, body) ? Letter::kEffective : Letter::kAwaitingApproval;
  }
  Statements followed;
  for (const auto& [id, body] : place_.bodies) {
    if (letters_.at(id) == Letter::kWaiting) continue;
    if (const auto before = StatementId::from_bytes(body.supersedes)) followed.insert(*before);
  }
  std::map<StatementId, Meaning> meanings;
  for (const auto& [id, body] : place_.bodies) {
    Meaning& meaning = meanings[id];
    meaning.letter = letters_.at(id);
    meaning.confirmed = confirmed_.contains(id);
    const bool decided = meaning.letter == Letter::kAnnulled ||
                         meaning.letter == Letter::kReturned ||
                         meaning.letter == Letter::kSuperseded;
    meaning.for_decision = !decided && meaning.confirmed && (!stands(body) || body.slice != slice_);
    if (meaning.letter == Letter::kReturned && followed.contains(id)) {
      meaning.letter = Letter::kSuperseded;
    }
  }
  return meanings;
}

}  // namespace urna::daemon
