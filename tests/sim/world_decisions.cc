// What commissions decide about protocols, often before the protocol itself is with them.

#include "tests/sim/world.h"

namespace urna::sim {

// Signs under the definition in force there, as soon as there is one.
void World::decide_at(const model::UnitId& at, const Licence& by, v1::Body body,
                      std::uint64_t delay_ms, std::string what) {
  ++open_submissions_;
  after(delay_ms, [this, at, &by, body = std::move(body), what = std::move(what)] {
    --open_submissions_;
    Site& where = site(at);
    const auto definition = where.up() ? where.engine->core().book().in_force() : nullptr;
    if (definition == nullptr) return decide_at(at, by, body, 700, what);
    count(what);
    submit(where, {.record = by.sign(body, definition->id().view(), now_ms_),
                   .blobs = {by.certificate->der},
                   .then = {},
                   .what = what + " at " + at.str()});
  });
}

void World::decide(Desk& desk, std::size_t number) {
  const Paper& paper = desk.papers[number];
  const model::UnitId confirming = nation_.confirming(*desk.contest, *desk.precinct);
  const Licence& by = keys_.licence(confirming, trust::Role::kPlenipotentiary);
  const auto soon = [this] { return random_.between(0, 12'000); };
  if (paper.flaw == Flaw::kBlockingWarning && random_.chance(700)) {
    decide_at(confirming, by, Papers::approval(paper, {"B3"}), soon(), "approval");
  }
  if (random_.chance(400)) {
    decide_at(confirming, by, Papers::confirmation(paper), soon(), "confirmation");
  }
  if (paper.revision == 1 && random_.chance(150)) contradict(desk, number);
  if (paper.revision < 4 && random_.chance(180)) send_back(desk, number);
  if (random_.chance(25)) {
    decide_at(nation_.centre, keys_.licence(nation_.centre, trust::Role::kNationalCommission),
              Papers::annulment(paper), soon(), "annulment");
  }
}

// A second body for the same place, and perhaps somebody who settles which one counts.
void World::contradict(Desk& desk, std::size_t number) {
  Site& where = site(desk.place.unit);
  const DefinitionVersion* version = version_at(where, desk.place.contest);
  if (version == nullptr) return;
  count("conflicts");
  const Paper other =
      papers_.protocol(desk.place, *version, nullptr, Flaw::kNone, v1::ENTRY_ORIGIN_UNSPECIFIED);
  const Licence& chair = keys_.licence(desk.place.unit, trust::Role::kChair, 1);
  Submission submission{.record = chair.sign(other.body, version->id.view(), now_ms_),
                        .blobs = {chair.certificate->der},
                        .then = {},
                        .what = "second body of " + desk.place.str()};
  if (desk.precinct->by_medium) submission.then = [this, &where] { bring_medium(where); };
  submit(where, std::move(submission));
  desk.papers.push_back(other);
  for (const model::UnitId& unit :
       {nation_.confirming(*desk.contest, *desk.precinct), nation_.middle}) {
    if (!random_.chance(450)) continue;
    const bool first = random_.chance(500);
    const Paper& chosen = first ? desk.papers[number] : other;
    const Paper& aside = first ? other : desk.papers[number];
    decide_at(unit, keys_.licence(unit, trust::Role::kPlenipotentiary),
              Papers::settlement(chosen, {aside.statement}), random_.between(0, 12'000),
              "settlement");
  }
}

void World::send_back(Desk& desk, std::size_t number) {
  const bool higher = random_.chance(300);
  const model::UnitId by =
      higher ? nation_.middle : nation_.confirming(*desk.contest, *desk.precinct);
  decide_at(by, keys_.licence(by, trust::Role::kPlenipotentiary),
            Papers::return_of(desk.papers[number]), random_.between(0, 12'000), "return");
  // Sometimes the new revision is there before the return that calls for it.
  if (random_.chance(800)) enter(desk, number, random_.between(500, 14'000));
}

// A deputy's licence under the very same body: one statement, two records.
void World::sign_again(Desk& desk, std::size_t number, const DefinitionVersion& version) {
  const Licence& deputy = keys_.licence(desk.place.unit, trust::Role::kChair, 2);
  Site& where = site(desk.place.unit);
  Submission submission{.record = deputy.sign(desk.papers[number].body, version.id.view(), now_ms_),
                        .blobs = {deputy.certificate->der},
                        .then = {},
                        .what = "second signature at " + desk.place.str()};
  if (desk.precinct->by_medium) submission.then = [this, &where] { bring_medium(where); };
  submit(where, std::move(submission));
}

}  // namespace urna::sim
