#include "tests/drill/generate_law.h"

#include <algorithm>
#include <numeric>

#include "common/base/check.h"
#include "tests/drill/generate_draw.h"

namespace urna::drill {

namespace {

// Steps of `size` that were begun above `from`.
std::uint64_t begun(std::uint64_t inhabitants, std::uint64_t from, std::uint64_t size) {
  return inhabitants <= from ? 0 : (inhabitants - from + size - 1) / size;
}

// As many districts as the usual number of seats gives, within what the range allows.
std::uint32_t district_count(std::uint32_t seats, const SeatRange& range) {
  const std::uint32_t most = seats / range.min;
  const std::uint32_t fewest = (seats + range.max - 1) / range.max;
  const std::uint32_t usual = (seats * 100 + range.mean_percent / 2) / range.mean_percent;
  URNA_CHECK(fewest <= most);
  return std::clamp(usual, fewest, most);
}

std::vector<Block> single_precincts(std::span<const Block> blocks) {
  std::vector<Block> singles;
  for (const Block& block : blocks) {
    singles.insert(singles.end(), block.precincts, {1, block.inhabitants / block.precincts});
  }
  return singles;
}

// First block of each of `count` runs, cut as near as can be to equal numbers of inhabitants.
std::vector<std::size_t> cut(std::span<const Block> blocks, std::size_t count) {
  std::uint64_t all = 0;
  for (const Block& block : blocks) all += block.inhabitants;
  std::vector<std::size_t> first = {0};
  std::size_t at = 0;
  std::uint64_t before = 0;  // inhabitants of the blocks before `at`
  for (std::size_t run = 1; run < count; ++run) {
    const std::uint64_t goal = all * run / count;
    const std::size_t last = blocks.size() - (count - run);  // leaves a block for every later run
    before += blocks[at++].inhabitants;
    while (at < last && before + blocks[at].inhabitants / 2 < goal) {
      before += blocks[at++].inhabitants;
    }
    first.push_back(at);
  }
  return first;
}

// Takes seats above the greatest number from where they are and gives them where one seat stands
// for the most inhabitants.
void keep_within(std::vector<std::uint32_t>& seats, std::span<const std::uint64_t> inhabitants,
                 std::uint32_t max) {
  for (std::uint32_t& one : seats) {
    for (; one > max; --one) {
      std::size_t best = seats.size();
      for (std::size_t i = 0; i < seats.size(); ++i) {
        if (seats[i] >= max) continue;
        if (best == seats.size() || inhabitants[i] * seats[best] > inhabitants[best] * seats[i]) {
          best = i;
        }
      }
      if (best == seats.size()) return;  // there are more seats than the range has room for
      ++seats[best];
    }
  }
}

}  // namespace

std::uint32_t gmina_council_seats(std::uint64_t inhabitants) {
  if (inhabitants <= kSmallGminaInhabitantsMax) return 15;
  if (inhabitants <= 50'000) return 21;
  if (inhabitants <= 100'000) return 23;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(45, 25 + 3 * begun(inhabitants, 200'000, 100'000)));
}

std::uint32_t powiat_council_seats(std::uint64_t inhabitants) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(29, 15 + 2 * begun(inhabitants, 40'000, 20'000)));
}

std::uint32_t assembly_seats(std::uint64_t inhabitants) {
  return static_cast<std::uint32_t>(30 + 3 * begun(inhabitants, 2'000'000, 500'000));
}

std::vector<District> divide(std::uint32_t seats, const SeatRange& range,
                             std::span<const Block> blocks) {
  const std::uint32_t count = district_count(seats, range);
  std::vector<Block> singles;
  if (blocks.size() < count) {
    singles = single_precincts(blocks);
    blocks = singles;
  }
  const std::size_t runs = std::min<std::size_t>(count, blocks.size());
  const std::vector<std::size_t> first = cut(blocks, runs);
  std::vector<std::uint64_t> inhabitants(runs, 0);
  std::vector<District> districts(runs);
  std::uint32_t precinct = 0;
  std::size_t run = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (run + 1 < runs && i == first[run + 1]) districts[++run].first_precinct = precinct;
    inhabitants[run] += std::max<std::uint64_t>(1, blocks[i].inhabitants);
    precinct += blocks[i].precincts;
  }
  auto shares = apportion(seats, inhabitants, range.min);
  keep_within(shares, inhabitants, range.max);
  for (std::size_t i = 0; i < runs; ++i) districts[i].seats = shares[i];
  return districts;
}

}  // namespace urna::drill
