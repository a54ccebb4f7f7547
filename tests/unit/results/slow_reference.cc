#include "tests/unit/results/slow_reference.h"

#include <algorithm>
#include <map>
#include <set>

namespace urna::test {

namespace {

// Non-negative, never reduced: figures of tests are small.
struct Fraction {
  std::uint64_t above, below;
  friend bool operator<(const Fraction& a, const Fraction& b) {
    return a.above * b.below < b.above * a.below;
  }
  friend bool operator==(const Fraction& a, const Fraction& b) { return !(a < b) && !(b < a); }
};

using Choice = std::set<std::size_t>;  // who gets a place
using Choices = std::vector<Choice>;   // every choice chance may bring

// Every way to take `count` of `from`.
Choices all_subsets(const std::vector<std::size_t>& from, std::size_t count) {
  Choices all;
  for (std::uint64_t bits = 0; bits < (1U << from.size()); ++bits) {
    Choice one;
    for (std::size_t i = 0; i < from.size(); ++i) {
      if ((bits >> i) & 1U) one.insert(from[i]);
    }
    if (one.size() == count) all.push_back(one);
  }
  return all;
}

// How often each of `who` alone has most votes.
std::map<std::size_t, int> precincts_ahead(const std::vector<std::size_t>& who,
                                           const std::vector<std::vector<std::uint64_t>>& figures) {
  std::map<std::size_t, int> ahead;
  for (const std::size_t one : who) {
    for (std::size_t precinct = 0; precinct < figures[one].size(); ++precinct) {
      bool beats_all = true;
      for (const std::size_t other : who) {
        if (other != one && figures[other][precinct] >= figures[one][precinct]) beats_all = false;
      }
      ahead[one] += beats_all ? 1 : 0;
    }
  }
  return ahead;
}

// Takes `count` of `who`, the higher score first; the rest of those level at the cut by `next`.
template <class Score, class Next>
Choices take_best(const std::vector<std::size_t>& who, std::size_t count, Score score, Next next) {
  if (count >= who.size()) return {Choice(who.begin(), who.end())};
  std::vector<std::size_t> level;
  Choice sure;
  for (const std::size_t one : who) {
    std::size_t better = 0, equal = 0;
    for (const std::size_t other : who) {
      if (score(one) < score(other)) ++better;
      if (score(one) == score(other)) ++equal;
    }
    if (better + equal <= count) {
      sure.insert(one);
    } else if (better < count) {
      level.push_back(one);
    }
  }
  Choices all = next(level, count - sure.size());
  for (Choice& choice : all) choice.insert(sure.begin(), sure.end());
  return all;
}

Choices by_precincts_then_lot(const std::vector<std::size_t>& who, std::size_t count,
                              const std::vector<std::vector<std::uint64_t>>& figures) {
  const bool known =
      std::ranges::all_of(who, [&](std::size_t one) { return !figures[one].empty(); });
  if (!known) return all_subsets(who, count);
  const auto ahead = precincts_ahead(who, figures);
  return take_best(who, count, [&](std::size_t one) { return ahead.at(one); }, all_subsets);
}

// Candidates with most votes; who is level by place, by precincts, or by lot.
Choices best_candidates(const std::vector<SlowCandidate>& all, std::size_t count, bool by_place,
                        bool by_precincts) {
  std::vector<std::size_t> who;
  std::vector<std::vector<std::uint64_t>> figures;
  for (std::size_t i = 0; i < all.size(); ++i) {
    figures.push_back(all[i].precincts);
    if (all[i].votes) who.push_back(i);
  }
  const auto level = [&](const std::vector<std::size_t>& equal, std::size_t places) -> Choices {
    if (by_place) {
      return take_best(equal, places, [&](std::size_t i) { return -all[i].place; }, all_subsets);
    }
    return by_precincts ? by_precincts_then_lot(equal, places, figures)
                        : all_subsets(equal, places);
  };
  return take_best(who, count, [&](std::size_t i) { return *all[i].votes; }, level);
}

std::size_t standing(const SlowList& list) {
  return static_cast<std::size_t>(std::ranges::count_if(
      list.candidates, [](const SlowCandidate& one) { return one.votes.has_value(); }));
}

// Every distribution of seats chance may bring: per list, how many.
std::vector<std::vector<std::size_t>> distributions(const SlowDistrict& district,
                                                    const SlowRules& rules) {
  struct Quotient {
    Fraction value;
    std::size_t list;
  };
  std::vector<Quotient> quotients;
  std::vector<std::vector<std::uint64_t>> figures;
  for (std::size_t i = 0; i < district.lists.size(); ++i) {
    const SlowList& list = district.lists[i];
    figures.push_back(list.precincts);
    const Fraction share{list.unit_votes, 1};
    const Fraction needed{district.unit_valid_votes * static_cast<std::uint64_t>(list.percent),
                          100};
    if (share < needed || list.votes == 0) continue;
    const std::size_t most = rules.surplus_goes_on ? standing(list) : district.seats;
    for (std::size_t divisor = 1; divisor <= std::min<std::size_t>(most, district.seats);
         ++divisor) {
      quotients.push_back({{list.votes, divisor}, i});
    }
  }
  std::vector<std::size_t> all(quotients.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto list_votes = [&](std::size_t q) { return district.lists[quotients[q].list].votes; };
  const auto draw = [&](const std::vector<std::size_t>& level, std::size_t places) {
    std::vector<std::vector<std::uint64_t>> of_quotients(quotients.size());
    for (const std::size_t q : level) of_quotients[q] = figures[quotients[q].list];
    return by_precincts_then_lot(level, places, of_quotients);
  };
  const auto level = [&](const std::vector<std::size_t>& equal, std::size_t places) {
    return take_best(equal, places, list_votes, draw);
  };
  std::vector<std::vector<std::size_t>> found;
  for (const Choice& choice :
       take_best(all, district.seats, [&](std::size_t q) { return quotients[q].value; }, level)) {
    std::vector<std::size_t> seats(district.lists.size());
    for (const std::size_t q : choice) ++seats[quotients[q].list];
    found.push_back(seats);
  }
  return found;
}

// What each is in all the choices together.
class Always {
 public:
  explicit Always(std::size_t size) : in_some_(size), in_all_(size, true) {}
  void add(std::size_t first, std::size_t count, const Choice& chosen) {
    for (std::size_t i = 0; i < count; ++i) {
      const bool is = chosen.contains(i);
      in_some_[first + i] = in_some_[first + i] || is;
      in_all_[first + i] = in_all_[first + i] && is;
    }
  }
  std::string letters() const {
    std::string text;
    for (std::size_t i = 0; i < in_all_.size(); ++i) {
      text += in_all_[i] ? 'E' : in_some_[i] ? 'L' : 'N';
    }
    return text;
  }

 private:
  std::vector<bool> in_some_, in_all_;
};

}  // namespace

std::string slow_lists(const SlowDistrict& district, const SlowRules& rules) {
  std::size_t size = 0;
  for (const SlowList& list : district.lists) size += list.candidates.size();
  Always always(size);
  for (const auto& seats : distributions(district, rules)) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < district.lists.size(); ++i) {
      const auto& candidates = district.lists[i].candidates;
      for (const Choice& choice :
           best_candidates(candidates, seats[i], rules.place_decides, true)) {
        always.add(first, candidates.size(), choice);
      }
      first += candidates.size();
    }
  }
  return always.letters();
}

std::string slow_top_n(const SlowDistrict& district, const SlowRules& rules) {
  std::vector<SlowCandidate> all;
  for (const SlowList& list : district.lists) {
    all.insert(all.end(), list.candidates.begin(), list.candidates.end());
  }
  Always always(all.size());
  for (const Choice& choice :
       best_candidates(all, district.seats, false, rules.precincts_at_the_cut)) {
    always.add(0, all.size(), choice);
  }
  return always.letters();
}

}  // namespace urna::test
