// The observer: DESIGN §8's invariants, checked from outside the node.

#include <algorithm>

#include "common/trust/sha256.h"
#include "tests/sim/world.h"

namespace urna::sim {

namespace {

std::string_view root_view(const journal::LeafHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The statements of protocols in a log about places under a unit.
std::set<StatementId> protocols_in(Site& site, const Nation& nation, const model::UnitId& area) {
  std::set<StatementId> statements;
  for (const journal::StoredEntry& stored : must(site.disk->read_election(0, SIZE_MAX, SIZE_MAX))) {
    if (static_cast<trust::Kind>(stored.entry.kind) != trust::Kind::kProtocol) continue;
    if (!nation.lies_under(unit_id(stored.entry.unit), area)) continue;
    v1::SignedRecord record;
    v1::Payload payload;
    URNA_CHECK(record.ParseFromString(stored.entry.record) &&
               payload.ParseFromString(record.payload()));
    statements.insert(trust::statement_of(payload.body()));
  }
  return statements;
}

}  // namespace

// After every call into an engine. Invariant 2, and the log only ever grows.
void World::observe(Site& site) {
  const std::uint64_t size = must(site.disk->size(journal::LogKind::kElection));
  LogMirror& mirror = site.mirror;
  if (size < mirror.ids.size()) violation("4: the log of " + site.unit.str() + " became shorter");
  if (size <= mirror.ids.size()) return;
  for (const journal::StoredEntry& stored :
       must(site.disk->read_election(mirror.ids.size(), SIZE_MAX, SIZE_MAX))) {
    mirror.ids.push_back(stored.entry.id);
    mirror.leaves.push_back(stored.entry.leaf);
    if (!mirror.known.insert(stored.entry.id).second) {
      violation("2: " + site.unit.str() + " holds record " + stored.entry.id.hex() + " twice");
    }
    digest(site.unit.str() + "@" + std::to_string(now_ms_) + "#" + std::to_string(stored.position) +
           ":" + std::to_string(stored.entry.kind) + stored.entry.unit + "<" + stored.entry.source);
  }
}

void World::note_sent(const v1::SignedBatch& sealed) {
  v1::Batch batch;
  URNA_CHECK(batch.ParseFromString(sealed.payload()));
  std::vector<RecordId> ids;
  for (const v1::BatchEntry& entry : batch.entries()) {
    ids.push_back(trust::envelope_ids(entry.record())->record);
  }
  check_checkpoint(site(unit_id(batch.sender())), batch.log());
  sent_batches_[trust::digest_of(sealed.payload()).str()] = std::move(ids);
}

// Invariant 1: what a receipt says is true of the disk at the moment it leaves, and stays so.
void World::check_receipt(Site& by, const v1::SignedReceipt& sealed) {
  v1::Receipt receipt;
  URNA_CHECK(receipt.ParseFromString(sealed.payload()));
  check_checkpoint(by, receipt.log());
  if (!receipt.refused().empty()) {
    count("batches refused: " + receipt.refused());
    return;
  }
  const std::vector<RecordId>& ids = sent_batches_.at(receipt.batch());
  if (static_cast<std::size_t>(receipt.outcomes_size()) != ids.size()) {
    return violation("1: a receipt of " + by.unit.str() + " does not answer every record");
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const v1::Outcome& outcome = receipt.outcomes(static_cast<int>(i));
    if (outcome.has_refused()) {
      violation("6: " + by.unit.str() + " refused a record admitted below: " +
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
    violation("1: " + site.unit.str() + " acknowledged record " + id.hex() + " at " +
              std::to_string(position) + " and does not hold it there");
  }
  const auto [known, fresh] = site.acknowledged.emplace(id, position);
  if (!fresh && known->second != position) {
    violation("1: " + site.unit.str() + " promised two positions to one record");
  }
}

// Invariant 4: every checkpoint that leaves a site is the root of what its log begins with.
void World::check_checkpoint(Site& site, const v1::Checkpoint& checkpoint) {
  LogMirror& mirror = site.mirror;
  if (checkpoint.size() > mirror.leaves.size()) {
    return violation("4: " + site.unit.str() + " signs a checkpoint beyond its durable log");
  }
  const auto [found, fresh] = mirror.roots.try_emplace(checkpoint.size());
  if (fresh) found->second = naive_root(mirror.leaves, 0, checkpoint.size());
  if (checkpoint.root() != root_view(found->second)) {
    violation("4: " + site.unit.str() + " signs a wrong root at size " +
              std::to_string(checkpoint.size()));
  }
}

void World::check_promises(Site& site) {
  for (const auto& [id, position] : site.acknowledged) {
    if (must(site.disk->find(id)) != position) {
      violation("1: " + site.unit.str() + " lost the acknowledged record " + id.hex());
    }
  }
}

// Invariant 4 once more, from the disk: the log still has every root it ever showed.
void World::check_history(Site& site) {
  const std::uint64_t size = must(site.disk->size(journal::LogKind::kElection));
  const auto leaves = must(site.disk->leaves(journal::LogKind::kElection, 0, size));
  for (const auto& [at, root] : site.mirror.roots) {
    if (at > size || naive_root(leaves, 0, at) != root) {
      violation("4: the log of " + site.unit.str() + " no longer has its root of size " +
                std::to_string(at));
    }
  }
  std::size_t position = 0;
  for (const journal::StoredEntry& stored : must(site.disk->read_election(0, SIZE_MAX, SIZE_MAX))) {
    const auto input = trust::sha256({stored.entry.record});
    const auto leaf =
        trust::sha256({std::string_view("\0", 1), root_view(input), stored.entry.id.view()});
    if (leaf != leaves[position++]) {
      violation("4: leaf " + std::to_string(stored.position) + " of " + site.unit.str() +
                " is not that of its record");
    }
  }
}

Oracle World::oracle_of(Site& site) {
  Oracle oracle(nation_, [this](const StatementId& id) { return papers_.blocking(id); });
  for (const journal::StoredEntry& stored : must(site.disk->read_election(0, SIZE_MAX, SIZE_MAX))) {
    v1::SignedRecord record;
    v1::Payload payload;
    URNA_CHECK(record.ParseFromString(stored.entry.record) &&
               payload.ParseFromString(record.payload()));
    oracle.add(stored.entry.record, unit_id(payload.header().unit()));
  }
  return oracle;
}

// Invariants 3 and 5: effects and both tallies of a site are what its set of records means.
void World::check_meaning(Site& site) {
  if (!site.up()) return;
  const node::Projection& projection = site.engine->core().projection();
  const Oracle oracle = oracle_of(site);
  const auto expected = oracle.effects();
  std::map<model::PlaceId, std::map<StatementId, Meaning>> actual;
  for (const model::PlaceId& place : projection.places()) {
    auto& here = actual[place];
    for (const auto& view : projection.place(place)) {
      here[view.statement] = {view.effect.state, view.effect.confirmed, view.effect.needs_decision};
    }
  }
  if (actual != expected) {
    for (const auto& [place, bodies] : expected) {
      for (const auto& [statement, meaning] : bodies) {
        const Meaning found = actual[place][statement];
        if (found == meaning) continue;
        violation("5: at " + site.unit.str() + ", " + place.str() + ": " +
                  std::string(node::state_name(found.state)) + " should be " +
                  std::string(node::state_name(meaning.state)));
      }
    }
    if (report_.violations.empty()) violation("5: " + site.unit.str() + " knows other places");
  }
  const results::Tally* tally = projection.tally();
  if (tally == nullptr) return;
  const auto sums = oracle.sums();
  for (const auto& [key, sum] : sums) {
    const model::ContestRound& contest = key.contest;
    const auto definition = projection.book().in_force();
    const Digest* slice = definition == nullptr ? nullptr : definition->slice(contest);
    if (tally->has(contest) || slice == nullptr) continue;
    if (!projection.book().missing_of(*slice).empty()) continue;
    violation("3: at " + site.unit.str() + ", " + contest.contest.str() + " is not added up");
  }
  for (const model::ContestRound& contest : tally->contests()) {
    const model::Slice& slice = tally->slice(contest);
    for (model::UnitIndex unit = 0; unit < nation_.units()->size(); ++unit) {
      for (const bool confirmed : {false, true}) {
        const auto* totals = tally->totals(
            confirmed ? results::Which::kConfirmed : results::Which::kReceived, contest, unit);
        if (totals == nullptr) continue;
        const auto found = sums.find({confirmed, contest, nation_.units()->at(unit).id});
        const Sums wanted = found == sums.end() ? Sums{} : found->second;
        const auto same = [&](const std::string& name, std::uint64_t figure) {
          const auto at = wanted.find(name);
          if ((at == wanted.end() ? 0 : at->second) == figure) return;
          violation("3: at " + site.unit.str() + ", " + contest.contest.str() + " in " +
                    nation_.units()->at(unit).id.str() + ": " + name + " is " +
                    std::to_string(figure));
        };
        same("protocols", totals->protocols);
        for (std::size_t i = 0; i < totals->points.size(); ++i) {
          same(slice.form().points(static_cast<int>(i)).code(), totals->points[i]);
        }
        std::size_t cell = 0;
        for (const v1::Option& option : slice.data().options()) {
          same("votes:" + option.code(), totals->votes[cell++]);
          for (const v1::Candidate& candidate : option.candidates()) {
            same("votes:" + option.code() + "/" + std::to_string(candidate.position()),
                 totals->votes[cell++]);
          }
        }
      }
    }
  }
}

// Invariant 5 between sites: whoever holds the same records says the same.
void World::check_same_set_same_effects() {
  std::map<std::set<RecordId>, Site*> by_set;
  for (auto& [unit, one] : sites_) {
    if (!one->up()) continue;
    const auto [found, fresh] = by_set.emplace(one->mirror.known, one.get());
    if (fresh) continue;
    const node::Projection& mine = one->engine->core().projection();
    const node::Projection& other = found->second->engine->core().projection();
    bool same = mine.places() == other.places();
    for (const model::PlaceId& place : mine.places()) {
      const auto a = mine.place(place);
      const auto b = other.place(place);
      same = same && std::ranges::equal(a, b, [](const auto& x, const auto& y) {
               return x.statement == y.statement && x.effect == y.effect;
             });
    }
    if (!same) violation("5: " + unit.str() + " and " + found->second->unit.str() + " differ");
  }
}

// Everything dropped and built again from the disk gives the same.
void World::check_rebuild(Site& site) {
  if (!site.up()) return;
  trust::CertificateBook certificates(keys_.anchors());
  const auto rebuilt = node::Engine::open(site.config, *site.disk, certificates, *site.identity,
                                          node::system_random());
  if (!rebuilt)
    return violation("1: " + site.unit.str() + " cannot be rebuilt: " + rebuilt.error().message);
  const node::Projection& before = site.engine->core().projection();
  const node::Projection& after = (*rebuilt)->core().projection();
  const bool same_tally = (before.tally() == nullptr) == (after.tally() == nullptr) &&
                          (before.tally() == nullptr || *before.tally() == *after.tally());
  bool same = same_tally && before.places() == after.places();
  for (const model::PlaceId& place : before.places()) {
    same = same && std::ranges::equal(before.place(place), after.place(place),
                                      [](const auto& x, const auto& y) {
                                        return x.statement == y.statement && x.effect == y.effect;
                                      });
  }
  if (!same) violation("3: " + site.unit.str() + ", rebuilt from its disk, says something else");
}

// Invariant 6: everything admitted anywhere is with the centre, and every tier's log holds the same
// protocols of its area.
bool World::converged(std::string* why) {
  if (open_submissions_ > 0) {
    *why = "people are still working: " + last_wait_;
    return false;
  }
  Site& centre = site(nation_.centre);
  for (auto& [unit, one] : sites_) {
    if (!one->up()) {
      *why = unit.str() + " is down";
      return false;
    }
    for (const RecordId& id : one->mirror.ids) {
      if (centre.mirror.known.contains(id)) continue;
      *why = "a record of " + unit.str() + " is not at the centre";
      return false;
    }
  }
  for (auto& [unit, one] : sites_) {
    if (one->offline) continue;
    if (protocols_in(*one, nation_, unit) != protocols_in(centre, nation_, unit)) {
      *why = unit.str() + " does not hold the protocols of its area";
      return false;
    }
    for (const journal::StoredEntry& stored :
         must(centre.disk->read_election(0, SIZE_MAX, SIZE_MAX))) {
      const auto kind = static_cast<trust::Kind>(stored.entry.kind);
      const bool everywhere = kind == trust::Kind::kManifest || kind == trust::Kind::kRevocation;
      const bool own =
          !stored.entry.unit.empty() && nation_.lies_under(unit_id(stored.entry.unit), unit);
      if ((everywhere || own) && !one->mirror.known.contains(stored.entry.id)) {
        *why = unit.str() + " lacks a " + std::string(trust::kind_name(kind)) + ", number " +
               std::to_string(stored.position) + " at the centre, from " + stored.entry.source;
        return false;
      }
    }
  }
  return true;
}

}  // namespace urna::sim
