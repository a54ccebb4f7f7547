#include "common/node/core.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/node/twin.h"
#include "common/trust/certificate_book.h"
#include "common/trust/sha256.h"

namespace urna::node {

std::string_view batch_refusal_name(BatchRefusal refusal) {
  switch (refusal) {
    case BatchRefusal::kNone: return "";
    case BatchRefusal::kMalformed: return "malformed";
    case BatchRefusal::kBadSignature: return "bad_signature";
    case BatchRefusal::kUntrusted: return "certificate_untrusted";
    case BatchRefusal::kWrongElection: return "wrong_election";
    case BatchRefusal::kWrongSender: return "wrong_sender";
    case BatchRefusal::kNotAuthorised: return "not_authorised";
    case BatchRefusal::kRevoked: return "revoked";
    case BatchRefusal::kTooLarge: return "too_large";
  }
  return "malformed";
}

Core::Core(CoreConfig config)
    : config_(std::move(config)), book_(config_.election), projection_(book_) {}

// ---- start ----

void Core::restore_part(const journal::StoredBlob& part) {
  stored_blobs_.insert(part.digest);
  book_.restore(part.digest, part.bytes);
}

void Core::restore_log(const LogId& log_id, const journal::Frontier& frontier) {
  log_id_ = durable_log_id_ = log_id;
  own_ids_.insert(log_id);
  durable_ = staged_ = frontier;
}

bool Core::restore_entry(std::uint64_t position, trust::Kind kind, const RecordId& id,
                         const std::string& unit, const std::string& source) {
  if (positions_.contains(id)) return false;
  remember(position, kind, id, unit, source);
  return true;
}

Result<void> Core::restore_record(std::uint64_t position, trust::OpenedRecord record) {
  const auto known = positions_.find(record.id);
  Verdict verdict = judge(std::move(record), book_);
  auto* admissible = std::get_if<Admissible>(&verdict);
  if (admissible == nullptr || known == positions_.end() || known->second != position) {
    return fail(ErrorCode::kCorrupt,
                "entry " + std::to_string(position) +
                    " of the election log could not have been admitted with the parts stored here");
  }
  // What the store says beside a record decides who is given it.
  const auto unit = unit_spoken_of(*admissible);
  const std::string spoken_of = unit ? unit->str() : std::string();
  if (const std::string& filed = names_[meta_[position].unit]; filed != spoken_of) {
    return fail(ErrorCode::kCorrupt, "entry " + std::to_string(position) +
                                         " of the election log is filed under unit '" + filed +
                                         "' and speaks of '" + spoken_of + "'");
  }
  if (admissible->definition) {
    book_.add(admissible->definition, signer_of(admissible->record));
    manifest_positions_.emplace(admissible->definition->id(), position);
  }
  stored_blobs_.insert(Digest{admissible->record.certificate->id.bytes});
  projection_.take_in(*admissible);
  ++known_records_;
  return {};
}

void Core::restore_cursor(const journal::Cursor& cursor) {
  cursors_[{cursor.peer, cursor.kind}] = cursor;
  durable_cursors_[{cursor.peer, cursor.kind}] = cursor;
}

void Core::restore_notice(const journal::Notice& notice) {
  if (notices_.emplace(notice.id, notice).second) notice_order_.push_back(notice.id);
}

void Core::restore_receipt(const std::string& upstream, Bytes signed_receipt) {
  last_receipt_[upstream] = durable_last_receipt_[upstream] = std::move(signed_receipt);
}

void Core::restore_refused_above(std::uint64_t position, const std::string& code) {
  refused_upstream_[position] = durable_refused_upstream_[position] = code;
}

void Core::restored() {
  URNA_CHECK(meta_.size() == durable_.size());
  projection_.parts_changed();
  projection_.settle();
}

void Core::made_whole() {
  URNA_CHECK(known_records_ == durable_.size());
  whole_ = true;
  projection_.settle();
}

// ---- commits ----

bool Core::idle() const {
  return !in_flight_ && pending_.plan.commit.empty() && pending_.plan.receipts.empty() &&
         pending_.plan.operations.empty() && pending_.plan.outcomes.empty();
}

void Core::begin_commit(Actions& actions, bool for_cursors) {
  const bool nothing = idle() && !(for_cursors && !changed_cursors_.empty());
  if (in_flight_ || nothing) return;
  in_flight_ = std::exchange(pending_, Step{});
  in_flight_->after = staged_;
  CommitPlan& plan = in_flight_->plan;
  plan.commit.election_base = durable_.size();
  for (auto& [key, cursor] : changed_cursors_) plan.commit.cursors.push_back(cursor);
  changed_cursors_.clear();
  // The driver takes the plan; what is needed afterwards stays here.
  CommitPlan kept;
  kept.commit.cursors = plan.commit.cursors;
  kept.commit.notices = plan.commit.notices;
  kept.commit.new_log_id = plan.commit.new_log_id;
  for (const journal::StoredBlob& blob : plan.commit.blobs)
    kept.commit.blobs.push_back({blob.digest, {}});
  actions.commit = std::exchange(plan, std::move(kept));
}

void Core::on_committed(bool ok, Actions& actions) {
  URNA_CHECK(in_flight_.has_value());
  if (!ok) {
    ++counters_.commits_failed;
    drop_staged();
    return;
  }
  const Step step = std::move(*in_flight_);
  in_flight_.reset();
  if (step.plan.commit.new_log_id) {
    durable_log_id_ = *step.plan.commit.new_log_id;
    own_ids_.insert(durable_log_id_);
  }
  if (step.told_of) own_ids_.insert(*step.told_of);
  for (const journal::Cursor& cursor : step.plan.commit.cursors) {
    const CursorKey key{cursor.peer, cursor.kind};
    durable_cursors_[key] = cursor;
    // Unless one more was asked for while this one was written.
    if (cursor.kind == journal::Cursor::Kind::kRefill && cursor == cursors_[key]) {
      refilling_.erase(cursor.peer);
    }
  }
  for (const auto& [upstream, receipt] : step.receipts) durable_last_receipt_[upstream] = receipt;
  for (const auto& [position, code] : step.refused_above) {
    durable_refused_upstream_[position] = code;
  }
  if (!step.records.empty()) changed_at_ms_ = now_ms_;
  for (const Staged& staged : step.records) apply(staged, actions);
  durable_ = step.after;
  for (const journal::Notice& notice : step.plan.commit.notices) notice_order_.push_back(notice.id);
  if (step.parts_came) {
    projection_.parts_changed();
    queue_late_parts();
  }
  projection_.settle();
  begin_commit(actions);
  wake_all(actions);
}

// A commit failed: whatever was not durable never happened. The driver closes every stream, so
// peers come back and send again.
void Core::drop_staged() {
  const auto forget = [this](const Step& step) {
    for (const Staged& staged : step.records) {
      if (staged.new_definition) book_.remove(staged.record.definition->id());
    }
    for (const journal::StoredBlob& blob : step.plan.commit.blobs) {
      stored_blobs_.erase(blob.digest);
      book_.forget(blob.digest);
    }
    for (const journal::Notice& notice : step.plan.commit.notices) notices_.erase(notice.id);
  };
  forget(*in_flight_);
  forget(pending_);
  in_flight_.reset();
  pending_ = Step{};
  staged_ = durable_;
  staged_positions_.clear();
  log_id_ = durable_log_id_;
  cursors_ = durable_cursors_;
  changed_cursors_.clear();
  last_receipt_ = durable_last_receipt_;
  refused_upstream_ = durable_refused_upstream_;
  refused_logged_.clear();
  refilling_.clear();
  outlets_.clear();
  following_.clear();
  halted_.clear();
}

void Core::apply(const Staged& staged, Actions& actions) {
  const trust::OpenedRecord& record = staged.record.record;
  staged_positions_.erase(record.id);
  remember(staged.position, record.kind, record.id, staged.unit, staged.source);
  if (staged.record.definition) {
    manifest_positions_.emplace(staged.record.definition->id(), staged.position);
  }
  projection_.take_in(staged.record);
  ++known_records_;
  ++counters_.admitted;
  ++counters_.admitted_by_kind[record.kind];
  if (record.kind == trust::Kind::kRevocation) {
    actions.revoked.push_back(*KeyId::from_bytes(record.body->revocation().key_id()));
  }
}

void Core::remember(std::uint64_t position, trust::Kind kind, const RecordId& id,
                    const std::string& unit, const std::string& source) {
  URNA_CHECK(position == meta_.size());
  const bool fresh = positions_.emplace(id, position).second;
  URNA_CHECK(fresh || broken(Twin::kDuplicateAfterRestart));
  meta_.push_back({kind, intern(unit), intern(source)});
}

std::uint32_t Core::intern(const std::string& name) {
  const auto [found, fresh] = name_index_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (fresh) names_.push_back(name);
  return found->second;
}

bool Core::set_cursor(journal::Cursor cursor) {
  if (cursor.size == 0) cursor.root.clear();
  const CursorKey key{cursor.peer, cursor.kind};
  journal::Cursor& known = cursors_[key];
  if (known == cursor) return false;
  known = cursor;
  changed_cursors_[key] = std::move(cursor);
  return true;
}

void Core::log_operation(v1::OperationsEntry entry) {
  entry.set_at_ms(now_ms_);
  pending_.plan.operations.push_back(std::move(entry));
}

// ---- questions ----

v1::Checkpoint Core::checkpoint() const {
  v1::Checkpoint checkpoint;
  checkpoint.set_log_id(log_id_.str());
  checkpoint.set_size(durable_.size());
  const journal::LeafHash root = durable_.root();
  checkpoint.set_root(root.data(), root.size());
  return checkpoint;
}

std::optional<std::uint64_t> Core::position_of(const RecordId& id) const {
  const auto found = positions_.find(id);
  if (found == positions_.end()) return std::nullopt;
  return found->second;
}

std::optional<journal::Notice> Core::centre_notice(const RecordId& id) const {
  const auto found = notices_.find(id);
  if (found == notices_.end()) return std::nullopt;
  return found->second;
}

std::uint64_t Core::settled_at(const std::string& upstream) const {
  const auto found = cursors_.find({upstream, journal::Cursor::Kind::kUpstream});
  if (found == cursors_.end() || found->second.log_id != log_id_.view()) return 0;
  return found->second.position;
}

std::uint64_t Core::settled_anywhere() const {
  std::uint64_t most = 0;
  for (const auto& [key, cursor] : cursors_) {
    if (key.second == journal::Cursor::Kind::kUpstream && cursor.log_id == log_id_.view()) {
      most = std::max(most, cursor.position);
    }
  }
  return most;
}

bool Core::serves(const std::string& unit) const {
  const auto id = model::UnitId::parse(unit);
  if (!id) return false;
  // Without a definition nothing can be admitted but a definition, which judges itself.
  return !has_definition() || book_.lies_under(*id, config_.unit);
}

}  // namespace urna::node
