#include "tests/drill/expected.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "tests/drill/random.h"

namespace urna::drill {

namespace {

// One who wants a place, with what it got in each precinct.
struct Contender {
  BallotLine line;
  std::uint64_t votes = 0;
  std::vector<std::uint32_t> by_precinct;
};

// votes / divisor, of one list. A country's votes times any number of seats stay far below 2^64.
struct Quotient {
  std::size_t list = 0;
  std::uint64_t votes = 0;
  std::uint64_t divisor = 1;

  std::strong_ordering operator<=>(const Quotient& other) const {
    const auto left = votes * other.divisor;
    const auto right = other.votes * divisor;
    if (left != right)
      return left < right ? std::strong_ordering::less : std::strong_ordering::greater;
    return votes <=> other.votes;
  }
  bool operator==(const Quotient& other) const { return (*this <=> other) == 0; }
};

// Allocation 1: in local elections the same for all, for parliament by the committee.
std::uint64_t percent_needed(const DatasetOption& list) {
  if (list.committee == "coalition") return 8;
  return list.committee == "minority" ? 0 : 5;
}

class Working {
 public:
  Working(const Dataset& data, std::uint64_t seed) : data_(data), random_(seed) {
    protocols_.resize(data.contests.size());
    for (const DatasetProtocol& protocol : data.protocols) {
      protocols_[protocol.contest].push_back(&protocol);
      const DatasetContest& contest = data.contest_of(protocol);
      Group& group = groups_[contest.group];
      group.votes += protocol.votes_total();
      for (std::size_t i = 0; i < protocol.votes.size(); ++i) {
        if (model::is_empty(protocol.votes[i])) continue;
        group.lists[contest.options[i].code] += model::figure_of(protocol.votes[i]);
      }
    }
  }

  ExpectedResults run() {
    for (at_ = 0; at_ < data_.contests.size(); ++at_) {
      auto& outcomes = results_.contests.emplace_back();
      const DatasetContest& contest = data_.contests[at_];
      if (contest.decided == Decided::kNot) continue;
      winners_.clear();
      std::string won = "elected";
      if (contest.kind == v1::CONTEST_KIND_MAYOR) {
        won = mayor();
      } else if (contest.kind == v1::CONTEST_KIND_COUNCIL_SMALL_GMINA) {
        choose(options(), contest.seats);
      } else {
        lists();
      }
      for (const Contender& one : ballot()) {
        outcomes.push_back(
            {one.line, one.votes, winners_.contains(one.line) ? won : "not_elected"});
      }
    }
    return std::move(results_);
  }

 private:
  const DatasetContest& contest() const { return data_.contests[at_]; }

  Contender option(std::size_t option) const {
    Contender one{{option, 0}, 0, {}};
    for (const DatasetProtocol* protocol : protocols_[at_]) {
      const model::Cell cell = protocol->votes[option];
      one.by_precinct.push_back(model::is_empty(cell) ? 0 : model::figure_of(cell));
      one.votes += one.by_precinct.back();
    }
    return one;
  }
  std::size_t index_of(std::string_view code) const {
    const auto& all = contest().options;
    return static_cast<std::size_t>(std::ranges::find(all, code, &DatasetOption::code) -
                                    all.begin());
  }
  std::vector<Contender> options() const {
    std::vector<Contender> all;
    for (std::size_t i = 0; i < contest().options.size(); ++i) all.push_back(option(i));
    return all;
  }
  std::vector<Contender> candidates(std::size_t list) const {
    std::vector<Contender> all;
    const std::size_t first = first_candidate(contest(), list);
    for (std::uint32_t i = 0; i < contest().options[list].candidates; ++i) {
      Contender one{{list, i + 1}, 0, {}};
      for (const DatasetProtocol* protocol : protocols_[at_]) {
        one.by_precinct.push_back(protocol->candidate_votes[first + i]);
        one.votes += one.by_precinct.back();
      }
      all.push_back(std::move(one));
    }
    return all;
  }
  // Those of a list who were not struck off.
  std::vector<Contender> standing(std::size_t list) const {
    std::vector<Contender> all = candidates(list);
    std::erase_if(all, [&](const Contender& one) {
      return std::ranges::binary_search(contest().options[list].struck_off, one.line.candidate);
    });
    return all;
  }
  // Everybody on the ballot.
  std::vector<Contender> ballot() const {
    std::vector<Contender> all;
    for (std::size_t i = 0; i < contest().options.size(); ++i) {
      if (contest().options[i].candidates == 0) {
        if (contest().options[i].code != "NO") all.push_back(option(i));
      } else {
        std::ranges::move(candidates(i), std::back_inserter(all));
      }
    }
    return all;
  }

  // Allocation 8: more than half of the valid votes in round one; else the first two go on.
  std::string mayor() {
    const std::vector<Contender> all = options();
    std::uint64_t valid = 0;
    std::uint64_t most = 0;
    for (const Contender& one : all) {
      valid += one.votes;
      most = std::max(most, one.votes);
    }
    // Allocation 9: a single candidate needs more YES than NO; who says NO elects nobody.
    if (const std::size_t yes = index_of("YES"); yes < all.size() && index_of("NO") < all.size()) {
      if (2 * all[yes].votes > valid) winners_.insert(all[yes].line);
      return "elected";
    }
    const bool runoff = contest().round == 1 && 2 * most <= valid;
    choose(all, runoff ? 2 : 1);
    return runoff ? "runoff" : "elected";
  }

  // Allocation 1: votes of the list and of all lists in the whole unit.
  bool above_threshold(const DatasetOption& list) const {
    const Group& group = groups_.at(contest().group);
    const auto own = group.lists.find(list.code);
    return own != group.lists.end() && own->second * 100 >= group.votes * percent_needed(list);
  }

  // Allocation 2, 3 and 5: all quotients in a row, the seats go to the first. A list has no more
  // quotients than candidates.
  void lists() {
    std::vector<Quotient> row;
    const std::vector<Contender> all = options();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const DatasetOption& list = contest().options[i];
      if (all[i].votes == 0 || !above_threshold(list)) continue;
      const auto standing = static_cast<std::uint32_t>(list.candidates - list.struck_off.size());
      const std::uint32_t last = std::min(contest().seats, standing);
      for (std::uint32_t divisor = 1; divisor <= last; ++divisor) {
        row.push_back({i, all[i].votes, divisor});
      }
    }
    std::ranges::sort(row, std::ranges::greater{});
    std::vector<std::uint32_t> seats(all.size(), 0);
    const std::size_t cut = std::min<std::size_t>(contest().seats, row.size());
    std::vector<Contender> level;
    std::uint32_t left = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i < cut && (cut == row.size() || row[i] > row[cut])) {
        ++seats[row[i].list];
      } else if (cut < row.size() && row[i] == row[cut]) {
        level.push_back(all[row[i].list]);
        if (i < cut) ++left;
      }
    }
    for (const BallotLine& winner : first(level, left)) ++seats[winner.option];
    for (std::size_t i = 0; i < all.size(); ++i) choose(standing(i), seats[i]);
  }

  void choose(const std::vector<Contender>& among, std::uint32_t places) {
    for (const BallotLine& line : first(among, places)) winners_.insert(line);
  }

  // Allocation 3, 4, 6, 8 of 2014: more votes, then more precincts, then a lot.
  std::set<BallotLine> first(const std::vector<Contender>& among, std::uint32_t places) {
    std::set<BallotLine> chosen;
    if (places >= among.size()) {
      for (const Contender& one : among) chosen.insert(one.line);
      return chosen;
    }
    if (places == 0) return chosen;
    std::vector<const Contender*> open;
    for (const Contender& one : among) open.push_back(&one);
    open = settle(open, [](const Contender& one) { return one.votes; }, places, chosen);
    const std::vector<const Contender*> equal = open;
    open = settle(
        open, [&](const Contender& one) { return precincts_ahead(one, equal); }, places, chosen);
    if (open.empty()) return chosen;
    Drawing& drawing = results_.drawings.emplace_back();
    drawing.contest = at_;
    for (const Contender* one : open) drawing.among.push_back(one->line);
    std::vector<BallotLine> urn = drawing.among;
    for (; places > 0; --places) {
      const auto drawn = urn.begin() + static_cast<std::ptrdiff_t>(random_.below(urn.size()));
      drawing.winners.push_back(*drawn);
      urn.erase(drawn);
    }
    std::ranges::sort(drawing.winners);
    chosen.insert(drawing.winners.begin(), drawing.winners.end());
    return chosen;
  }

  // Whoever has fewer than `places` others at or ahead of it is chosen; returns those between whom
  // the figure does not decide, and leaves in `places` what is left for them.
  template <class Figure>
  static std::vector<const Contender*> settle(const std::vector<const Contender*>& open,
                                              Figure figure, std::uint32_t& places,
                                              std::set<BallotLine>& chosen) {
    std::vector<const Contender*> undecided;
    std::uint32_t certain = 0;
    for (const Contender* one : open) {
      const auto ahead = std::ranges::count_if(
          open, [&](const Contender* other) { return figure(*other) > figure(*one); });
      const auto not_behind = std::ranges::count_if(
          open, [&](const Contender* other) { return figure(*other) >= figure(*one); });
      if (not_behind <= places) {
        chosen.insert(one->line);
        ++certain;
      } else if (ahead < places) {
        undecided.push_back(one);
      }
    }
    places -= certain;
    return undecided;
  }

  static std::uint64_t precincts_ahead(const Contender& one,
                                       const std::vector<const Contender*>& equal) {
    std::uint64_t ahead = 0;
    for (std::size_t i = 0; i < one.by_precinct.size(); ++i) {
      ahead += std::ranges::all_of(equal, [&](const Contender* other) {
        return other->line == one.line || other->by_precinct[i] < one.by_precinct[i];
      });
    }
    return ahead;
  }

  // What one office or council got in all its districts together.
  struct Group {
    std::uint64_t votes = 0;
    std::unordered_map<std::string, std::uint64_t> lists;  // by code
  };

  const Dataset& data_;
  SplitMix64 random_;
  std::unordered_map<std::string, Group> groups_;
  std::vector<std::vector<const DatasetProtocol*>> protocols_;  // by contest
  std::size_t at_ = 0;                                          // the contest worked on
  std::set<BallotLine> winners_;
  ExpectedResults results_;
};

}  // namespace

ExpectedResults expect_results(const Dataset& data, std::uint64_t seed) {
  return Working(data, seed).run();
}

}  // namespace urna::drill
