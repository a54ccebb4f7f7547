// The observer's view of logs: invariants 1, 2 and 4 of DESIGN §8, checked from outside the node.

#include <algorithm>

#include "common/trust/sha256.h"
#include "tests/sim/world.h"

namespace urna::sim {

namespace {

std::string_view root_view(const journal::LeafHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

// After every call into an engine. Invariant 2, and the log only ever grows.
void World::observe(Site& site) {
  const std::uint64_t size = must(site.disk->size(journal::LogKind::kElection));
  LogMirror& mirror = *site.mirror;
  mirror.names.insert(must(site.disk->log_id()).str());
  if (size < mirror.ids.size()) violation("4: the log of " + site.name() + " became shorter");
  if (size <= mirror.ids.size()) return;
  for (const journal::StoredEntry& stored :
       must(site.disk->read_election(mirror.ids.size(), SIZE_MAX, SIZE_MAX))) {
    std::shared_ptr<const Told>& told = told_[stored.entry.id];
    if (told == nullptr) told = tell(nation_, stored.entry.record);
    if (!mirror.known.insert(stored.entry.id).second) {
      violation("2: " + site.name() + " holds record " + stored.entry.id.hex() + " twice");
    }
    mirror.append(stored.entry.id, stored.entry.leaf);
    // A commit is there whole or not at all: what an entry needs came with it or before.
    if (!must(site.disk->blob(*Digest::from_bytes(told->key)))) {
      violation("1: " + site.name() + " holds half of a commit: a " +
                std::string(trust::kind_name(told->kind)) + " without its signer's certificate");
    }
    if (!signed_.contains(stored.entry.id)) {
      violation("5: " + site.name() + " holds a " +
                std::string(trust::kind_name(static_cast<trust::Kind>(stored.entry.kind))) +
                " nobody had any right to sign");
    }
    trace([&] {
      return site.name() + " #" + std::to_string(stored.position) + " " +
             std::string(trust::kind_name(told->kind)) + " " + stored.entry.id.hex().substr(0, 8) +
             " of " + stored.entry.unit + " from " + stored.entry.source;
    });
    digest(site.name() + "@" + std::to_string(now_ms_) + "#" + std::to_string(stored.position) +
           ":" + std::to_string(stored.entry.kind) + stored.entry.unit + "<" + stored.entry.source);
  }
}

void World::note_sent(Site& by, const v1::SignedBatch& sealed) {
  v1::Batch batch;
  URNA_CHECK(batch.ParseFromString(sealed.payload()));
  std::vector<RecordId> ids;
  for (const v1::BatchEntry& entry : batch.entries()) {
    ids.push_back(trust::envelope_ids(entry.record())->record);
  }
  check_checkpoint(by, batch.log());
  trace([&] {
    return by.name() + " sends batch " + std::to_string(batch.sequence()) + " of " +
           std::to_string(batch.entries_size()) + " records, read to " +
           std::to_string(batch.scanned_to()) + " of " + std::to_string(batch.log().size());
  });
  sent_batches_[trust::digest_of(sealed.payload()).str()] = std::move(ids);
  if (!calm_ && batch.entries_size() > 0 && random_.chance(30))
    overheard_.emplace_back(by.unit, sealed);
}

// Invariant 1: what a receipt says is true of the disk at the moment it leaves, and stays so.
void World::check_receipt(Site& by, const v1::SignedReceipt& sealed) {
  v1::Receipt receipt;
  URNA_CHECK(receipt.ParseFromString(sealed.payload()));
  check_checkpoint(by, receipt.log());
  if (!receipt.refused().empty()) {
    count("batches refused: " + receipt.refused());
    last_call_took_ = false;
    return;
  }
  const std::vector<RecordId>& ids = sent_batches_.at(receipt.batch());
  if (static_cast<std::size_t>(receipt.outcomes_size()) != ids.size()) {
    return violation("1: a receipt of " + by.name() + " does not answer every record");
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const v1::Outcome& outcome = receipt.outcomes(static_cast<int>(i));
    if (outcome.has_refused()) {
      violation("6: " + by.name() + " refused a record admitted below: " +
                outcome.refused().code() + ", " + outcome.refused().detail());
    }
    if (outcome.has_deferred()) count("deferred");
    check_outcome(by, {0, outcome}, ids[i]);
  }
}

void World::check_outcome(Site& site, const node::LocalOutcome& outcome, const RecordId& id) {
  const v1::Outcome& answer = outcome.outcome;
  if (!answer.has_admitted_at() && !answer.has_duplicate_of()) return;
  const std::uint64_t position =
      answer.has_admitted_at() ? answer.admitted_at() : answer.duplicate_of();
  if (must(site.disk->find(id)) != position) {
    violation("1: " + site.name() + " acknowledged record " + id.hex() + " at " +
              std::to_string(position) + " and does not hold it there");
  }
  promised_.insert(id);
  const auto [known, fresh] = site.acknowledged.emplace(id, position);
  if (!fresh && known->second != position) {
    violation("1: " + site.name() + " promised two positions to one record");
  }
}

// Invariant 4: every checkpoint that leaves a site is the root of what its log begins with.
void World::check_checkpoint(Site& site, const v1::Checkpoint& checkpoint) {
  LogMirror& mirror = *site.mirror;
  if (!mirror.names.contains(checkpoint.log_id())) {
    violation("4: " + site.name() + " signs a checkpoint under an id its log never had");
  }
  if (checkpoint.size() > mirror.leaves.size()) {
    return violation("4: " + site.name() + " signs a checkpoint beyond its durable log");
  }
  if (checkpoint.root() != root_view(mirror.root(checkpoint.size()))) {
    violation("4: " + site.name() + " signs a wrong root at size " +
              std::to_string(checkpoint.size()));
  }
}

// What goes down, to whomever: the checkpoint, and what is said of the centre's log.
void World::check_sent_down(Site& by, const v1::SignedBatch& sealed) {
  v1::Batch batch;
  URNA_CHECK(batch.ParseFromString(sealed.payload()));
  check_checkpoint(by, batch.log());
  for (const v1::CentreNotice& notice : batch.notices()) {
    check_notice(by,
                 {*RecordId::from_bytes(notice.record_id()), notice.log_id(), notice.position()});
  }
}

// Invariant 1 as it is told below: in one of the lives of the centre's log, under that id, the
// record stands there.
void World::check_notice(const Site& by, const journal::Notice& notice) {
  const auto stands_there = [&](const Life& life) {
    return life->names.contains(notice.centre_log_id) && notice.position < life->ids.size() &&
           life->ids[notice.position] == notice.id;
  };
  if (std::ranges::any_of(centre_lives_, stands_there)) return;
  violation("1: " + by.name() + " says of record " + notice.id.hex() +
            " that it is in the centre's log, and it is not");
}

void World::check_notices(Site& site) {
  for (const journal::StoredNotice& stored : must(site.disk->read_notices(0, SIZE_MAX))) {
    check_notice(site, stored.notice);
  }
}

// Invariant 4 over restores and copies, as one peer sees it: what it durably holds of one log id
// never contradicts itself. Each of its greetings shows the receipt it got last.
void World::note_receipt_kept(const Site& holder, const Site& signer, const Life& life,
                              const v1::SignedReceipt& sealed) {
  v1::Receipt receipt;
  URNA_CHECK(receipt.ParseFromString(sealed.payload()));
  if (!receipt.refused().empty()) return;
  check_held({&holder, signer.unit, HeldFrom::kReceipt, receipt.log().log_id()},
             {&signer, life, receipt.log().size()});
}

// Upward the same, after the greeting: it goes out before the sender can have been told.
void World::note_batch_kept(const Site& holder, const Site& signer, const Life& life,
                            const v1::SignedBatch& sealed) {
  v1::Batch batch;
  URNA_CHECK(batch.ParseFromString(sealed.payload()));
  if (batch.sequence() <= 1) return;
  // A peer keeps one memory of a sender: of several that ran under one name it cannot keep each.
  const auto is_of_signer = [&](const auto& copy) { return copy->unit == signer.unit; };
  if (std::ranges::any_of(copies_, is_of_signer)) return;
  // Not everything is remembered: what comes after a restored sender's greeting may be told of, and
  // left alone.
  const auto is_kept = [&](const journal::Cursor& cursor) {
    return cursor.kind == journal::Cursor::Kind::kDownstream && cursor.peer == signer.unit.str() &&
           cursor.log_id == batch.log().log_id() && cursor.size == batch.log().size() &&
           cursor.root == batch.log().root();
  };
  if (!std::ranges::any_of(must(holder.disk->cursors()), is_kept)) return;
  check_held({&holder, signer.unit, HeldFrom::kBatch, batch.log().log_id()},
             {&signer, life, batch.log().size()});
}

// When everybody has met its first upstream again: what a disk holds of the log it follows is what
// that log begins with, as long as it goes by that id. What a disk holds of logs below may be what
// a liar said of them.
void World::check_what_peers_hold() {
  for (const Site* holder : machines()) {
    for (const journal::Cursor& cursor : must(holder->disk->cursors())) {
      if (cursor.kind != journal::Cursor::Kind::kFollowed || cursor.size == 0) continue;
      const Site& signer = site(unit_id(cursor.peer));
      if (holder->upstreams.empty() || holder->upstreams.front() != signer.unit) continue;
      if (must(signer.disk->log_id()).view() != cursor.log_id) continue;
      if (cursor.size <= signer.mirror->ids.size() &&
          root_view(signer.mirror->root(cursor.size)) == cursor.root) {
        continue;
      }
      violation("4: " + holder->name() + " holds a checkpoint of " + std::to_string(cursor.size) +
                " entries with which the log of " + signer.name() + " does not begin");
    }
  }
}

void World::check_held(const HeldKey& key, const Held& fresh) {
  std::vector<Held>& all = held_[key];
  for (Held& one : all) {
    if (one.life == fresh.life) {
      one.size = std::max(one.size, fresh.size);
      return;
    }
    const std::uint64_t common = std::min(one.size, fresh.size);
    if (one.life->root(common) == fresh.life->root(common)) continue;
    violation("4: " + fresh.signer->name() + " shows " + std::get<0>(key)->name() +
              " two logs under one id, of " + std::to_string(one.size) + " and " +
              std::to_string(fresh.size) + " entries");
  }
  all.push_back(fresh);
}

// What two machines' logs differed in when everybody began to meet their peers again, these have
// noticed by now: no two of them go on under one log id.
void World::check_forks() {
  for (const auto& copy : copies_) {
    if (copy->scrapped || !copy->up()) continue;
    // They may have shared no peer, until just now perhaps.
    const auto had_copy = [&](const model::UnitId& unit) {
      return std::ranges::any_of(copies_, [&](const auto& one) { return one->unit == unit; });
    };
    if (std::ranges::any_of(copy->upstreams, had_copy)) continue;
    for (Site* other : machines_of(copy->unit)) {
      if (other == copy.get() || !other->up()) continue;
      if (must(other->disk->log_id()) != must(copy->disk->log_id())) continue;
      const std::uint64_t met = std::min(sizes_when_met_[copy.get()], sizes_when_met_[other]);
      if (copy->mirror->root(met) == other->mirror->root(met)) continue;
      violation("4: " + copy->name() + " and its original go on under one log id");
    }
  }
}

void World::check_promises(Site& site) {
  for (const auto& [id, position] : site.acknowledged) {
    if (must(site.disk->find(id)) != position) {
      violation("1: " + site.name() + " lost the acknowledged record " + id.hex());
    }
  }
}

// Invariant 4 once more, from the disk: the log is the one of which every root was shown, leaf by
// leaf, and each leaf is that of its record.
void World::check_history(Site& site) {
  const std::uint64_t size = must(site.disk->size(journal::LogKind::kElection));
  const auto leaves = must(site.disk->leaves(journal::LogKind::kElection, 0, size));
  if (leaves != site.mirror->leaves) {
    violation("4: the log of " + site.name() + " is no longer what it was");
  }
  std::size_t position = 0;
  for (const journal::StoredEntry& stored : must(site.disk->read_election(0, SIZE_MAX, SIZE_MAX))) {
    const auto input = trust::sha256({stored.entry.record});
    const auto leaf =
        trust::sha256({std::string_view("\0", 1), root_view(input), stored.entry.id.view()});
    if (leaf != leaves[position++]) {
      violation("4: leaf " + std::to_string(stored.position) + " of " + site.name() +
                " is not that of its record");
    }
  }
}

}  // namespace urna::sim
