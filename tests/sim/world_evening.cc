// What a commission does with what has come in: it confirms, draws lots, signs its tabulation and
// its final protocol, and now and then is wrong.

#include "tests/sim/world.h"

namespace urna::sim {

namespace {

using node::TerritorialState;
using Protocol = v1::TerritorialProtocol;

constexpr int kRounds = 14;

}  // namespace

void World::plan_evening() {
  for (const ContestPlan& contest : nation_.contests) {
    work_evening(contest, kRounds, random_.between(5'000, 20'000));
  }
}

void World::work_evening(const ContestPlan& contest, int rounds, std::uint64_t delay_ms) {
  if (rounds == 0) return;
  ++open_submissions_;
  after(delay_ms, [this, &contest, rounds] {
    --open_submissions_;
    last_wait_ = "the commission of " + contest.area.str();
    Site& where = workplace(contest.area);
    if (where.up() && version_at(where, contest.key) != nullptr) work_through(contest, where);
    work_evening(contest, rounds - 1, calm_ ? 700 : random_.between(1'000, 4'000));
  });
}

void World::work_through(const ContestPlan& contest, Site& where) {
  confirm_some(contest, where);
  if (!where.up() || sign_territorial(contest, where, Protocol::KIND_DISTRICT_TABULATION)) return;
  if (!where.up() || draw_lots(contest, where)) return;
  if (where.up()) sign_territorial(contest, where, Protocol::KIND_FINAL);
}

// Against the paper, which lies on the table: any protocol that counts here may be confirmed.
void World::confirm_some(const ContestPlan& contest, Site& where) {
  for (const PrecinctPlan* precinct : nation_.precincts_of(contest.key)) {
    if (!where.up()) return;
    const model::PlaceId place{precinct->unit, contest.key};
    const auto bodies = where.engine->core().projection().place(place);
    const Licence& by = plenipotentiary(contest.area);
    std::vector<Paper> in_conflict;
    for (const auto& body : bodies) {
      const Paper paper{place, body.statement, body.revision, {}, {}};
      if (body.effect.state == node::State::kInConflict) in_conflict.push_back(paper);
      if (!node::counts(body.effect.state) || !random_.chance(600)) continue;
      if (!where.up()) return;
      if (body.effect.state == node::State::kAwaitingApproval) {
        hand_in(where, by, Papers::approval(paper, papers_.blocking(body.statement)), "approval");
      } else if (!body.effect.confirmed) {
        hand_in(where, by, Papers::confirmation(paper), "confirmation");
      }
    }
    if (in_conflict.size() > 1 && random_.chance(400) && where.up()) {
      const Paper chosen = in_conflict.front();
      std::vector<StatementId> aside;
      for (const Paper& paper : in_conflict) {
        if (paper.statement != chosen.statement) aside.push_back(paper.statement);
      }
      hand_in(where, by, Papers::settlement(chosen, aside), "settlement");
    }
  }
}

// True when there was something to do.
bool World::sign_territorial(const ContestPlan& contest, Site& where, node::TerritorialKind kind) {
  const node::TerritorialBook& book = where.engine->core().projection().territorial();
  const node::TerritorialPlace place{{contest.area, contest.key}, kind};
  for (const auto& body : book.bodies(place)) {
    if (body.state == TerritorialState::kWaiting) return true;
    if (body.state == TerritorialState::kInConflict) {
      if (random_.chance(500)) decide_on_territorial(place, body.statement);
      return true;
    }
    if (body.state != TerritorialState::kFinal) continue;
    if (random_.chance(60)) decide_on_territorial(place, body.statement);
    return false;
  }
  const auto draft = book.draft(place);
  if (!draft) return kind == Protocol::KIND_DISTRICT_TABULATION;
  v1::Body body;
  *body.mutable_territorial() = *draft;
  if (random_.chance(120)) {
    count("wrong sums signed");
    body.mutable_territorial()->set_points(0, body.territorial().points(0) + 1);
  }
  const std::string what = std::string(node::territorial_kind_name(kind));
  hand_in(where, plenipotentiary(contest.area), body, what);
  if (random_.chance(80) && where.up()) {
    // Signed twice, with different words: nobody can tell which is meant.
    count("territorial conflicts");
    auto& remark = *body.mutable_territorial()->add_remarks();
    remark.set_point("20");
    remark.set_text("another copy");
    hand_in(where, plenipotentiary(contest.area), body, what);
  }
  return true;
}

// Those above send a commission's protocol back, annul it, or say which one counts.
void World::decide_on_territorial(const node::TerritorialPlace& place,
                                  const StatementId& statement) {
  const Paper paper{place.place, statement, 1, {}, {}};
  const Licence& national = keys_.licence(nation_.centre, trust::Role::kNationalCommission);
  const std::uint64_t luck = random_.below(3);
  v1::Body body = luck == 0   ? Papers::return_of(paper)
                  : luck == 1 ? Papers::annulment(paper)
                              : Papers::settlement(paper, {});
  decide_at(nation_.centre, national, std::move(body), 0, "decision on a territorial protocol");
}

// True when lots were still to be drawn.
bool World::draw_lots(const ContestPlan& contest, Site& where) {
  const auto determined =
      where.engine->core().projection().territorial().determination(contest.key);
  if (!determined || determined->pending.empty()) return false;
  for (const node::PendingLot& pending : determined->pending) {
    std::vector<v1::LotWinner> among = pending.among;
    random_.shuffle(among);
    v1::Body body;
    v1::Lot& lot = *body.mutable_lot();
    lot.set_contest(contest.key.contest.str());
    lot.set_round(contest.key.round);
    lot.set_context(pending.context.str());
    // One name too many, as somebody may write it down: answers nothing.
    const bool wrong = random_.chance(150);
    const std::size_t names = std::min<std::size_t>(pending.places + (wrong ? 1 : 0), among.size());
    for (std::size_t i = 0; i < names; ++i) *lot.add_winners() = among[i];
    if (!where.up()) return true;
    hand_in(where, plenipotentiary(contest.area), body, "lot");
  }
  return true;
}

}  // namespace urna::sim
