// Algebra of councils' results, and agreement with an independent implementation.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/unit/results/sample.h"
#include "tests/unit/results/slow_reference.h"

namespace urna::results {
namespace {

using test::SlowCandidate;
using test::SlowDistrict;
using test::SlowList;
using test::SlowRules;

// Small votes, so that ties are common.
std::uint64_t some_votes(int most) {
  return *rc::gen::inRange<std::uint64_t>(0, static_cast<std::uint64_t>(most));
}

std::vector<ListVotes> some_lists() {
  const int most = *rc::gen::element(6, 40, 100000);
  std::vector<ListVotes> lists;
  const int count = *rc::gen::inRange(1, 7);
  for (int i = 0; i < count; ++i) {
    lists.push_back({some_votes(most), *rc::gen::element<std::uint32_t>(1, 2, 3, kSeatsMax)});
  }
  return lists;
}

std::uint32_t some_seats() { return *rc::gen::inRange<std::uint32_t>(1, 12); }

// What a list has at least and at most, whatever a lot says.
std::uint32_t at_most(const Allocation& result, std::uint32_t list) {
  return result.seats[list] + (std::ranges::count(result.tied, list) > 0 ? 1 : 0);
}

RC_GTEST_PROP(Dhondt, SeatsAddUp, ()) {
  const auto lists = some_lists();
  const std::uint32_t seats = some_seats();
  const Allocation result = allocate_dhondt(lists, seats);
  const std::uint32_t given = std::accumulate(result.seats.begin(), result.seats.end(), 0U);
  RC_ASSERT(given + result.tied_seats + result.vacant == seats);
  RC_ASSERT(result.awards.size() == given);
  RC_ASSERT(result.tied.empty() == (result.tied_seats == 0));
  RC_ASSERT(result.tied.empty() || result.tied_seats < result.tied.size());
}

RC_GTEST_PROP(Dhondt, TheOrderOfListsDoesNotMatter, ()) {
  const auto lists = some_lists();
  const std::uint32_t seats = some_seats();
  std::vector<std::uint32_t> order(lists.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto keys = *rc::gen::container<std::vector<int>>(lists.size(), rc::gen::arbitrary<int>());
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return keys[i]; });
  std::vector<ListVotes> shuffled;
  for (const std::uint32_t i : order) shuffled.push_back(lists[i]);
  const Allocation one = allocate_dhondt(lists, seats);
  const Allocation other = allocate_dhondt(shuffled, seats);
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    RC_ASSERT(other.seats[i] == one.seats[order[i]]);
    RC_ASSERT(at_most(other, i) == at_most(one, order[i]));
  }
}

RC_GTEST_PROP(Dhondt, AListNeverLosesASeatByGainingVotes, ()) {
  auto lists = some_lists();
  const std::uint32_t seats = some_seats();
  const Allocation before = allocate_dhondt(lists, seats);
  const auto list = *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(lists.size()));
  lists[list].votes += *rc::gen::inRange<std::uint64_t>(1, 50);
  const Allocation after = allocate_dhondt(lists, seats);
  RC_ASSERT(after.seats[list] >= before.seats[list]);
  RC_ASSERT(at_most(after, list) >= at_most(before, list));
}

RC_GTEST_PROP(Dhondt, OneMoreSeatTakesNoneAway, ()) {
  const auto lists = some_lists();
  const std::uint32_t seats = some_seats();
  const Allocation fewer = allocate_dhondt(lists, seats);
  const Allocation more = allocate_dhondt(lists, seats + 1);
  for (std::uint32_t i = 0; i < lists.size(); ++i) {
    RC_ASSERT(more.seats[i] >= fewer.seats[i]);
    RC_ASSERT(at_most(more, i) >= at_most(fewer, i));
  }
}

RC_GTEST_PROP(Dhondt, MultiplyingAllVotesChangesNothing, ()) {
  auto lists = some_lists();
  const std::uint32_t seats = some_seats();
  const Allocation before = allocate_dhondt(lists, seats);
  const auto factor = *rc::gen::element<std::uint64_t>(2, 7, 1000, 9'999'999'999);
  for (ListVotes& list : lists) list.votes *= factor;
  const Allocation after = allocate_dhondt(lists, seats);
  RC_ASSERT(after.seats == before.seats);
  RC_ASSERT(after.tied == before.tied);
  RC_ASSERT(after.tied_seats == before.tied_seats);
}

// ---- whole districts ----

// A district in both forms, with other districts of its unit behind the totals.
struct Both {
  SlowDistrict slow;
  SlowRules slow_rules;
  std::vector<List> lists;
  std::vector<Candidate> candidates;
  std::vector<std::uint32_t> list_table, candidate_table;
  RuleSet rules;
  CouncilDistrict district;
};

std::vector<std::uint64_t> add_up(const std::vector<SlowCandidate>& all, std::size_t precincts) {
  std::vector<std::uint64_t> sums(precincts);
  for (const SlowCandidate& one : all) {
    for (std::size_t i = 0; i < precincts; ++i) sums[i] += one.precincts[i];
  }
  return sums;
}

// Votes are drawn per precinct, so that the tables add up.
SlowList some_list(int number, std::size_t precincts, bool told, int most) {
  SlowList list;
  list.number = number;
  list.percent = *rc::gen::element(0, 5, 8);
  const int count = *rc::gen::inRange(1, 5);
  for (int place = 1; place <= count; ++place) {
    SlowCandidate one;
    one.place = place;
    const bool struck = *rc::gen::inRange(0, 12) == 0;
    std::uint64_t votes = 0;
    for (std::size_t i = 0; i < precincts; ++i) {
      one.precincts.push_back(struck ? 0 : some_votes(most));
      votes += one.precincts.back();
    }
    if (!struck) one.votes = votes;
    list.votes += votes;
    list.candidates.push_back(one);
  }
  list.precincts = add_up(list.candidates, precincts);
  list.unit_votes = list.votes + *rc::gen::element<std::uint64_t>(0, 0, 3, 60);
  if (!told) {
    list.precincts.clear();
    for (SlowCandidate& one : list.candidates) one.precincts.clear();
  }
  return list;
}

void some_both(Both& both, Method method) {
  const char* year = *rc::gen::element("2010", "2014", "2019");
  both.rules = *rule_set(year);
  const bool is_2010 = both.rules.name == "2010";
  both.slow_rules = {is_2010, !is_2010, *rc::gen::inRange(0, 3) != 0};
  both.rules.surplus = both.slow_rules.surplus_goes_on ? Surplus::kGoesOn : Surplus::kStaysVacant;
  const bool told = *rc::gen::arbitrary<bool>();
  const auto precincts = *rc::gen::inRange<std::size_t>(1, 4);
  const int most = *rc::gen::element(2, 3, 5, 40);
  const int lists = *rc::gen::inRange(1, 5);
  for (int i = 1; i <= lists; ++i) {
    both.slow.lists.push_back(some_list(i, precincts, told, most));
    both.slow.unit_valid_votes += both.slow.lists.back().unit_votes;
  }
  both.slow.seats = *rc::gen::inRange(1U, 8U);
  for (SlowList& list : both.slow.lists) {
    // A kind of committee for each share; the exempt and the coalition only where the year knows
    // them.
    const CommitteeKind kind = list.percent == 0   ? CommitteeKind::kMinority
                               : list.percent == 8 ? CommitteeKind::kCoalition
                                                   : CommitteeKind::kParty;
    list.percent = static_cast<int>(both.rules.threshold_percent[static_cast<std::size_t>(kind)]);
    if (method == Method::kDHondt) {
      both.lists.push_back(
          {static_cast<std::uint32_t>(list.number), kind, list.votes, list.unit_votes});
    }
    for (const SlowCandidate& one : list.candidates) {
      Candidate candidate{
          {static_cast<std::uint32_t>(list.number), static_cast<std::uint32_t>(one.place)},
          std::nullopt};
      if (one.votes) candidate.votes = static_cast<std::uint32_t>(*one.votes);
      both.candidates.push_back(candidate);
    }
  }
  both.district.contest = contest_named("x");
  both.district.rules = &both.rules;
  both.district.method = method;
  both.district.seats = both.slow.seats;
  both.district.unit_valid_votes = both.slow.unit_valid_votes;
  both.district.lists = both.lists;
  both.district.candidates = both.candidates;
  if (!told) return;
  for (std::size_t row = 0; row < precincts; ++row) {
    for (const SlowList& list : both.slow.lists) {
      if (method == Method::kDHondt) {
        both.list_table.push_back(static_cast<std::uint32_t>(list.precincts[row]));
      }
      for (const SlowCandidate& one : list.candidates) {
        both.candidate_table.push_back(static_cast<std::uint32_t>(one.precincts[row]));
      }
    }
  }
  both.district.precincts = PrecinctFigures{precincts, both.list_table, both.candidate_table};
}

std::string letters(const CouncilResult& result) {
  std::string text;
  for (const Outcome outcome : result.outcomes) text += "NEL"[static_cast<int>(outcome)];
  return text;
}

// Districts compared per case, so that rare ties come up in every run.
constexpr int kDistricts = 50;

RC_GTEST_PROP(Council, ListsAgreeWithTheSlowReference, ()) {
  for (int i = 0; i < kDistricts; ++i) {
    Both both;
    some_both(both, Method::kDHondt);
    const auto result = determine_council(both.district);
    RC_ASSERT(result.has_value());
    const std::string expected = slow_lists(both.slow, both.slow_rules);
    RC_ASSERT(letters(*result) == expected);
    // Where a surplus stays vacant, a lot may be for a seat that no candidate is left for.
    const bool waits = expected.find('L') != std::string::npos;
    RC_ASSERT(!waits || !result->final());
    RC_ASSERT(waits || result->final() || !both.slow_rules.surplus_goes_on);
  }
}

RC_GTEST_PROP(Council, TopNAgreesWithTheSlowReference, ()) {
  for (int i = 0; i < kDistricts; ++i) {
    Both both;
    some_both(both, Method::kTopN);
    const auto result = determine_council(both.district);
    RC_ASSERT(result.has_value());
    const std::string expected = slow_top_n(both.slow, both.slow_rules);
    RC_ASSERT(letters(*result) == expected);
    RC_ASSERT(result->final() == (expected.find('L') == std::string::npos));
  }
}

// Draws whatever is asked for until nothing is, at random.
std::vector<Lot> draw_all(CouncilDistrict district) {
  std::vector<Lot> lots;
  for (;;) {
    district.lots = lots;
    const auto result = determine_council(district);
    RC_ASSERT(result.has_value());
    if (result->final()) return lots;
    for (const LotContext& context : result->pending) {
      const auto keys =
          *rc::gen::container<std::vector<int>>(context.among.size(), rc::gen::arbitrary<int>());
      std::vector<std::size_t> order(context.among.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::ranges::stable_sort(order, {}, [&](std::size_t i) { return keys[i]; });
      Lot lot{context.canonical(), {}};
      for (std::size_t i = 0; i < context.places; ++i) {
        lot.winners.push_back(context.among[order[i]].name);
      }
      lots.push_back(std::move(lot));
    }
  }
}

RC_GTEST_PROP(Council, AnyFallOfLotsFillsTheSeatsFromThoseMarked, ()) {
  Both both;
  some_both(both, *rc::gen::element(Method::kDHondt, Method::kTopN));
  const auto open = determine_council(both.district);
  RC_ASSERT(open.has_value());
  auto lots = draw_all(both.district);
  std::ranges::reverse(lots);  // their order does not matter
  both.district.lots = lots;
  const auto drawn = determine_council(both.district);
  RC_ASSERT(drawn.has_value());
  RC_ASSERT(drawn->final());
  std::uint32_t elected = 0;
  for (std::size_t i = 0; i < drawn->outcomes.size(); ++i) {
    elected += drawn->outcomes[i] == Outcome::kElected ? 1 : 0;
    RC_ASSERT(open->outcomes[i] == Outcome::kLot || drawn->outcomes[i] == open->outcomes[i]);
  }
  RC_ASSERT(elected + drawn->vacant == both.district.seats);
}

RC_GTEST_PROP(Council, TheOrderOfListsAndCandidatesDoesNotMatter, ()) {
  Both both;
  some_both(both, Method::kDHondt);
  both.district.precincts.reset();
  const auto one = determine_council(both.district);
  RC_ASSERT(one.has_value());
  std::vector<List> lists(both.lists.rbegin(), both.lists.rend());
  std::vector<Candidate> candidates(both.candidates.rbegin(), both.candidates.rend());
  both.district.lists = lists;
  both.district.candidates = candidates;
  const auto other = determine_council(both.district);
  RC_ASSERT(other.has_value());
  RC_ASSERT(std::ranges::equal(
      one->outcomes, std::vector<Outcome>(other->outcomes.rbegin(), other->outcomes.rend())));
  // Lots are for the same bytes, whatever the order.
  std::vector<Bytes> mine, theirs;
  for (const LotContext& context : one->pending) mine.push_back(context.canonical());
  for (const LotContext& context : other->pending) theirs.push_back(context.canonical());
  std::ranges::sort(mine);
  std::ranges::sort(theirs);
  RC_ASSERT(mine == theirs);
}

RC_GTEST_PROP(Council, MultiplyingAllVotesChangesNoOutcome, ()) {
  Both both;
  some_both(both, Method::kDHondt);
  both.district.precincts.reset();
  const auto before = determine_council(both.district);
  RC_ASSERT(before.has_value());
  constexpr std::uint32_t kFactor = 1000;
  for (Candidate& one : both.candidates) {
    if (one.votes) *one.votes *= kFactor;
  }
  for (List& list : both.lists) {
    list.votes *= kFactor;
    list.unit_votes *= kFactor;
  }
  both.district.unit_valid_votes *= kFactor;
  const auto after = determine_council(both.district);
  RC_ASSERT(after.has_value());
  RC_ASSERT(after->outcomes == before->outcomes);
}

}  // namespace
}  // namespace urna::results
