#include "central/audit/results/allocate.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "common/results/dhondt.h"

namespace urna::audit {

namespace {

Result<std::uint64_t> parse_votes(const std::string& text) {
  std::uint64_t votes = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, votes);
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  if (text.empty() || leading_zero || error != std::errc{} || stopped != end ||
      votes >= results::kVotesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "--votes: '" + text + "' is no figure from 0 to 999999999999999999");
  }
  return votes;
}

Result<std::vector<results::ListVotes>> parse_lists(const std::string& text) {
  std::vector<results::ListVotes> lists;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    auto votes = parse_votes(text.substr(from, comma - from));
    if (!votes) return std::unexpected(std::move(votes.error()));
    lists.push_back({*votes});
    from = comma + 1;
  }
  return lists;
}

}  // namespace

Result<std::string> allocate(std::int64_t seats, const std::string& votes) {
  if (seats < 1 || seats > results::kSeatsMax) {
    return fail(ErrorCode::kInvalidArgument,
                "--seats must be 1 to " + std::to_string(results::kSeatsMax));
  }
  const auto lists = parse_lists(votes);
  if (!lists) return std::unexpected(lists.error());
  auto shared = results::allocate_dhondt(*lists, static_cast<std::uint32_t>(seats));
  // Tied lists come with more votes first: those with more than the one at the cut are certain,
  // those with as many as it are not, unless the seats are enough for all of them.
  const auto votes_of = [&](std::uint32_t i) { return (*lists)[i].votes; };
  std::vector<std::uint32_t> drawn;
  if (!shared.tied.empty()) {
    const std::uint64_t cut = votes_of(shared.tied[shared.tied_seats - 1]);
    const bool settled = votes_of(shared.tied[shared.tied_seats]) < cut;
    for (std::size_t i = 0; i < shared.tied.size(); ++i) {
      const std::uint32_t list = shared.tied[i];
      if (settled ? i < shared.tied_seats : votes_of(list) > cut) ++shared.seats[list];
      if (!settled && votes_of(list) == cut) drawn.push_back(list + 1);
    }
  }
  std::ranges::sort(drawn);
  std::string line;
  for (const std::uint32_t won : shared.seats) {
    line += (line.empty() ? "" : ",") + std::to_string(won);
  }
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    line += (i == 0 ? " lot: " : ",") + std::to_string(drawn[i]);
  }
  return line;
}

}  // namespace urna::audit
