// What commissions decide about protocols, often before the protocol itself is with them.

#include <cstdlib>

#include "tests/sim/world.h"

namespace urna::sim {

// By the clock of the place, unless it is so wrong that people notice.
std::uint64_t World::signing_time(const Site& where) const {
  constexpr std::int64_t kUnnoticedMs = 2 * 3'600 * 1'000;
  return std::abs(where.clock_ahead_ms) < kUnnoticedMs ? clock(where) : now_ms_;
}

void World::hand_in(Site& where, const Licence& by, const v1::Body& body, const std::string& what) {
  count(what);
  const StatementId definition = where.engine->core().book().in_force()->id();
  submit(where, {.record = by.sign(body, definition.view(), signing_time(where)),
                 .blobs = {by.certificate->der},
                 .then = {},
                 .what = what + " at " + where.name()});
}

// As soon as there is a definition in force there.
void World::decide_at(const model::UnitId& at, const Licence& by, v1::Body body,
                      std::uint64_t delay_ms, std::string what) {
  ++open_submissions_;
  after(delay_ms, [this, at, &by, body = std::move(body), what = std::move(what)] {
    --open_submissions_;
    Site& where = workplace(at);
    if (!where.up() || where.engine->core().book().in_force() == nullptr) {
      return decide_at(at, by, body, 700, what);
    }
    hand_in(where, by, body, what);
  });
}

const Licence& World::plenipotentiary(const model::UnitId& unit) {
  return keys_.licence(unit, trust::Role::kPlenipotentiary,
                       revoked_plenipotentiaries_.contains(unit) ? 2 : 1);
}

void World::decide(Desk& desk, std::size_t number) {
  const Paper& paper = desk.papers[number];
  const model::UnitId confirming = nation_.confirming(*desk.contest, *desk.precinct);
  const Licence& by = plenipotentiary(confirming);
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
  Site& where = workplace(desk.place.unit);
  const DefinitionVersion* version = version_at(where, desk.place.contest);
  if (version == nullptr) return;
  count("conflicts");
  const Paper other =
      papers_.protocol(desk.place, *version, nullptr, Flaw::kNone, v1::ENTRY_ORIGIN_UNSPECIFIED);
  const Licence& chair = keys_.licence(desk.place.unit, trust::Role::kChair, 1);
  Submission submission{.record = chair.sign(other.body, version->id.view(), signing_time(where)),
                        .blobs = {chair.certificate->der},
                        .then = {},
                        .what = "second body of " + desk.place.str()};
  if (desk.precinct->by_medium)
    submission.then = [this, &desk] { bring_medium(site(desk.place.unit)); };
  submit(where, std::move(submission));
  desk.papers.push_back(other);
  for (const model::UnitId& unit :
       {nation_.confirming(*desk.contest, *desk.precinct), nation_.middle}) {
    if (!random_.chance(450)) continue;
    const bool first = random_.chance(500);
    const Paper& chosen = first ? desk.papers[number] : other;
    const Paper& aside = first ? other : desk.papers[number];
    decide_at(unit, plenipotentiary(unit), Papers::settlement(chosen, {aside.statement}),
              random_.between(0, 12'000), "settlement");
  }
}

void World::send_back(Desk& desk, std::size_t number) {
  const bool higher = random_.chance(300);
  const model::UnitId by =
      higher ? nation_.middle : nation_.confirming(*desk.contest, *desk.precinct);
  decide_at(by, plenipotentiary(by), Papers::return_of(desk.papers[number]),
            random_.between(0, 12'000), "return");
  // Sometimes the new revision is there before the return that calls for it.
  if (random_.chance(800)) enter(desk, number, random_.between(500, 14'000));
}

// A deputy's licence under the very same body: one statement, two records.
void World::sign_again(Desk& desk, std::size_t number, const DefinitionVersion& version) {
  const Licence& deputy = keys_.licence(desk.place.unit, trust::Role::kChair, 2);
  Site& where = workplace(desk.place.unit);
  Submission submission{
      .record = deputy.sign(desk.papers[number].body, version.id.view(), signing_time(where)),
      .blobs = {deputy.certificate->der},
      .then = {},
      .what = "second signature at " + desk.place.str()};
  if (desk.precinct->by_medium)
    submission.then = [this, &desk] { bring_medium(site(desk.place.unit)); };
  submit(where, std::move(submission));
}

}  // namespace urna::sim
