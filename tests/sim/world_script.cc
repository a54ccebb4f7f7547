// What people do: every precinct fills in its protocols, in its own time and way.

#include "tests/sim/world.h"

namespace urna::sim {

namespace {

constexpr std::uint64_t kDayMs = 30'000;  // within it everybody begins
constexpr int kEntryTriesMax = 2'000;

}  // namespace

void World::plan_script() {
  submit(site(nation_.centre), {.record = nation_.versions[0].record,
                                .blobs = nation_.versions[0].blobs,
                                .then = {},
                                .what = "definition 1"});
  for (const PrecinctPlan& precinct : nation_.precincts) {
    // A precinct without a network gets the definition as a file; without detours some others do,
    // and may have protocols before anybody above them has the definition.
    const bool by_file = precinct.by_medium || (!detours_ && apart_.chance(500));
    if (!by_file) continue;
    submit(site(precinct.unit), {.record = nation_.versions[0].record,
                                 .blobs = nation_.versions[0].blobs,
                                 .then = {},
                                 .what = "definition 1 as a file"});
  }
  for (const ContestPlan& contest : nation_.contests) {
    for (const std::size_t i : contest.precincts) {
      desks_.push_back(std::make_unique<Desk>());
      Desk& desk = *desks_.back();
      desk.place = {nation_.precincts[i].unit, contest.key};
      desk.contest = &contest;
      desk.precinct = &nation_.precincts[i];
      after(random_.below(kDayMs), [this, &desk] { work_at(desk); });
      if (random_.chance(200)) report_turnout(desk, random_.below(kDayMs));
    }
  }
  if (random_.chance(450)) {
    after(random_.between(5'000, kDayMs), [this] { spread_second_version(); });
  }
  for (int i = 0; i < 2; ++i) {
    if (random_.chance(400)) after(random_.between(2'000, kDayMs), [this] { revoke_chair(); });
  }
  if (random_.chance(200)) {
    after(random_.between(5'000, kDayMs), [this] { revoke_plenipotentiary(); });
  }
  plan_evening();
}

// Tries until the record has an answer that stands: people do not give up.
void World::submit(Site& site, Submission submission) {
  ++open_submissions_;
  const RecordId id = trust::envelope_ids(submission.record)->record;
  if (!submission.must_fail) signed_.insert(id);
  const auto again = [this, &site, submission](std::uint64_t delay_ms, const char* why) {
    last_wait_ = submission.what + " at " + site.name() + ": " + why;
    after(delay_ms, [this, &site, submission] {
      --open_submissions_;
      submit(site.scrapped ? this->site(site.unit) : site, submission);
    });
  };
  if (!site.up()) return again(500, "down");
  std::optional<node::LocalOutcome> outcome;
  const std::uint64_t ticket = next_ticket_++;
  const bool survived = call(site, [&](node::Engine& engine) {
    Output output = engine.submit(ticket, submission.record, submission.blobs, clock(site));
    if (!output.outcomes.empty()) outcome = output.outcomes.front();
    return output;
  });
  // A crash took the answer with it; a full disk gave none.
  if (!survived || !outcome) return again(700, "no answer");
  const v1::Outcome& answer = outcome->outcome;
  if (answer.has_deferred()) return again(1'000, "deferred");
  if (answer.has_refused() != submission.must_fail) {
    violation("5: " + submission.what + " at " + site.name() +
              (answer.has_refused()
                   ? " was refused: " + answer.refused().code() + ", " + answer.refused().detail()
                   : " was admitted though it breaks a rule"));
  }
  if (answer.has_refused()) count("refused");
  check_outcome(site, *outcome, id);
  if (!answer.has_refused()) kept_.push_back({site.unit, id, submission});
  --open_submissions_;
  if (submission.then) submission.then();
}

// The newest definition here, once the contest's slice is here with all its parts.
const DefinitionVersion* World::version_at(Site& site, const model::ContestRound& contest) {
  if (!site.up()) return nullptr;
  const auto definition = site.engine->core().book().in_force();
  if (definition == nullptr) return nullptr;
  const Digest* slice = definition->slice(contest);
  if (slice == nullptr || site.engine->core().book().part(*slice) == nullptr ||
      !site.engine->core().book().missing_of(*slice).empty()) {
    return nullptr;
  }
  return nation_.version(definition->id());
}

Site& World::entry_site(const Desk& desk, bool at_gmina) {
  return workplace(at_gmina ? desk.precinct->gmina : desk.place.unit);
}

void World::work_at(Desk& desk) { enter(desk, std::nullopt, 0); }

void World::enter(Desk& desk, std::optional<std::size_t> before, std::uint64_t delay_ms) {
  ++open_submissions_;
  after(delay_ms, [this, &desk, before] {
    --open_submissions_;
    enter_now(desk, before, 0);
  });
}

void World::enter_now(Desk& desk, std::optional<std::size_t> before, int tries) {
  // The city's commission types in for its own council only; gminas do for both of theirs.
  const bool gmina_enters = desk.contest->kind != v1::CONTEST_KIND_COUNCIL_CITY;
  const bool at_gmina = gmina_enters && !desk.precinct->by_medium && random_.chance(80);
  Site& where = entry_site(desk, at_gmina);
  const DefinitionVersion* version = version_at(where, desk.place.contest);
  if (version == nullptr) {
    if (tries > kEntryTriesMax)
      return violation("1: no definition ever came to " + where.unit.str());
    last_wait_ = "no definition at " + where.unit.str();
    ++open_submissions_;
    after(500, [this, &desk, before, tries] {
      --open_submissions_;
      enter_now(desk, before, tries + 1);
    });
    return;
  }
  const unsigned luck = static_cast<unsigned>(random_.below(1'000));
  const Flaw flaw = luck < 60 ? Flaw::kError : luck < 160 ? Flaw::kBlockingWarning : Flaw::kNone;
  Paper paper =
      papers_.protocol(desk.place, *version, before ? &desk.papers[*before] : nullptr, flaw,
                       at_gmina ? v1::ENTRY_ORIGIN_TERRITORIAL : v1::ENTRY_ORIGIN_UNSPECIFIED);
  const unsigned chair = revoked_chairs_.contains(desk.place.unit) && random_.chance(800) ? 2 : 1;
  const bool expiring = !at_gmina && random_.chance(80);
  const Licence& by = at_gmina   ? plenipotentiary(where.unit)
                      : expiring ? keys_.expiring(desk.place.unit, trust::Role::kChair)
                                 : keys_.licence(desk.place.unit, trust::Role::kChair, chair);
  const std::uint64_t at_ms = signing_time(where);
  const bool expired = !by.certificate->valid_at(static_cast<std::int64_t>(at_ms));
  if (expiring) count(expired ? "licences expired" : "licences about to expire");
  Submission submission{.record = by.sign(paper.body, version->id.view(), at_ms),
                        .blobs = {by.certificate->der},
                        .must_fail = flaw == Flaw::kError || expired,
                        .then = {},
                        .what = "protocol of " + desk.place.str()};
  if (submission.must_fail) {
    // The commission finds its mistake, or somebody else with a licence, and writes again.
    submission.then = [this, &desk, before] { enter(desk, before, 800); };
    return submit(where, std::move(submission));
  }
  if (before) count("revisions");
  const std::size_t number = desk.papers.size();
  desk.papers.push_back(std::move(paper));
  if (desk.precinct->by_medium)
    submission.then = [this, &desk] { bring_medium(site(desk.place.unit)); };
  submit(where, std::move(submission));
  if (random_.chance(100) && !at_gmina) sign_again(desk, number, *version);
  decide(desk, number);
}

// Ballots issued by noon, as far as anybody there has the definition.
void World::report_turnout(Desk& desk, std::uint64_t delay_ms) {
  ++open_submissions_;
  after(delay_ms, [this, &desk] {
    --open_submissions_;
    Site& where = workplace(desk.place.unit);
    last_wait_ = "the turnout at " + where.name();
    const DefinitionVersion* version = version_at(where, desk.place.contest);
    if (version == nullptr) return report_turnout(desk, 700);
    constexpr std::uint32_t kNoonMin = 12 * 60;
    const v1::Body body = Papers::turnout(desk.place, *version, kNoonMin,
                                          static_cast<std::uint32_t>(random_.below(1'000)));
    const auto role = random_.chance(500) ? trust::Role::kChair : trust::Role::kPrecinctOperator;
    const Licence& by = keys_.licence(desk.place.unit, role);
    count("turnout");
    Submission submission{.record = by.sign(body, version->id.view(), signing_time(where)),
                          .blobs = {by.certificate->der},
                          .then = {},
                          .what = "turnout of " + desk.place.str()};
    if (desk.precinct->by_medium) {
      submission.then = [this, &desk] { bring_medium(site(desk.place.unit)); };
    }
    submit(where, std::move(submission));
  });
}

void World::count_turnout() {
  for (const RecordId& id : site(nation_.centre).mirror->ids) {
    if (told_.at(id)->kind == trust::Kind::kTurnout) count("turnout at the centre");
  }
}

// The whole log of a precinct without a network, carried to its gmina until everything is taken.
void World::bring_medium(Site& precinct) {
  ++open_submissions_;
  on_the_way_.insert(precinct.unit);
  after(random_.between(200, 6'000), [this, &precinct] {
    --open_submissions_;
    on_the_way_.erase(precinct.unit);
    Site& gmina = workplace(unit_id(precinct.unit.str().substr(0, precinct.unit.str().rfind('-'))));
    if (!gmina.up() || !precinct.up()) return bring_medium(precinct);
    v1::Batch batch;
    batch.set_election(keys_.election().str());
    batch.set_sender(precinct.unit.str());
    batch.set_sequence(1);
    batch.set_created_at_ms(now_ms_);
    *batch.mutable_log() = precinct.engine->core().checkpoint();
    batch.set_scanned_to(precinct.engine->core().size());
    batch.set_final(true);
    const auto entries =
        must(precinct.disk->read_election(0, node::kBatchRecordsMax, node::kBatchBytesMax));
    std::set<KeyId> signers;
    for (const journal::StoredEntry& stored : entries) {
      v1::BatchEntry& wire = *batch.add_entries();
      wire.set_position(stored.position);
      wire.set_record(stored.entry.record);
      signers.insert(trust::envelope_ids(stored.entry.record)->key);
    }
    for (const KeyId& key : signers) {
      const auto verdict = precinct.certificates->find(key);
      if (verdict && *verdict) batch.add_blobs((**verdict)->der);
    }
    const v1::SignedBatch medium = node::seal_batch(*precinct.identity, batch);
    note_sent(precinct, medium);
    bool taken = false;
    const bool survived = call(gmina, [&](node::Engine& engine) {
      Output output = engine.import_batch(medium, clock(gmina));
      v1::Receipt receipt;
      if (output.receipts.size() == 1) {
        taken = receipt.ParseFromString(output.receipts[0].second.payload()) &&
                receipt.refused().empty();
        for (const v1::Outcome& outcome : receipt.outcomes()) {
          taken = taken && !outcome.has_deferred();
          if (outcome.has_refused()) {
            violation("6: a medium's record was refused: " + outcome.refused().code());
          }
        }
      }
      return output;
    });
    if (!survived || !taken) {
      last_wait_ = "the medium of " + precinct.unit.str();
      return bring_medium(precinct);
    }
    count("media brought");
  });
}

void World::spread_second_version() {
  const DefinitionVersion& second = nation_.versions[1];
  count("second definitions");
  submit(site(nation_.centre),
         {.record = second.record, .blobs = second.blobs, .then = {}, .what = "definition 2"});
  for (const auto& desk : desks_) {
    if (nation_.versions[0].slices.at(desk->place.contest) ==
        second.slices.at(desk->place.contest)) {
      continue;
    }
    if (desk->precinct->by_medium) {
      submit(site(desk->place.unit), {.record = second.record,
                                      .blobs = second.blobs,
                                      .then = {},
                                      .what = "definition 2 as a file"});
    }
    // Protocols under the old slice came back by themselves: most precincts write anew.
    if (!desk->papers.empty() && random_.chance(700)) {
      enter(*desk, desk->papers.size() - 1, random_.between(1'000, 15'000));
    }
  }
}

void World::revoke_chair() {
  const PrecinctPlan& precinct = random_.pick(nation_.precincts);
  count("revocations");
  revoked_chairs_.insert(precinct.unit);
  const Licence& chair = keys_.licence(precinct.unit, trust::Role::kChair, 1);
  const bool by_national = random_.chance(400);
  const Licence& by =
      by_national ? keys_.licence(nation_.centre, trust::Role::kNationalCommission)
                  : keys_.licence(nation_.commissioner, trust::Role::kCommissionerPlenipotentiary);
  const model::UnitId at = by_national           ? nation_.centre
                           : random_.chance(500) ? nation_.middle
                                                 : precinct.gmina;
  decide_at(at, by, Papers::revocation(chair), 0, "revocation");
  for (const auto& desk : desks_) {
    if (desk->place.unit == precinct.unit && !desk->papers.empty() && random_.chance(600)) {
      enter(*desk, desk->papers.size() - 1, random_.between(500, 10'000));
    }
  }
}

// Confirmations and what else it granted fall with it; somebody else gets a licence.
void World::revoke_plenipotentiary() {
  std::vector<model::UnitId> units = nation_.gminas;
  units.push_back(nation_.middle);
  const model::UnitId unit = random_.pick(units);
  count("revocations of a commission's licence");
  const Licence& before = plenipotentiary(unit);
  if (!revoked_plenipotentiaries_.insert(unit).second) return;
  decide_at(random_.chance(500) ? nation_.centre : unit,
            keys_.licence(nation_.centre, trust::Role::kNationalCommission),
            Papers::revocation(before), 0, "revocation");
}

}  // namespace urna::sim
