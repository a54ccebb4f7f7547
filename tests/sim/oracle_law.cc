#include "tests/sim/oracle_law.h"

#include <algorithm>
#include <set>

#include "common/trust/sha256.h"

namespace urna::sim {

namespace {

struct Runner {
  std::uint32_t position = 0;
  std::uint64_t votes = 0;
  std::size_t cell = 0;
  std::uint64_t precincts_won = 0;
};

struct ListOf {
  std::string code;
  std::uint32_t number = 0;  // on the ballot, from 1
  std::uint64_t votes = 0;
  std::vector<Runner> runners;
  std::size_t seats = 0;
};

std::vector<ListOf> lists_of(const model::Slice& slice, const std::vector<std::uint64_t>& votes) {
  std::vector<ListOf> lists;
  std::size_t cell = 0;
  for (const v1::Option& option : slice.data().options()) {
    ListOf& list = lists.emplace_back();
    list.code = option.code();
    list.number = static_cast<std::uint32_t>(lists.size());
    list.votes = votes[cell++];
    for (const v1::Candidate& candidate : option.candidates()) {
      list.runners.push_back({candidate.position(), votes[cell], cell, 0});
      ++cell;
    }
  }
  return lists;
}

struct Quotient {
  ListOf* list;
  std::uint64_t divisor;
  // LAW.md, allocation 2: compared by cross-multiplication.
  std::uint64_t against(const Quotient& other) const { return list->votes * other.divisor; }
};

// LAW.md, allocation 1-3 and 5. False when a tie goes past the lists' votes.
bool share_out(std::vector<ListOf>& lists, std::size_t seats) {
  std::uint64_t all = 0;
  for (const ListOf& list : lists) all += list.votes;
  std::vector<Quotient> quotients;
  for (ListOf& list : lists) {
    if (list.votes == 0 || list.votes * 20 < all) continue;
    for (std::uint64_t n = 1; n <= list.runners.size(); ++n) quotients.push_back({&list, n});
  }
  const auto larger = [](const Quotient& a, const Quotient& b) {
    if (a.against(b) != b.against(a)) return a.against(b) > b.against(a);
    return a.list->votes > b.list->votes;
  };
  std::ranges::stable_sort(quotients, larger);
  if (quotients.size() > seats && seats > 0 && !larger(quotients[seats - 1], quotients[seats])) {
    return false;
  }
  for (std::size_t i = 0; i < std::min(seats, quotients.size()); ++i) ++quotients[i].list->seats;
  return true;
}

// docs/results.md, section 11.
std::string lot_text(const model::Slice& slice, const ListOf& list, std::size_t draw,
                     std::vector<Runner> among) {
  const auto line = [](const Runner& one, std::uint32_t number) {
    return std::to_string(number) + " " + std::to_string(one.position) + " " +
           std::to_string(one.votes);
  };
  std::vector<Runner> all = list.runners;
  std::ranges::sort(all, {}, &Runner::position);
  std::ranges::sort(among, {}, &Runner::position);
  std::string text = "urna-lot 1\nkind places-inside-list\ncontest " + slice.key().contest.str() +
                     "\nround " + std::to_string(slice.key().round) + "\nrules 2014\nlist-seats " +
                     std::to_string(list.seats) + "\n";
  for (const Runner& one : all) text += "candidate " + line(one, list.number) + "\n";
  text += "draw " + std::to_string(draw) + "\n";
  for (const Runner& one : among) {
    text += "among " + line(one, list.number) + " " + std::to_string(one.precincts_won) + "\n";
  }
  return text;
}

// Positions drawn by the one lot that answers exactly; nullopt when none does, or two disagree.
std::optional<std::set<std::uint32_t>> drawn(const std::string& text, const ListOf& list,
                                             std::size_t draw, const std::vector<Runner>& among,
                                             const std::vector<v1::Lot>& lots) {
  const std::string context = trust::digest_of(text).str();
  std::set<std::set<std::uint32_t>> answers;
  for (const v1::Lot& lot : lots) {
    if (lot.context() != context) continue;
    std::set<std::uint32_t> positions;
    bool exact = static_cast<std::size_t>(lot.winners_size()) == draw;
    for (const v1::LotWinner& winner : lot.winners()) {
      exact = exact && winner.option() == list.code &&
              positions.insert(winner.candidate()).second &&
              std::ranges::count(among, winner.candidate(), &Runner::position) == 1;
    }
    if (exact) answers.insert(positions);
  }
  if (answers.size() != 1) return std::nullopt;
  return *answers.begin();
}

// docs/results.md, section 10: who got more than each of the others, precinct by precinct.
void count_precincts(std::vector<Runner>& level,
                     const std::vector<std::vector<std::uint64_t>>& precincts) {
  for (Runner& one : level) {
    one.precincts_won = static_cast<std::uint64_t>(std::ranges::count_if(precincts, [&](auto& row) {
      return std::ranges::all_of(level, [&](const Runner& other) {
        return other.position == one.position || row[one.cell] > row[other.cell];
      });
    }));
  }
}

// Those who are surely in by `key`, out of `places`; the rest of `open` are level at the boundary.
template <class Key>
std::vector<Runner> surely_in(std::vector<Runner>& open, std::size_t& places, Key key) {
  std::ranges::stable_sort(open, std::ranges::greater{}, key);
  const auto last = std::invoke(key, open[places - 1]);
  std::vector<Runner> in, level;
  for (const Runner& one : open) {
    if (std::invoke(key, one) > last) in.push_back(one);
    if (std::invoke(key, one) == last) level.push_back(one);
  }
  if (in.size() + level.size() == places) {
    in.insert(in.end(), level.begin(), level.end());
    level.clear();
  }
  places -= in.size();
  open = std::move(level);
  return in;
}

// LAW.md, allocation 4, from 2014 on: votes, precincts, lot.
void fill_list(const model::Slice& slice, const ListOf& list,
               const std::vector<std::vector<std::uint64_t>>& precincts,
               const std::vector<v1::Lot>& lots, Seats& seats) {
  const auto say = [&](const Runner& one, const char* what) {
    seats.outcomes[{list.code, one.position}] = what;
  };
  for (const Runner& one : list.runners) say(one, "not_elected");
  std::size_t places = std::min(list.seats, list.runners.size());
  if (places == 0) return;
  std::vector<Runner> open = list.runners;
  for (const Runner& one : surely_in(open, places, &Runner::votes)) say(one, "elected");
  if (places == 0) return;
  count_precincts(open, precincts);
  for (const Runner& one : surely_in(open, places, &Runner::precincts_won)) say(one, "elected");
  if (places == 0) return;
  const auto positions = drawn(lot_text(slice, list, places, open), list, places, open, lots);
  if (!positions) seats.waits_for_lot = true;
  for (const Runner& one : open) {
    say(one, !positions ? "lot" : positions->contains(one.position) ? "elected" : "not_elected");
  }
}

}  // namespace

std::optional<Seats> seats_of(const model::Slice& slice, const std::vector<std::uint64_t>& votes,
                              const std::vector<std::vector<std::uint64_t>>& precincts,
                              const std::vector<v1::Lot>& lots) {
  std::vector<ListOf> lists = lists_of(slice, votes);
  if (!share_out(lists, slice.data().seats())) return std::nullopt;
  Seats seats;
  for (const ListOf& list : lists) fill_list(slice, list, precincts, lots, seats);
  return seats;
}

}  // namespace urna::sim
