// What goes out: the log, upward to an upstream node and downward to followers.

#include <algorithm>

#include "common/base/check.h"
#include "common/node/core.h"
#include "common/node/twin.h"
#include "common/trust/sha256.h"
#include "urna/v1/record.pb.h"

namespace urna::node {

namespace {

// Definition parts that travel with one batch, bytes.
constexpr std::size_t kPartsBytesMax = 4 << 20;
// Records waiting to be tried again on one stream; more than this stops the reading of new ones.
constexpr std::size_t kRetriesMax = 4'096;
constexpr std::size_t kNoticesPerBatchMax = 1'024;

// The definition a serialised manifest record states.
std::optional<StatementId> statement_in(std::string_view record_bytes) {
  v1::SignedRecord record;
  v1::Payload payload;
  if (!record.ParseFromArray(record_bytes.data(), static_cast<int>(record_bytes.size())) ||
      !payload.ParseFromString(record.payload())) {
    return std::nullopt;
  }
  return trust::statement_of(payload.body());
}

}  // namespace

void Core::on_submit_open(SessionId session, const std::string& upstream, std::uint64_t at_ms,
                          Actions& actions) {
  now_ms_ = at_ms;
  Outlet& outlet = outlets_[session];
  outlet.session = session;
  outlet.upward = true;
  outlet.peer = upstream;
  // Without its last receipt nothing says that the upstream's log is still the one that settled
  // ours.
  outlet.next = last_receipt_.contains(upstream) ? settled_at(upstream) : 0;
  OutBatch greeting = new_batch(outlet);
  if (const auto known = last_receipt_.find(upstream); known != last_receipt_.end()) {
    greeting.batch.set_receiver_receipt(known->second);
  }
  greeting.batch.set_scanned_to(outlet.next);
  await_answer(outlet, {});
  actions.batches.push_back(std::move(greeting));
}

void Core::await_answer(Outlet& outlet, Outlet::Sent sent) {
  sent.at_ms = now_ms_;
  outlet.unacknowledged[outlet.sequence] = std::move(sent);
  ++outlet.in_flight;
}

// A peer that begins anew may have lost what came from it: it is given that too, up to here.
// False when nothing ever came from it.
bool Core::refill(const std::string& peer) {
  if (!name_index_.contains(peer) || broken(Twin::kNothingGivenBack)) return false;
  const bool fresh =
      set_cursor({peer, journal::Cursor::Kind::kRefill, log_id_.str(), staged_.size(), 0, {}, 0});
  if (fresh) refilling_.insert(peer);
  v1::OperationsEntry entry;
  entry.mutable_event()->set_code("peer_began_anew");
  entry.mutable_event()->set_text(peer + " begins anew and is given what came from it, too");
  log_operation(std::move(entry));
  return true;
}

std::uint64_t Core::refill_below(const std::string& peer) const {
  const auto found = cursors_.find({peer, journal::Cursor::Kind::kRefill});
  return found == cursors_.end() ? 0 : found->second.position;
}

void Core::on_follow_open(SessionId session, const std::string& follower,
                          const v1::FollowRequest& request, PrefixVerdict known, Actions& actions) {
  if (known == PrefixVerdict::kUnreadable) {
    actions.closes.push_back({session, std::string(kUnreadable)});
    return;
  }
  Outlet& outlet = outlets_[session];
  outlet.session = session;
  outlet.peer = follower;
  outlet.greeted = true;
  const bool other_life = known == PrefixVerdict::kNotPrefix && !broken(Twin::kFollowerBelieved);
  const bool same_log =
      request.log_id() == log_id_.view() && !other_life && request.position() <= durable_.size();
  outlet.next = same_log ? request.position() : 0;
  outlet.next_notice =
      same_log ? std::min<std::uint64_t>(request.notices_from(), notice_order_.size()) : 0;
  for (const std::string& wanted : request.wanted()) {
    if (const auto digest = Digest::from_bytes(wanted)) outlet.blobs_queued.push_back(*digest);
  }
  // The last stream may have ended between a manifest and its parts, and only this end knows which
  // parts concern the follower: of every definition it has the manifest of, for what was signed
  // under an older one is judged by that. Those of a manifest still to come follow that.
  for (const auto& definition : book_.all()) {
    const auto found = manifest_positions_.find(definition->id());
    if (found != manifest_positions_.end() && found->second < outlet.next) {
      queue_parts_of(outlet, *definition);
    }
  }
  if (outlet.next == 0 && refill(follower)) begin_commit(actions);
  wake(outlet, actions);
}

void Core::on_following(SessionId session, const std::string& upstream) {
  following_[session] = upstream;
}

v1::FollowRequest Core::follow_request(const std::string& upstream) const {
  v1::FollowRequest request;
  request.set_election(config_.election.str());
  request.set_unit(config_.unit.str());
  if (const auto found = cursors_.find({upstream, journal::Cursor::Kind::kFollowed});
      found != cursors_.end()) {
    const journal::Cursor& cursor = found->second;
    request.set_log_id(cursor.log_id);
    request.set_position(cursor.position);
    request.mutable_known()->set_log_id(cursor.log_id);
    request.mutable_known()->set_size(cursor.size);
    request.mutable_known()->set_root(cursor.root);
    request.set_notices_from(cursor.notices);
  }
  if (const auto wanted = follow_wanted_.find(upstream); wanted != follow_wanted_.end()) {
    for (const Digest& digest : wanted->second) request.add_wanted(digest.str());
  }
  return request;
}

void Core::on_closed(SessionId session) {
  outlets_.erase(session);
  following_.erase(session);
  halted_.erase(session);
  told_.erase(session);
}

void Core::on_tick(std::uint64_t at_ms, Actions& actions) {
  now_ms_ = at_ms;
  give_up_on_silence(actions);
  wake_all(actions);
  // Cursors alone wait for what is committed anyway, but not for ever: they are shown to people.
  begin_commit(actions, true);
}

// A node whose database hangs keeps its connections alive and answers nothing.
void Core::give_up_on_silence(Actions& actions) {
  for (auto& [session, outlet] : outlets_) {
    if (outlet.unacknowledged.empty()) continue;
    const std::uint64_t since = outlet.unacknowledged.begin()->second.at_ms;
    // A clock that was set back since does not tell how long the wait was.
    const bool waits = since <= now_ms_ && now_ms_ < since + config_.answer_ms_max;
    if (since == 0 || waits) continue;
    actions.closes.push_back({session, outlet.peer + " leaves batches unanswered"});
  }
}

// ---- reading and sending ----

void Core::wake_all(Actions& actions) {
  for (auto& [session, outlet] : outlets_) wake(outlet, actions);
}

void Core::wake(Outlet& outlet, Actions& actions) {
  if (outlet.reading || !outlet.greeted || refilling_.contains(outlet.peer)) return;
  while (!outlet.blobs_queued.empty() && outlet.in_flight < kBatchesInFlightMax) {
    send_queued_blobs(outlet, actions);
  }
  if (outlet.in_flight >= kBatchesInFlightMax) return;
  if (!ask_for_retries(outlet, actions)) ask_for_new(outlet, actions);
}

bool Core::ask_for_retries(Outlet& outlet, Actions& actions) {
  ReadLog read;
  read.session = outlet.session;
  read.retry = true;
  const std::uint64_t retry_ms_max = config_.retry_ms * kRetryFactorMax;
  for (auto& [position, retry] : outlet.retries) {
    // Further off than any wait is long: the clock was set back since, and the wait is over.
    const bool later = retry.at_ms > now_ms_ && retry.at_ms <= now_ms_ + retry_ms_max;
    if (retry.sent || later) continue;
    if (retry.suspect && !read.positions.empty()) continue;
    read.positions.push_back(position);
    if (retry.suspect || read.positions.size() == kBatchRecordsMax) break;
  }
  if (read.positions.empty()) return false;
  outlet.reading = true;
  actions.reads.push_back(std::move(read));
  return true;
}

void Core::ask_for_new(Outlet& outlet, Actions& actions) {
  if (outlet.retries.size() >= kRetriesMax) return;
  ReadLog read;
  read.session = outlet.session;
  read.scanned_from = outlet.next;
  read.refill_below = refill_below(outlet.peer);
  std::uint64_t at = outlet.next;
  for (; at < durable_.size() && read.positions.size() < kBatchRecordsMax; ++at) {
    if (concerns(outlet, at)) read.positions.push_back(at);
  }
  read.scanned_to = at;
  const bool notices = !outlet.upward && outlet.next_notice < notice_order_.size();
  if (read.positions.empty() && !notices) {
    outlet.next = at;
    if (outlet.upward) skip_to(outlet);
    return;
  }
  if (notices) {
    read.notices_from = outlet.next_notice;
    read.notices_max = kNoticesPerBatchMax;
  }
  outlet.reading = true;
  actions.reads.push_back(std::move(read));
}

// What came from the upstream itself needs no receipt of it.
void Core::skip_to(const Outlet& outlet) {
  const auto known = cursors_.find({outlet.peer, journal::Cursor::Kind::kUpstream});
  if (known == cursors_.end() || known->second.log_id != log_id_.view()) return;
  journal::Cursor cursor = known->second;
  cursor.position = lowest_unsettled(outlet);
  set_cursor(std::move(cursor));
}

bool Core::concerns(const Outlet& outlet, std::uint64_t position) const {
  const EntryMeta& meta = meta_[position];
  // A manifest that came from below, on a medium, goes back: the follower still needs its parts,
  // which travel behind it.
  if (!outlet.upward && meta.kind == trust::Kind::kManifest) return true;
  if (names_[meta.source] == outlet.peer && position >= refill_below(outlet.peer)) return false;
  if (outlet.upward || meta.kind == trust::Kind::kManifest ||
      meta.kind == trust::Kind::kRevocation) {
    return true;
  }
  const auto unit = model::UnitId::parse(names_[meta.unit]);
  const auto peer = model::UnitId::parse(outlet.peer);
  return unit && peer && book_.lies_under(*unit, *peer);
}

OutBatch Core::new_batch(Outlet& outlet) {
  OutBatch out;
  out.session = outlet.session;
  out.batch.set_election(config_.election.str());
  out.batch.set_sender(config_.unit.str());
  out.batch.set_sequence(++outlet.sequence);
  *out.batch.mutable_log() = checkpoint();
  if (!outlet.upward && broken(Twin::kFollowersShownWrongRoot)) {
    out.batch.mutable_log()->set_size(outlet.next);
  }
  out.batch.set_scanned_to(outlet.next);
  out.batch.set_notices_to(outlet.next_notice);
  return out;
}

void Core::on_read(const ReadLog& request, std::vector<journal::StoredEntry> entries,
                   std::vector<journal::StoredNotice> notices, Actions& actions) {
  const auto found = outlets_.find(request.session);
  if (found == outlets_.end()) return;
  Outlet& outlet = found->second;
  outlet.reading = false;
  // Meanwhile it was decided to begin elsewhere, or again here with more.
  const bool overtaken =
      outlet.next != request.scanned_from || refill_below(outlet.peer) != request.refill_below;
  if (!request.retry && overtaken) return wake(outlet, actions);
  OutBatch out = new_batch(outlet);
  Outlet::Sent sent;
  std::size_t part_bytes = 0;
  for (journal::StoredEntry& entry : entries) {
    if (request.retry) {
      Outlet::Retry& retry = outlet.retries[entry.position];
      if (!attach_parts(retry.parts, out.blobs, part_bytes) && !sent.positions.empty()) break;
      retry.sent = true;
    }
    const bool ask_first =
        outlet.upward && !request.retry && entry.entry.record.size() > config_.ask_first_bytes;
    if (!ask_first) queue_blobs_of(outlet, entry, out.blobs);
    sent.positions.push_back(entry.position);
    sent.ids.push_back(entry.entry.id);
    v1::BatchEntry& wire = *out.batch.add_entries();
    wire.set_position(entry.position);
    if (ask_first) {
      wire.set_record_id(entry.entry.id.str());
    } else {
      wire.set_record(std::move(entry.entry.record));
    }
  }
  if (!request.retry) {
    const bool all = entries.size() == request.positions.size();
    outlet.next = all ? request.scanned_to : request.positions[entries.size()];
  }
  for (const journal::StoredNotice& notice : notices) {
    outlet.next_notice = notice.number + 1;
    const auto position = positions_.find(notice.notice.id);
    if (position == positions_.end() || !concerns(outlet, position->second)) {
      // Its record came from this very peer: that is exactly who wants to know.
      if (position == positions_.end() || names_[meta_[position->second].source] != outlet.peer) {
        continue;
      }
    }
    v1::CentreNotice& wire = *out.batch.add_notices();
    wire.set_record_id(notice.notice.id.str());
    wire.set_log_id(notice.notice.centre_log_id);
    wire.set_position(notice.notice.position);
  }
  out.batch.set_scanned_to(outlet.next);
  out.batch.set_notices_to(outlet.next_notice);
  if (part_bytes == 0) take_queued(outlet, out.blobs);
  if (outlet.upward) {
    await_answer(outlet, std::move(sent));
  } else {
    ++outlet.in_flight;
  }
  actions.batches.push_back(std::move(out));
  wake(outlet, actions);
}

// Adds the parts that are not in the batch yet. False, with nothing added, when they would make it
// too long.
bool Core::attach_parts(const std::vector<Digest>& parts, std::vector<Digest>& blobs,
                        std::size_t& bytes) const {
  std::vector<Digest> fresh;
  std::size_t more = 0;
  for (const Digest& part : parts) {
    if (std::ranges::find(blobs, part) != blobs.end()) continue;
    fresh.push_back(part);
    const Bytes* stored = book_.part(part);
    more += stored == nullptr ? 0 : stored->size();
  }
  if (bytes > 0 && bytes + more > kPartsBytesMax) return false;
  blobs.insert(blobs.end(), fresh.begin(), fresh.end());
  bytes += more;
  return true;
}

void Core::queue_blobs_of(Outlet& outlet, const journal::StoredEntry& entry,
                          std::vector<Digest>& now) {
  if (const auto ids = trust::envelope_ids(entry.entry.record)) {
    const Digest certificate{ids->key.bytes};
    if (outlet.blobs_sent.insert(certificate).second) now.push_back(certificate);
  }
  if (outlet.upward || static_cast<trust::Kind>(entry.entry.kind) != trust::Kind::kManifest) return;
  const auto statement = statement_in(entry.entry.record);
  const auto definition = statement ? book_.find(*statement) : nullptr;
  const auto peer = model::UnitId::parse(outlet.peer);
  if (definition == nullptr || !peer) return;
  // The unit table must be there before the manifest can be judged, and is not kept before the
  // manifest; the rest may follow.
  const Digest units = *Digest::from_bytes(definition->data().units());
  outlet.blobs_sent.insert(units);
  now.push_back(units);
  queue_parts_of(outlet, *definition);
}

void Core::queue_parts_of(Outlet& outlet, const model::Definition& definition) {
  const auto peer = model::UnitId::parse(outlet.peer);
  if (!peer) return;
  if (std::ranges::find(outlet.definitions, definition.id()) == outlet.definitions.end()) {
    outlet.definitions.push_back(definition.id());
  }
  for (const Digest& part : book_.parts_for(definition, *peer)) {
    if (outlet.blobs_sent.insert(part).second) outlet.blobs_queued.push_back(part);
  }
}

// Parts reach this node after their manifest: followers that were given the manifest get them too.
void Core::queue_late_parts() {
  if (broken(Twin::kLatePartsKept)) return;
  for (auto& [session, outlet] : outlets_) {
    if (outlet.upward) continue;
    for (const StatementId& id : std::vector(outlet.definitions)) {
      if (const auto definition = book_.find(id)) queue_parts_of(outlet, *definition);
    }
  }
}

// Moves queued parts into a batch, as many as fit; at least one, so that it ends.
void Core::take_queued(Outlet& outlet, std::vector<Digest>& blobs) {
  std::size_t bytes = 0;
  std::size_t taken = 0;
  for (; taken < outlet.blobs_queued.size(); ++taken) {
    const Bytes* part = book_.part(outlet.blobs_queued[taken]);
    bytes += part == nullptr ? 0 : part->size();
    if (taken > 0 && bytes > kPartsBytesMax) break;
    blobs.push_back(outlet.blobs_queued[taken]);
  }
  outlet.blobs_queued.erase(outlet.blobs_queued.begin(),
                            outlet.blobs_queued.begin() + static_cast<std::ptrdiff_t>(taken));
}

void Core::send_queued_blobs(Outlet& outlet, Actions& actions) {
  OutBatch out = new_batch(outlet);
  take_queued(outlet, out.blobs);
  if (outlet.upward) {
    await_answer(outlet, {});
  } else {
    ++outlet.in_flight;
  }
  actions.batches.push_back(std::move(out));
}

void Core::on_sealed(SessionId session, std::uint64_t sequence, const Digest& payload) {
  const auto found = outlets_.find(session);
  if (found == outlets_.end()) return;
  const auto sent = found->second.unacknowledged.find(sequence);
  if (sent != found->second.unacknowledged.end()) sent->second.payload = payload;
}

void Core::on_sent(SessionId session, Actions& actions) {
  const auto found = outlets_.find(session);
  if (found == outlets_.end() || found->second.upward) return;
  Outlet& outlet = found->second;
  if (outlet.in_flight > 0) --outlet.in_flight;
  wake(outlet, actions);
}

OutBatch Core::medium_batch(std::uint64_t sequence,
                            std::vector<journal::StoredEntry> entries) const {
  OutBatch out;
  out.batch.set_election(config_.election.str());
  out.batch.set_sender(config_.unit.str());
  out.batch.set_sequence(sequence);
  *out.batch.mutable_log() = checkpoint();
  std::unordered_set<Digest> attached;
  for (journal::StoredEntry& entry : entries) {
    if (const auto ids = trust::envelope_ids(entry.entry.record)) {
      const Digest certificate{ids->key.bytes};
      if (attached.insert(certificate).second) out.blobs.push_back(certificate);
    }
    out.batch.set_scanned_to(entry.position + 1);
    v1::BatchEntry& wire = *out.batch.add_entries();
    wire.set_position(entry.position);
    wire.set_record(std::move(entry.entry.record));
  }
  return out;
}

}  // namespace urna::node
