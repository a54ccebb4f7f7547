// Any order, repetition and subset of records gives the same effects and tallies: a projection fed
// one by one equals one fed in another order.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/node/projection.h"
#include "tests/unit/node/judged_records.h"

namespace urna::tests {
namespace {

using Order = std::vector<std::size_t>;

std::unique_ptr<node::Projection> project(const Order& order) {
  auto projection = std::make_unique<node::Projection>(judged().judge.book());
  for (const std::size_t i : order) projection->apply(judged().records[i]);
  return projection;
}

bool same(const node::Projection& a, const node::Projection& b) {
  if ((a.tally() == nullptr) != (b.tally() == nullptr)) return false;
  if (a.tally() != nullptr && !(*a.tally() == *b.tally())) return false;
  if (a.places() != b.places() || a.revoked() != b.revoked()) return false;
  for (const node::State state : node::kAllStates) {
    if (a.bodies_in(state) != b.bodies_in(state)) return false;
  }
  for (const model::PlaceId& place : a.places()) {
    const auto mine = a.place(place);
    const auto theirs = b.place(place);
    const auto equal = [](const auto& x, const auto& y) {
      return x.statement == y.statement && x.revision == y.revision && x.effect == y.effect;
    };
    if (!std::ranges::equal(mine, theirs, equal)) return false;
  }
  return true;
}

Order any_order() {
  return *rc::gen::container<Order>(rc::gen::inRange<std::size_t>(0, judged().records.size()));
}

Order shuffled(Order left) {
  Order out;
  while (!left.empty()) {
    const auto at = *rc::gen::inRange<std::size_t>(0, left.size());
    out.push_back(left[at]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return out;
}

RC_GTEST_PROP(ProjectionProperty, AnyOrderOfASetMeansTheSame, ()) {
  const Order order = any_order();
  RC_ASSERT(same(*project(order), *project(shuffled(order))));
}

RC_GTEST_PROP(ProjectionProperty, RepetitionChangesNothing, ()) {
  const Order order = any_order();
  Order repeated = order;
  repeated.insert(repeated.end(), order.begin(), order.end());
  RC_ASSERT(same(*project(order), *project(shuffled(repeated))));
}

RC_GTEST_PROP(ProjectionProperty, TheWholePoolMeansTheSameInAnyOrder, ()) {
  Order all;
  for (std::size_t i = 0; i < judged().records.size(); ++i) all.push_back(i);
  RC_ASSERT(same(*project(all), *project(shuffled(all))));
}

// Invariant 3 of the design: the tally is the sum over the bodies that count, added up here by
// hand.
RC_GTEST_PROP(ProjectionProperty, TheTallyIsTheSumOverWhatCounts, ()) {
  Order order = any_order();
  order.push_back(0);  // version 1, so that there is a tally
  const auto projection = project(order);
  for (const char* name : {kCouncil, kMayor}) {
    const model::ContestRound contest{*model::ContestId::parse(name), 1};
    std::uint64_t received = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t protocols = 0;
    for (const model::PlaceId& place : projection->places()) {
      if (place.contest != contest) continue;
      int counting = 0;
      for (const auto& view : projection->place(place)) {
        if (!node::counts(view.effect.state)) continue;
        ++counting;
        const node::ProtocolBody* body = projection->counting(place);
        RC_ASSERT(body != nullptr && body->statement == view.statement);
        received += model::figure_of(body->votes[0]);
        if (view.effect.confirmed && view.effect.state == node::State::kEffective) {
          confirmed += model::figure_of(body->votes[0]);
        }
      }
      RC_ASSERT(counting <= 1);
      protocols += static_cast<std::uint64_t>(counting);
    }
    const auto* totals = projection->tally()->totals(results::Which::kReceived, contest, 0);
    RC_ASSERT(totals != nullptr);
    RC_ASSERT(totals->protocols == protocols);
    RC_ASSERT(totals->votes[0] == received);
    RC_ASSERT(projection->tally()->totals(results::Which::kConfirmed, contest, 0)->votes[0] ==
              confirmed);
  }
}

}  // namespace
}  // namespace urna::tests
