#include "common/results/council.h"

#include <algorithm>
#include <string>

#include "common/base/check.h"
#include "common/results/council_input.h"
#include "common/results/places.h"
#include "common/results/threshold.h"

namespace urna::results {

namespace {

class Determining {
 public:
  explicit Determining(const CouncilDistrict& district) : d_(district), lots_(district.lots) {}

  Result<CouncilResult> run() {
    r_.outcomes.assign(d_.candidates.size(), Outcome::kNotElected);
    const Result<void> done = !d_.voted                    ? elect_all()
                              : d_.method == Method::kTopN ? top_n()
                                                           : by_lists();
    if (!done) return std::unexpected(done.error());
    if (auto used = lots_.all_used(); !used) return std::unexpected(std::move(used.error()));
    return std::move(r_);
  }

 private:
  Result<void> elect_all() {
    r_.outcomes.assign(d_.candidates.size(), Outcome::kElected);
    r_.vacant = d_.seats - static_cast<std::uint32_t>(d_.candidates.size());
    return {};
  }

  Field field() const { return {d_.contest, *d_.rules, d_.candidates, d_.precincts}; }

  void record(const Places& given) {
    for (const std::size_t i : given.certain) r_.outcomes[i] = Outcome::kElected;
    for (const std::size_t i : given.undrawn) r_.outcomes[i] = Outcome::kLot;
    if (given.tie) r_.ties.push_back(*given.tie);
    if (given.pending) r_.pending.push_back(*given.pending);
  }

  Result<void> top_n() {
    const Positions order = rank_standing(d_.candidates, 0, d_.candidates.size());
    auto given = give_places(field(), order, d_.seats, LotKind::kTopN, d_.rules->top_n,
                             "seats " + std::to_string(d_.seats) + "\n", lots_);
    if (!given) return std::unexpected(std::move(given.error()));
    record(*given);
    if (order.size() < d_.seats) r_.vacant = d_.seats - static_cast<std::uint32_t>(order.size());
    return {};
  }

  // ---- lists ----

  Result<void> by_lists() {
    orders_.reserve(d_.lists.size());
    for (std::size_t list = 0, first = 0; list < d_.lists.size(); ++list) {
      const std::size_t count = list_length(d_, list, first);
      orders_.push_back(rank_standing(d_.candidates, first, count));
      first += count;
    }
    undecided_.assign(d_.lists.size(), false);
    if (auto shared = share_seats(); !shared) return shared;
    for (std::size_t list = 0; list < d_.lists.size(); ++list) {
      auto done = undecided_[list] ? fill_undecided(list) : fill(list);
      if (!done) return done;
    }
    return {};
  }

  Result<void> share_seats() {
    std::vector<ListVotes> votes;
    std::vector<std::uint32_t> position;  // of each entry of `votes` in the district's lists
    r_.takes_part.resize(d_.lists.size());
    for (std::uint32_t i = 0; i < d_.lists.size(); ++i) {
      r_.takes_part[i] = takes_part(d_.lists[i], d_.unit_valid_votes, *d_.rules);
      if (!r_.takes_part[i]) continue;
      const bool limited = d_.rules->surplus == Surplus::kGoesOn;
      votes.push_back(
          {d_.lists[i].votes, limited ? static_cast<std::uint32_t>(orders_[i].size()) : kSeatsMax});
      position.push_back(i);
    }
    Allocation shared = allocate_dhondt(votes, d_.seats);
    r_.vacant = shared.vacant;
    r_.list_seats.assign(d_.lists.size(), 0);
    for (std::size_t i = 0; i < votes.size(); ++i) r_.list_seats[position[i]] = shared.seats[i];
    for (Award& award : shared.awards) award.list = position[award.list];
    r_.awards = std::move(shared.awards);
    if (shared.tied.empty()) return {};
    for (std::uint32_t& list : shared.tied) list = position[list];
    return share_last_seats(shared.tied, shared.tied_seats);
  }

  Result<void> share_last_seats(const std::vector<std::uint32_t>& tied, std::uint32_t seats) {
    TieQuestion question;
    question.kind = LotKind::kSeatsAmongLists;
    question.rule = &d_.rules->lists;
    question.places = seats;
    question.contest = &d_.contest;
    question.rules = d_.rules->name;
    for (const std::uint32_t list : tied) {
      question.among.push_back({{d_.lists[list].number, 0}, d_.lists[list].votes, std::nullopt});
      question.columns.push_back(list);
    }
    if (d_.precincts && !d_.precincts->lists.empty()) {
      question.table = {d_.precincts->lists, d_.lists.size()};
    }
    question.figures = list_lines(d_, orders_);
    auto answer = settle_tie(std::move(question), lots_);
    if (!answer) return std::unexpected(std::move(answer.error()));
    for (const std::size_t i : answer->winners) {
      r_.awards.push_back({tied[i], ++r_.list_seats[tied[i]]});
    }
    for (const std::size_t i : answer->undrawn) undecided_[tied[i]] = true;
    if (answer->pending) r_.pending.push_back(std::move(*answer->pending));
    r_.ties.push_back(std::move(answer->tie));
    return {};
  }

  Result<Places> give_inside(std::size_t list, std::uint32_t places, LotBook& lots) const {
    return give_places(field(), orders_[list], places, LotKind::kPlacesInsideList,
                       d_.rules->inside_list, "list-seats " + std::to_string(places) + "\n", lots);
  }

  Result<void> fill(std::size_t list) {
    const std::uint32_t seats = r_.list_seats[list];
    auto given = give_inside(list, seats, lots_);
    if (!given) return std::unexpected(std::move(given.error()));
    record(*given);
    if (seats > orders_[list].size()) {
      r_.vacant += seats - static_cast<std::uint32_t>(orders_[list].size());
    }
    return {};
  }

  // A list that may win one seat more by lot: who has a seat either way is elected; who has one in
  // some outcome waits. A lot inside the list is asked for only once the list's seats are known.
  Result<void> fill_undecided(std::size_t list) {
    LotBook none({});
    const std::uint32_t seats = r_.list_seats[list];
    for (const std::uint32_t places : {seats + 1, seats}) {
      auto given = give_inside(list, places, none);
      if (!given) return std::unexpected(std::move(given.error()));
      const bool sure = places == seats;
      for (const std::size_t i : given->certain) {
        r_.outcomes[i] = sure ? Outcome::kElected : Outcome::kLot;
      }
      for (const std::size_t i : given->undrawn) r_.outcomes[i] = Outcome::kLot;
    }
    return {};
  }

  const CouncilDistrict& d_;
  LotBook lots_;
  CouncilResult r_;
  std::vector<Positions> orders_;  // per list: its standing candidates, most votes first
  std::vector<bool> undecided_;    // per list: a lot decides on one seat more
};

}  // namespace

Result<CouncilResult> determine_council(const CouncilDistrict& district) {
  URNA_CHECK(district.rules != nullptr);
  if (auto good = check_district(district); !good) return std::unexpected(std::move(good.error()));
  return Determining(district).run();
}

}  // namespace urna::results
