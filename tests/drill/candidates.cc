#include "tests/drill/candidates.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include "tests/drill/expected.h"
#include "tests/drill/random.h"
#include "tests/drill/split.h"

namespace urna::drill {

namespace {

// Seats of a district where the data set does not tell.
constexpr std::uint32_t kSeatsMin = 5;
constexpr std::uint32_t kSeatsMax = 8;

bool has_lists(const DatasetContest& contest) {
  return contest.decided == Decided::kByCommission && contest.kind != v1::CONTEST_KIND_MAYOR &&
         contest.kind != v1::CONTEST_KIND_COUNCIL_SMALL_GMINA;
}

// Weights of every list's candidates; who stands first fares best.
std::vector<Weights> invent_lists(DatasetContest& contest, SplitMix64& random) {
  contest.synthetic = true;
  if (contest.seats == 0) contest.seats = random.between(kSeatsMin, kSeatsMax);
  std::vector<Weights> lists;
  for (DatasetOption& option : contest.options) {
    option.candidates = random.between(kSeatsMin, 2 * std::max(contest.seats, kSeatsMin));
    Weights& weights = lists.emplace_back();
    for (std::uint32_t i = 0; i < option.candidates; ++i) {
      weights.push_back(i == 0 ? random.between(400, 900) : random.between(30, 300));
    }
  }
  return lists;
}

class Tying {
 public:
  Tying(Dataset& data, std::uint64_t seed) : data_(data), expected_(expect_results(data, seed)) {}

  std::optional<InjectedTie> make(SplitMix64& random) {
    std::set<std::size_t> drawn;  // chance decides there as it is
    for (const Drawing& drawing : expected_.drawings) drawn.insert(drawing.contest);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < data_.contests.size(); ++i) {
      if (has_lists(data_.contests[i]) && !drawn.contains(i)) order.push_back(i);
    }
    for (std::size_t left = order.size(); left > 1; --left) {
      std::swap(order[left - 1], order[random.below(left)]);
    }
    for (const std::size_t contest : order) {
      for (std::size_t option = 0; option < data_.contests[contest].options.size(); ++option) {
        const auto tie = find(contest, option);
        if (!tie) continue;
        level(*tie);
        return tie;
      }
    }
    return std::nullopt;
  }

 private:
  // The two around the last seat, when half of their votes together still stands between those
  // ahead and those behind.
  std::optional<InjectedTie> find(std::size_t contest, std::size_t option) const {
    std::vector<const ExpectedOutcome*> list;
    for (const ExpectedOutcome& one : expected_.contests[contest]) {
      if (one.line.option == option) list.push_back(&one);
    }
    const auto seats = static_cast<std::size_t>(std::ranges::count(
        list, "elected", [](const ExpectedOutcome* one) { return one->outcome; }));
    if (seats == 0 || seats >= list.size()) return std::nullopt;
    std::ranges::sort(list, std::ranges::greater{}, &ExpectedOutcome::votes);
    const std::uint64_t together = list[seats - 1]->votes + list[seats]->votes;
    if (together == 0 || together % 2 != 0) return std::nullopt;
    if (seats > 1 && list[seats - 2]->votes <= together / 2) return std::nullopt;
    if (seats + 1 < list.size() && list[seats + 1]->votes >= together / 2) return std::nullopt;
    return InjectedTie{contest, option, list[seats - 1]->line.candidate,
                       list[seats]->line.candidate};
  }

  // Halves what the two have in every precinct; where it is odd, one and the other take turns at
  // being ahead. There is an even number of such precincts, since the sum is even.
  void level(const InjectedTie& tie) {
    const std::size_t list = first_candidate(data_.contests[tie.contest], tie.option);
    bool turn = false;
    for (DatasetProtocol& protocol : data_.protocols) {
      if (protocol.contest != tie.contest) continue;
      std::uint32_t& a = protocol.candidate_votes[list + tie.first - 1];
      std::uint32_t& b = protocol.candidate_votes[list + tie.second - 1];
      const std::uint32_t together = a + b;
      a = together / 2;
      b = together / 2;
      if (together % 2 == 0) continue;
      ++(turn ? a : b);
      turn = !turn;
    }
  }

  Dataset& data_;
  const ExpectedResults expected_;
};

}  // namespace

bool needs_candidates(const Dataset& data) {
  return std::ranges::any_of(data.contests, [](const DatasetContest& contest) {
    return has_lists(contest) && contest.options.front().candidates == 0;
  });
}

Result<InjectedTie> invent_candidates(Dataset& data, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<std::vector<Weights>> lists(data.contests.size());
  for (std::size_t i = 0; i < data.contests.size(); ++i) {
    if (has_lists(data.contests[i])) lists[i] = invent_lists(data.contests[i], random);
  }
  for (DatasetProtocol& protocol : data.protocols) {
    for (std::size_t i = 0; i < lists[protocol.contest].size(); ++i) {
      const model::Cell cell = protocol.votes[i];
      const std::uint32_t votes = model::is_empty(cell) ? 0 : model::figure_of(cell);
      const auto parts = split(votes, lists[protocol.contest][i], random);
      protocol.candidate_votes.insert(protocol.candidate_votes.end(), parts.begin(), parts.end());
    }
  }
  if (const auto tie = Tying(data, seed).make(random)) return *tie;
  return fail(ErrorCode::kInvalidArgument, "no list of the data set can hold a tie");
}

}  // namespace urna::drill
