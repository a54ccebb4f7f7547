#include "common/results/tie.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "common/base/check.h"

namespace urna::results {

namespace {

// Positions still equal, and how many places they have left.
struct Open {
  std::vector<std::size_t> among;
  std::uint32_t places;
};

class Settling {
 public:
  Settling(TieQuestion question, LotBook& lots) : question_(std::move(question)), lots_(lots) {
    open_.among.resize(question_.among.size());
    std::iota(open_.among.begin(), open_.among.end(), 0);
    open_.places = question_.places;
  }

  Result<TieAnswer> run() {
    for (const TieBreak by : question_.rule->steps) {
      if (by == TieBreak::kLot) {
        if (auto drawn = draw(); !drawn) return std::unexpected(std::move(drawn.error()));
      } else if (by == TieBreak::kMorePrecincts && question_.table.width == 0) {
        answer_.tie.steps.push_back({by, {}, names_of(open_.among), true});
      } else {
        compare(by);
      }
      if (open_.places == 0) break;
    }
    URNA_CHECK(open_.places == 0 || answer_.pending.has_value());
    describe();
    return std::move(answer_);
  }

 private:
  // What the step compares; the larger goes first.
  std::int64_t rank(TieBreak by, std::size_t position) const {
    const Contender& one = question_.among[position];
    if (by == TieBreak::kMoreVotes) return static_cast<std::int64_t>(one.votes);
    if (by == TieBreak::kMorePrecincts) return *one.precincts_won;
    return -static_cast<std::int64_t>(one.name.place);
  }

  void count_precincts() {
    for (const std::size_t position : open_.among) question_.among[position].precincts_won = 0;
    for (std::size_t row = 0; row < question_.table.figures.size(); row += question_.table.width) {
      std::uint32_t most = 0;
      std::size_t leader = 0;
      bool alone = false;
      for (const std::size_t position : open_.among) {
        const std::uint32_t votes = question_.table.figures[row + question_.columns[position]];
        if (votes > most) {
          most = votes;
          leader = position;
          alone = true;
        } else if (votes == most) {
          alone = false;
        }
      }
      if (alone) ++*question_.among[leader].precincts_won;
    }
  }

  void compare(TieBreak by) {
    if (by == TieBreak::kMorePrecincts) count_precincts();
    std::ranges::stable_sort(open_.among, std::ranges::greater{},
                             [&](std::size_t position) { return rank(by, position); });
    const std::int64_t last = rank(by, open_.among[open_.places - 1]);
    const auto equal =
        std::ranges::equal_range(open_.among, last, std::ranges::greater{},
                                 [&](std::size_t position) { return rank(by, position); });
    std::vector<std::size_t> ahead(open_.among.begin(), equal.begin());
    std::vector<std::size_t> level(equal.begin(), equal.end());
    if (ahead.size() + level.size() == open_.places) {
      ahead.insert(ahead.end(), level.begin(), level.end());
      level.clear();
    }
    give(by, ahead, level);
    open_.places -= static_cast<std::uint32_t>(ahead.size());
    open_.among = std::move(level);
  }

  void give(TieBreak by, const std::vector<std::size_t>& ahead,
            const std::vector<std::size_t>& level) {
    answer_.winners.insert(answer_.winners.end(), ahead.begin(), ahead.end());
    answer_.tie.steps.push_back({by, names_of(ahead), names_of(level), false});
  }

  std::vector<BallotName> names_of(const std::vector<std::size_t>& positions) const {
    std::vector<BallotName> names;
    for (const std::size_t position : positions) names.push_back(question_.among[position].name);
    std::ranges::sort(names);
    return names;
  }

  std::vector<Contender> contenders(const std::vector<std::size_t>& positions) const {
    std::vector<Contender> among;
    for (const std::size_t position : positions) among.push_back(question_.among[position]);
    std::ranges::sort(among, {}, &Contender::name);
    return among;
  }

  Result<void> draw() {
    LotContext context{question_.kind, *question_.contest,      question_.rules,
                       open_.places,   contenders(open_.among), question_.figures};
    auto lot = lots_.find(context);
    if (!lot) return std::unexpected(std::move(lot.error()));
    if (*lot == nullptr) {
      answer_.undrawn = open_.among;
      answer_.tie.waits_for_lot = true;
      answer_.tie.steps.push_back({TieBreak::kLot, {}, names_of(open_.among), false});
      answer_.pending = std::move(context);
      return {};
    }
    std::vector<std::size_t> drawn;
    for (const std::size_t position : open_.among) {
      if (std::ranges::count((*lot)->winners, question_.among[position].name) > 0) {
        drawn.push_back(position);
      }
    }
    give(TieBreak::kLot, drawn, {});
    open_.places = 0;
    return {};
  }

  void describe() {
    answer_.tie.kind = question_.kind;
    answer_.tie.places = question_.places;
    answer_.tie.source = question_.rule->source;
    answer_.tie.among = std::move(question_.among);
    std::ranges::sort(answer_.tie.among, {}, &Contender::name);
  }

  TieQuestion question_;
  LotBook& lots_;
  Open open_;
  TieAnswer answer_;
};

}  // namespace

Result<TieAnswer> settle_tie(TieQuestion question, LotBook& lots) {
  URNA_CHECK(question.rule != nullptr && !question.rule->steps.empty());
  URNA_CHECK(question.places > 0 && question.places < question.among.size());
  return Settling(std::move(question), lots).run();
}

}  // namespace urna::results
