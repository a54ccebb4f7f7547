// What comes in: batches from peers, and records made here.

#include <algorithm>

#include "common/base/check.h"
#include "common/model/strict.h"
#include "common/node/core.h"
#include "common/node/twin.h"
#include "common/trust/certificate_book.h"
#include "common/trust/sha256.h"

namespace urna::node {

namespace {

// Refusals remembered so that the same bytes are not logged twice.
constexpr std::size_t kRefusalsRememberedMax = 65'536;
// Bytes of a refused record that are kept for inspection.
constexpr std::size_t kRefusedBytesMax = 64 * 1024;

v1::Outcome deferred(const std::vector<Digest>& missing) {
  v1::Outcome outcome;
  for (const Digest& digest : missing) outcome.mutable_deferred()->add_missing(digest.str());
  return outcome;
}

v1::Outcome duplicate(std::uint64_t position) {
  v1::Outcome outcome;
  outcome.set_duplicate_of(position);
  return outcome;
}

// Does an upstream come with another log than the one `known` of it, or begin again at entries it
// has sent already? Then it has lost what came after them.
bool begins_over(const InboundBatch& batch, const journal::Cursor& known) {
  if (known.log_id != batch.log.log_id() || batch.scanned_to < known.position) return true;
  return !batch.entries.empty() && batch.entries.front().position < known.position;
}

}  // namespace

void Core::on_batch(InboundBatch batch, Actions& actions) {
  now_ms_ = batch.at_ms;
  // What was on its way when this stream was given up must not move the cursor past what is
  // missing.
  if (halted_.contains(batch.session)) return;
  const auto followed = following_.find(batch.session);
  const bool following = followed != following_.end();
  if (batch.receiver_log == PrefixVerdict::kUnreadable) {
    actions.closes.push_back({batch.session, std::string(kUnreadable)});
    return;
  }
  if (following && batch.refusal == BatchRefusal::kNone && batch.log.log_id().size() != 16) {
    batch.refusal = BatchRefusal::kMalformed;
    batch.detail = "the batch names no log";
  }
  // Who is asked downward could only say no, again and again.
  if (following && batch.refusal == BatchRefusal::kNone &&
      std::ranges::any_of(batch.entries,
                          [](const auto& entry) { return entry.named.has_value(); })) {
    batch.refusal = BatchRefusal::kMalformed;
    batch.detail = "records are named that should have been sent";
  }
  const std::string& peer = following ? followed->second : batch.sender;
  if (batch.refusal == BatchRefusal::kNone &&
      projection_.is_revoked(batch.sender_key, batch.sender)) {
    batch.refusal = BatchRefusal::kRevoked;
    batch.detail = "the sender's certificate is revoked";
  }
  if (batch.refusal == BatchRefusal::kNone && !following && !serves(batch.sender)) {
    batch.refusal = BatchRefusal::kNotAuthorised;
    batch.detail = batch.sender + " does not lie under " + config_.unit.str();
  }
  const bool keeps = following || (batch.refusal == BatchRefusal::kNone && !batch.from_medium &&
                                   is_newest_stream(batch));
  v1::Receipt receipt = answer(batch, {peer, !following, keeps}, actions);
  if (following) {
    follow_progress(batch, peer, receipt, actions);
  } else {
    pending_.plan.receipts.push_back({batch.session, std::move(receipt)});
  }
  begin_commit(actions);
}

// What comes late on a stream that its sender has replaced may be of a disk that is lost since, and
// what comes without a greeting before it may be repeated by anybody.
bool Core::is_newest_stream(const InboundBatch& batch) {
  SessionId& newest = newest_streams_[batch.sender];
  if (batch.sequence <= 1) newest = std::max(newest, batch.session);
  return newest == batch.session;
}

v1::Receipt Core::answer(InboundBatch& batch, const Origin& from, Actions& actions) {
  v1::Receipt receipt;
  receipt.set_election(config_.election.str());
  receipt.set_receiver(config_.unit.str());
  receipt.set_sender(batch.sender);
  receipt.set_sequence(batch.sequence);
  receipt.set_batch(batch.payload_digest.str());
  receipt.set_created_at_ms(batch.at_ms);
  receipt.set_centre(config_.is_centre);
  if (batch.refusal != BatchRefusal::kNone) {
    quarantine(batch);
    receipt.set_refused(std::string(batch_refusal_name(batch.refusal)));
  } else {
    if (batch.fresh_log_id && is_of_another_life(batch.receiver_log, batch.receiver_log_id)) {
      mint_log_id(*batch.fresh_log_id, kForked, actions, batch.receiver_log_id);
    }
    for (journal::StoredBlob& part : batch.parts) {
      if (!stored_blobs_.contains(part.digest)) book_.offer(part.digest, std::move(part.bytes));
    }
    for (InboundEntry& entry : batch.entries) {
      *receipt.add_outcomes() = entry.named ? answer_for(*entry.named)
                                            : take_in(std::move(entry.opened), entry.bytes, from);
    }
    keep_parts();
  }
  if (from.below && !batch.from_medium && batch.refusal == BatchRefusal::kNone) {
    remember_sender(batch, receipt);
  }
  receipt.mutable_log()->set_log_id(log_id_.str());
  receipt.mutable_log()->set_size(staged_.size());
  const journal::LeafHash root = staged_.root();
  receipt.mutable_log()->set_root(root.data(), root.size());
  return receipt;
}

// A sender is told what is remembered of its log: in the answer to its greeting, and again when
// another stream has brought more of that log since. It is replaced only on a stream on which that
// log was told, and by more of it or by another: a restored sender begins with less, or under the
// id of a life before, and must learn of it even when the first answer is lost or an old batch
// comes once more. What another stream brought since is told and replaced at once: waiting until
// it was heard would leave what is remembered too short to show two machines under one id that
// they are two.
void Core::remember_sender(const InboundBatch& batch, v1::Receipt& receipt) {
  Told& told = told_[batch.session];
  if (const auto known = cursors_.find({batch.sender, journal::Cursor::Kind::kDownstream});
      known != cursors_.end()) {
    const journal::Cursor& memory = known->second;
    const bool same_log = memory.log_id == batch.log.log_id();
    const bool greeting = batch.sequence <= 1;
    if (greeting || (same_log && (told.log_id != memory.log_id || told.size != memory.size))) {
      receipt.mutable_sender_log()->set_log_id(memory.log_id);
      receipt.mutable_sender_log()->set_size(memory.size);
      receipt.mutable_sender_log()->set_root(memory.root);
    }
    const bool was_told = told.log_id == memory.log_id;
    if (greeting || same_log) told = {memory.log_id, memory.size};
    if (greeting || !was_told || (same_log && batch.log.size() <= memory.size)) return;
  }
  if (batch.log.log_id().size() != 16) return;
  told = {batch.log.log_id(), batch.log.size()};
  set_cursor({batch.sender, journal::Cursor::Kind::kDownstream, batch.log.log_id(),
              batch.scanned_to, batch.log.size(), batch.log.root(), 0});
}

void Core::quarantine(const InboundBatch& batch) {
  ++counters_.batches_quarantined;
  ++counters_.quarantined_by_code[std::string(batch_refusal_name(batch.refusal))];
  v1::OperationsEntry entry;
  v1::BatchQuarantined& quarantined = *entry.mutable_batch_quarantined();
  quarantined.set_from(batch.sender);
  quarantined.set_code(std::string(batch_refusal_name(batch.refusal)));
  quarantined.set_detail(batch.detail);
  quarantined.set_payload_sha256(batch.payload_digest.str());
  quarantined.set_payload_bytes(batch.payload_bytes);
  log_operation(std::move(entry));
}

void Core::on_local(LocalRecord record, Actions& actions) {
  now_ms_ = record.at_ms;
  for (journal::StoredBlob& part : record.parts) book_.offer(part.digest, std::move(part.bytes));
  v1::Outcome outcome =
      take_in(std::move(record.opened), record.bytes, {config_.unit.str(), false, true});
  keep_parts();
  pending_.plan.outcomes.push_back({record.ticket, std::move(outcome)});
  begin_commit(actions);
}

// A record that is only named: the sender brings it when it is not here.
v1::Outcome Core::answer_for(const RecordId& named) {
  for (const auto* known : {&positions_, &staged_positions_}) {
    if (const auto found = known->find(named); found != known->end()) {
      ++counters_.duplicates;
      return duplicate(found->second);
    }
  }
  return deferred({Digest{named.bytes}});
}

v1::Outcome Core::take_in(trust::Opened opened, const Bytes& bytes, const Origin& from) {
  if (const auto* missing = std::get_if<trust::MissingCertificate>(&opened)) {
    ++counters_.deferred;
    return deferred({Digest{missing->key_id.bytes}});
  }
  if (auto* refused = std::get_if<trust::Refused>(&opened)) {
    return refuse(bytes, from.peer, {refused->code, std::move(refused->detail), {}});
  }
  auto& record = std::get<trust::OpenedRecord>(opened);
  for (const auto* known : {&positions_, &staged_positions_}) {
    if (const auto found = known->find(record.id); found != known->end()) {
      const bool from_before = found->second < durable_.size() - counters_.admitted;
      if (from_before && broken(Twin::kDuplicateAfterRestart)) break;
      ++counters_.duplicates;
      return duplicate(found->second);
    }
  }
  // What is refused is kept for inspection, and its record is gone by then.
  Bytes own = std::move(record.bytes);
  Verdict verdict = judge(std::move(record), book_);
  if (auto* no = std::get_if<NotAdmissible>(&verdict))
    return refuse(own, from.peer, std::move(*no));
  if (const auto* later = std::get_if<Deferred>(&verdict)) {
    ++counters_.deferred;
    return deferred(later->missing);
  }
  auto& admissible = std::get<Admissible>(verdict);
  admissible.record.bytes = std::move(own);
  return stage(std::move(admissible), from);
}

// Who is taken to have a record is not sent it. Below, that is who brought what was signed at or
// below it: others' decisions may have been brought by somebody who has only its key.
bool Core::surely_has(const Origin& from, const trust::OpenedRecord& record) const {
  if (!from.below) return from.keeps;
  const auto peer = model::UnitId::parse(from.peer);
  return from.keeps && peer && book_.lies_under(record.certificate->subject.unit, *peer);
}

v1::Outcome Core::stage(Admissible admissible, const Origin& from) {
  trust::OpenedRecord& record = admissible.record;
  const std::string source = surely_has(from, record) ? from.peer : config_.unit.str();
  const std::uint64_t position = staged_.size();
  const journal::LeafHash leaf = journal::record_leaf(record.bytes, record.id);
  staged_.append(leaf);
  staged_positions_.emplace(record.id, position);
  const bool new_definition =
      admissible.definition && book_.find(admissible.definition->id()) == nullptr;
  if (admissible.definition) book_.add(admissible.definition, signer_of(record));

  const Digest certificate{record.certificate->id.bytes};
  if (stored_blobs_.insert(certificate).second) {
    pending_.plan.commit.blobs.push_back({certificate, record.certificate->der});
  }
  journal::ElectionEntry entry;
  entry.id = record.id;
  entry.leaf = leaf;
  entry.record = std::move(record.bytes);
  entry.kind = static_cast<std::uint8_t>(record.kind);
  entry.source = source;
  if (const auto unit = unit_spoken_of(admissible)) {
    entry.unit = unit->str();
    entry.voivodeship = book_.voivodeship_of(*unit);
  }
  std::string unit = entry.unit;
  pending_.plan.commit.election.push_back(std::move(entry));
  pending_.records.push_back(
      {position, std::move(admissible), std::move(unit), source, new_definition});

  v1::Outcome outcome;
  outcome.set_admitted_at(position);
  return outcome;
}

v1::Outcome Core::refuse(const Bytes& bytes, const std::string& source, NotAdmissible why) {
  ++counters_.refused;
  const std::string code(trust::refusal_code_name(why.code));
  ++counters_.refused_by_code[code];
  if (refused_logged_.size() >= kRefusalsRememberedMax) refused_logged_.clear();
  if (refused_logged_.insert(trust::digest_of(bytes)).second) {
    v1::OperationsEntry entry;
    v1::RecordRefused& refused = *entry.mutable_record_refused();
    refused.set_from(source);
    if (const auto ids = trust::envelope_ids(bytes)) refused.set_record_id(ids->record.str());
    refused.set_code(code);
    refused.set_detail(why.detail);
    refused.set_record(bytes.substr(0, kRefusedBytesMax));
    log_operation(std::move(entry));
  }
  v1::Outcome outcome;
  v1::Refusal& refusal = *outcome.mutable_refused();
  refusal.set_code(code);
  refusal.set_detail(why.detail);
  for (const validation::Finding& finding : why.findings) {
    v1::Finding& out = *refusal.add_findings();
    out.set_code(finding.code);
    out.set_severity(static_cast<v1::Severity>(finding.severity));
    for (const std::string& point : finding.points) out.add_points(point);
  }
  return outcome;
}

void Core::keep_parts() {
  for (const Digest& digest : book_.settle_offered()) {
    if (!stored_blobs_.insert(digest).second) continue;
    pending_.plan.commit.blobs.push_back({digest, *book_.part(digest)});
    pending_.parts_came = true;
  }
}

void Core::follow_progress(const InboundBatch& batch, const std::string& upstream,
                           const v1::Receipt& receipt, Actions& actions) {
  if (batch.refusal != BatchRefusal::kNone) {
    halted_.insert(batch.session);
    actions.closes.push_back(
        {batch.session, "a batch from " + upstream + " was refused: " + batch.detail});
    return;
  }
  std::uint64_t seen_to = batch.scanned_to;
  std::vector<Digest> wanted;
  for (int i = 0; i < receipt.outcomes_size(); ++i) {
    if (!receipt.outcomes(i).has_deferred()) continue;
    seen_to = std::min(seen_to, batch.entries[static_cast<std::size_t>(i)].position);
    for (const std::string& digest : receipt.outcomes(i).deferred().missing()) {
      wanted.push_back(*Digest::from_bytes(digest));
    }
  }
  const auto found = cursors_.find({upstream, journal::Cursor::Kind::kFollowed});
  const journal::Cursor* known = found == cursors_.end() ? nullptr : &found->second;
  if (known != nullptr && begins_over(batch, *known)) give_again(upstream);
  take_notices(batch);
  // Notices of records that could not be taken in come again with them.
  std::uint64_t notices_to = batch.notices_to;
  if (!wanted.empty()) notices_to = known == nullptr ? 0 : known->notices;
  set_cursor({upstream, journal::Cursor::Kind::kFollowed, batch.log.log_id(), seen_to,
              batch.log.size(), batch.log.root(), notices_to});
  if (wanted.empty()) {
    follow_wanted_.erase(upstream);
    return;
  }
  follow_wanted_[upstream] = std::move(wanted);
  halted_.insert(batch.session);
  actions.closes.push_back({batch.session, "parts are missing; asking " + upstream + " again"});
}

// An upstream that begins over may have lost what it got from here, too.
void Core::give_again(const std::string& upstream) {
  refill(upstream);
  const auto known = cursors_.find({upstream, journal::Cursor::Kind::kUpstream});
  if (known != cursors_.end()) {
    journal::Cursor cursor = known->second;
    cursor.position = 0;
    set_cursor(std::move(cursor));
  }
  for (auto& [session, outlet] : outlets_) {
    if (!outlet.upward || outlet.peer != upstream) continue;
    outlet.next = 0;
    outlet.retries.clear();
  }
}

void Core::take_notices(const InboundBatch& batch) {
  for (const v1::CentreNotice& notice : batch.notices) {
    const auto id = RecordId::from_bytes(notice.record_id());
    if (!id || notice.log_id().size() != 16) continue;
    // Of what is here only: a peer cannot fill the memory with notices of nothing.
    if (!positions_.contains(*id) && !staged_positions_.contains(*id)) continue;
    add_notice({*id, notice.log_id(), notice.position()});
  }
}

void Core::add_notice(journal::Notice notice) {
  if (!notices_.emplace(notice.id, notice).second) return;
  pending_.plan.commit.notices.push_back(std::move(notice));
}

// A peer remembers what this log never was: another root, or an id it never had. Then this node is
// a copy, or was restored from before that id was minted. An empty `log_id`: the peer named none.
bool Core::is_of_another_life(PrefixVerdict verdict, std::string_view log_id) const {
  if (verdict != PrefixVerdict::kUnknown) return verdict == PrefixVerdict::kNotPrefix;
  const auto id = LogId::from_bytes(log_id);
  if (broken(Twin::kUnknownIdBelieved)) return false;
  return id && !own_ids_.contains(*id);
}

void Core::on_restored_copy(const LogId& fresh, std::uint64_t at_ms, Actions& actions) {
  now_ms_ = at_ms;
  mint_log_id(fresh, "put back from a copy", actions);
  begin_commit(actions);
}

// This node's log is not the one its peers remember: it goes on under a new id, and everybody
// starts again from zero, which is harmless.
void Core::mint_log_id(const LogId& fresh, std::string_view why, Actions& actions,
                       std::string_view told_of) {
  if (pending_.plan.commit.new_log_id || broken(Twin::kNoNewLogId)) return;
  v1::OperationsEntry minted;
  minted.mutable_log_id_minted()->set_before(log_id_.str());
  minted.mutable_log_id_minted()->set_after(fresh.str());
  log_operation(minted);
  // What a peer told of is answered by this, and is no cause for another: the peer keeps telling
  // until it has seen something of the log under its new id.
  if (const auto other = LogId::from_bytes(told_of); other && *other != log_id_) {
    minted.mutable_log_id_minted()->set_before(other->str());
    log_operation(minted);
    pending_.told_of = other;
  }
  log_id_ = fresh;
  pending_.plan.commit.new_log_id = fresh;
  v1::OperationsEntry entry;
  entry.mutable_event()->set_code("log_id_minted");
  entry.mutable_event()->set_text(std::string(why) + "; continuing as " + fresh.hex());
  log_operation(std::move(entry));
  for (const auto& [session, outlet] : outlets_) {
    actions.closes.push_back({session, "the log continues under a new id"});
  }
  // What came down before may be lost as well: it is asked for again from the start. With that goes
  // what would have shown that an upstream lost something, so it is given all that came from it.
  for (const auto& [key, cursor] : std::map(cursors_)) {
    if (key.second != journal::Cursor::Kind::kFollowed) continue;
    set_cursor({key.first, key.second, cursor.log_id, 0, 0, {}, 0});
    refill(key.first);
  }
  for (const auto& [session, upstream] : following_) {
    halted_.insert(session);
    actions.closes.push_back({session, "the log continues under a new id"});
  }
}

}  // namespace urna::node
