// What an upstream node answers, and what that settles of the own log.

#include <algorithm>

#include "common/node/core.h"
#include "common/node/twin.h"
#include "urna/v1/record.pb.h"

namespace urna::node {

namespace {

// Times a suspect record is sent alone before it is given up as refused.
constexpr unsigned kSuspectTriesMax = 3;

}  // namespace

void Core::on_receipt(InboundReceipt inbound, Actions& actions) {
  now_ms_ = inbound.at_ms;
  const auto found = outlets_.find(inbound.session);
  if (found == outlets_.end() || !found->second.upward) return;
  Outlet& outlet = found->second;
  v1::Receipt& receipt = inbound.receipt;
  // Only the centre can say that something is in the centre's log.
  receipt.set_centre(receipt.centre() && inbound.by_centre_node);
  // The stream is over for this core at once: whatever was sent on it and not settled stays so,
  // and nothing that happens until the driver has closed it moves the cursor past that.
  const auto give_up = [&](std::string why) {
    if (!broken(Twin::kCursorSkipsRefused)) outlets_.erase(inbound.session);
    actions.closes.push_back({inbound.session, std::move(why)});
  };
  const auto answered = outlet.unacknowledged.find(receipt.sequence());
  if (answered == outlet.unacknowledged.end()) {
    return give_up("a receipt answers no batch of this stream");
  }
  if (projection_.is_revoked(inbound.signer, outlet.peer)) {
    return give_up("the upstream's certificate is revoked");
  }
  if (inbound.sender_log == PrefixVerdict::kUnreadable) return give_up(std::string(kUnreadable));
  const Outlet::Sent sent = std::move(answered->second);
  outlet.unacknowledged.erase(answered);
  if (outlet.in_flight > 0) --outlet.in_flight;
  outlet.greeted = true;
  // One that refuses its batch was given without a look at what the batch showed: the last that
  // took one in stays the proof of what the upstream's log was.
  if (receipt.refused().empty() || broken(Twin::kRefusalAsProof)) {
    if (starts_over(outlet, receipt)) {
      outlet.next = 0;
      outlet.retries.clear();
      refill(outlet.peer);
    }
    last_receipt_[outlet.peer] = pending_.receipts[outlet.peer] = inbound.bytes;
  }
  v1::OperationsEntry entry;
  entry.mutable_receipt_received()->set_signed_receipt(inbound.bytes);
  log_operation(std::move(entry));
  if (inbound.fresh_log_id &&
      is_of_another_life(inbound.sender_log, receipt.sender_log().log_id())) {
    mint_log_id(*inbound.fresh_log_id, kForked, actions, receipt.sender_log().log_id());
  } else if (!settle(outlet, sent, receipt)) {
    give_up(receipt.refused().empty() ? "a receipt does not fit its batch"
                                      : "the upstream refuses: " + receipt.refused());
  } else {
    save_upstream_cursor(outlet, receipt.log());
    wake(outlet, actions);
  }
  begin_commit(actions);
}

// True when the upstream's log is not the one that settled ours before: what it had may be lost.
bool Core::starts_over(const Outlet& outlet, const v1::Receipt& receipt) const {
  const auto known = last_receipt_.find(outlet.peer);
  if (known == last_receipt_.end()) return false;
  v1::SignedReceipt sealed;
  v1::Receipt before;
  return sealed.ParseFromString(known->second) && before.ParseFromString(sealed.payload()) &&
         before.log().log_id() != receipt.log().log_id();
}

// False when the stream cannot go on.
bool Core::settle(Outlet& outlet, const Outlet::Sent& sent, const v1::Receipt& receipt) {
  const std::string& refused = receipt.refused();
  if (receipt.batch() != sent.payload.view()) return false;
  if (!refused.empty()) {
    // Something is wrong with these bytes, not with this node: each record is tried alone.
    if (refused != "malformed" && refused != "bad_signature" && refused != "too_large")
      return false;
    if (sent.positions.empty()) return false;
    suspect_all(outlet, sent, refused);
    return true;
  }
  if (static_cast<std::size_t>(receipt.outcomes_size()) != sent.positions.size()) return false;
  for (const v1::Outcome& outcome : receipt.outcomes()) {
    if (outcome.result_case() == v1::Outcome::RESULT_NOT_SET) return false;
  }
  for (std::size_t i = 0; i < sent.positions.size(); ++i) {
    settle_one(outlet, sent.positions[i], sent.ids[i], receipt.outcomes(static_cast<int>(i)),
               receipt);
  }
  return true;
}

void Core::settle_one(Outlet& outlet, std::uint64_t position, const RecordId& id,
                      const v1::Outcome& outcome, const v1::Receipt& receipt) {
  if (outcome.has_deferred()) {
    const auto [at, first_answer] = outlet.retries.try_emplace(position);
    Outlet::Retry& retry = at->second;
    retry.sent = false;
    retry.suspect = false;
    retry.parts.clear();
    bool can_help = false;
    bool only_named = false;
    for (const std::string& missing : outcome.deferred().missing()) {
      const auto digest = Digest::from_bytes(missing);
      // A retry brings it.
      if (missing == id.view()) can_help = only_named = true;
      if (!digest || (!stored_blobs_.contains(*digest) && book_.part(*digest) == nullptr)) continue;
      retry.parts.push_back(*digest);
      can_help = true;
    }
    const bool at_once = can_help && retry.tries == 0;
    // That it had to be brought is no failure yet: what it waits for then may be brought at once,
    // too.
    if (!(only_named && first_answer)) ++retry.tries;
    const std::uint64_t wait =
        config_.retry_ms * std::min<std::uint64_t>(retry.tries, kRetryFactorMax);
    retry.at_ms = at_once ? 0 : now_ms_ + wait;
    return;
  }
  outlet.retries.erase(position);
  if (outcome.has_refused()) {
    refused_above(outlet, position, outcome.refused().code());
    return;
  }
  if (!receipt.centre() && !broken(Twin::kAnyReceiptIsTheCentres)) return;
  const std::uint64_t there =
      outcome.has_duplicate_of() ? outcome.duplicate_of() : outcome.admitted_at();
  add_notice({id, receipt.log().log_id(), there});
}

void Core::refused_above(const Outlet& outlet, std::uint64_t position, const std::string& code) {
  refused_upstream_[position] = pending_.refused_above[position] = code;
  v1::OperationsEntry entry;
  v1::RefusedAbove& refused = *entry.mutable_refused_above();
  refused.set_upstream(outlet.peer);
  refused.set_position(position);
  refused.set_code(code);
  log_operation(std::move(entry));
}

void Core::suspect_all(Outlet& outlet, const Outlet::Sent& sent, const std::string& code) {
  for (const std::uint64_t position : sent.positions) {
    Outlet::Retry& retry = outlet.retries[position];
    if (retry.suspect && ++retry.tries >= kSuspectTriesMax) {
      outlet.retries.erase(position);
      refused_above(outlet, position, code);
      continue;
    }
    if (!retry.suspect) retry.tries = 0;
    retry.suspect = true;
    retry.sent = false;
    retry.at_ms = 0;
  }
}

std::uint64_t Core::lowest_unsettled(const Outlet& outlet) const {
  std::uint64_t lowest = outlet.next;
  for (const auto& [sequence, sent] : outlet.unacknowledged) {
    if (!sent.positions.empty()) lowest = std::min(lowest, sent.positions.front());
  }
  if (broken(Twin::kCursorSkipsDeferred)) return lowest;
  if (!outlet.retries.empty()) lowest = std::min(lowest, outlet.retries.begin()->first);
  return lowest;
}

void Core::save_upstream_cursor(const Outlet& outlet, const v1::Checkpoint& upstream_log) {
  // The root kept is the upstream's: what it must still have when we meet again.
  set_cursor({outlet.peer, journal::Cursor::Kind::kUpstream, log_id_.str(),
              lowest_unsettled(outlet), upstream_log.size(), upstream_log.root(), 0});
}

}  // namespace urna::node
