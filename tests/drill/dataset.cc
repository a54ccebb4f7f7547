#include "tests/drill/dataset.h"

#include <algorithm>
#include <set>

namespace urna::drill {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Cuts a run of digits off the front and returns it without leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  while (number.size() > 1 && number[0] == '0') number.remove_prefix(1);
  return number;
}

}  // namespace

bool natural_less(std::string_view left, std::string_view right) {
  const std::string_view whole_left = left;
  const std::string_view whole_right = right;
  while (!left.empty() && !right.empty()) {
    if (is_digit(left[0]) && is_digit(right[0])) {
      const std::string_view a = take_number(left);
      const std::string_view b = take_number(right);
      if (a.size() != b.size()) return a.size() < b.size();
      if (a != b) return a < b;
    } else if (left[0] != right[0]) {
      return left[0] < right[0];
    } else {
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
  }
  if (left.empty() != right.empty()) return left.empty();
  return whole_left < whole_right;  // "01" and "1" differ still
}

const std::string& title_of(const Dataset& data, std::string_view contest) {
  const auto found = std::ranges::find(data.contests, contest, &DatasetContest::contest);
  return found == data.contests.end() || found->contest.empty() ? data.name : found->contest;
}

std::string reported_teryt(const DatasetContest& contest) {
  return contest.kind == v1::CONTEST_KIND_PARLIAMENT ? "000000" : contest.area;
}

UnitTree::UnitTree(const Dataset& data) {
  for (const DatasetUnit& unit : data.units) units_.emplace(unit.id, &unit);
}

const DatasetUnit* UnitTree::find(std::string_view id) const {
  const auto found = units_.find(id);
  return found == units_.end() ? nullptr : found->second;
}

std::vector<const DatasetUnit*> UnitTree::upwards(std::string_view id) const {
  std::vector<const DatasetUnit*> all;
  for (const DatasetUnit* at = find(id); at != nullptr && all.size() <= units_.size();
       at = find(at->parent)) {
    all.push_back(at);
  }
  return all;
}

bool is_selected(std::string_view teryt, std::span<const std::string> prefixes) {
  return prefixes.empty() || std::ranges::any_of(prefixes, [&](const std::string& prefix) {
           return teryt.starts_with(prefix);
         });
}

namespace {

constexpr std::size_t kGone = static_cast<std::size_t>(-1);

// Keeps the items that `keep` names; where each went, kGone for those left out.
template <class T, class Keep>
std::vector<std::size_t> thin_out(std::vector<T>& all, Keep keep) {
  std::vector<std::size_t> place(all.size(), kGone);
  std::vector<T> kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!keep(i)) continue;
    place[i] = kept.size();
    kept.push_back(std::move(all[i]));
  }
  all = std::move(kept);
  return place;
}

void drop_unused_units(Dataset& data) {
  std::set<std::string, std::less<>> used{data.units.front().id};
  const UnitTree tree(data);
  const auto use = [&](const std::string& id) {
    for (const DatasetUnit* unit : tree.upwards(id)) used.insert(unit->id);
  };
  for (const DatasetPrecinct& precinct : data.precincts) use(precinct.teryt);
  for (const DatasetContest& contest : data.contests) use(contest.area);
  std::erase_if(data.servers, [&](const std::string& unit) { return !used.contains(unit); });
  thin_out(data.units, [&](std::size_t i) { return used.contains(data.units[i].id); });
}

}  // namespace

Result<Dataset> select(Dataset data, std::span<const std::string> prefixes) {
  std::vector<std::size_t> before(data.contests.size(), 0);
  std::vector<std::size_t> after(data.contests.size(), 0);
  for (const DatasetProtocol& protocol : data.protocols) ++before[protocol.contest];
  std::erase_if(data.protocols, [&](const DatasetProtocol& protocol) {
    return !is_selected(data.precinct_of(protocol).teryt, prefixes);
  });
  for (const DatasetProtocol& protocol : data.protocols) ++after[protocol.contest];
  if (data.protocols.empty()) {
    return fail(ErrorCode::kInvalidArgument, "no precinct of " + data.name + " was chosen");
  }
  std::set<std::string> broken;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (after[i] == before[i]) continue;
    data.contests[i].whole = false;
    broken.insert(data.contests[i].group);
  }
  for (DatasetContest& contest : data.contests) {
    if (!broken.contains(contest.group)) continue;
    contest.group_whole = false;
    if (contest.decided == Decided::kByTotals) contest.decided = Decided::kNot;
  }
  const auto precincts = thin_out(data.precincts, [&](std::size_t i) {
    return is_selected(data.precincts[i].teryt, prefixes);
  });
  const auto has_precinct = [&](const DatasetContest& contest) {
    return std::ranges::any_of(contest.precincts,
                               [&](std::size_t precinct) { return precincts[precinct] != kGone; });
  };
  // One without protocols has no vote, and goes with its precincts.
  const auto contests = thin_out(data.contests, [&](std::size_t i) {
    return after[i] > 0 || (before[i] == 0 && has_precinct(data.contests[i]));
  });
  for (DatasetContest& contest : data.contests) {
    for (std::size_t& precinct : contest.precincts) precinct = precincts[precinct];
    std::erase(contest.precincts, kGone);
  }
  for (DatasetProtocol& protocol : data.protocols) {
    protocol.precinct = precincts[protocol.precinct];
    protocol.contest = contests[protocol.contest];
  }
  drop_unused_units(data);
  return data;
}

std::size_t first_candidate(const DatasetContest& contest, std::size_t option) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < option; ++i) at += contest.options[i].candidates;
  return at;
}

bool is_uncontested(const DatasetContest& contest) {
  std::uint64_t standing = 0;
  for (const DatasetOption& option : contest.options) {
    const bool is_list = contest.kind != v1::CONTEST_KIND_COUNCIL_SMALL_GMINA;
    standing += is_list ? option.candidates : 1;
  }
  return contest.kind != v1::CONTEST_KIND_MAYOR && standing > 0 && standing <= contest.seats;
}

std::uint32_t DatasetProtocol::figure(std::string_view point) const {
  const auto found = points.find(point);
  return found == points.end() ? 0 : found->second;
}

std::uint64_t DatasetProtocol::votes_total() const {
  std::uint64_t total = 0;
  for (model::Cell cell : votes) {
    if (!model::is_empty(cell)) total += model::figure_of(cell);
  }
  return total;
}

}  // namespace urna::drill
