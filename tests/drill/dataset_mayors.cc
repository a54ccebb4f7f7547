// The mayors of 2018, round one. Which column is which point, and what a single candidate's ballot
// looks like, is known here and nowhere else.
#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "tests/drill/dataset_table.h"
#include "tests/drill/dataset_units.h"

namespace urna::drill {

namespace {

constexpr const char* kYes = "YES";
constexpr const char* kNo = "NO";

constexpr PointColumn kPointColumns[] = {
    {"eligible", "p1"}, {"issued", "p4"}, {"from_urn", "p8"}, {"invalid_votes", "p11"}};

class MayorsReader {
 public:
  explicit MayorsReader(std::filesystem::path dir) : dir_(std::move(dir)) {}

  Result<Dataset> read() {
    data_.name = "2018-mayors";
    data_.election = "pl-2018-mayors";
    data_.date = "2018-10-21";
    auto keys = read_protocols(dir_ / "protocols.csv.gz", kPointColumns, data_);
    if (!keys) return std::unexpected(std::move(keys.error()));
    keys_ = std::move(*keys);
    votes_.resize(data_.protocols.size());
    make_contests();
    if (auto ok = read_votes(); !ok) return std::unexpected(std::move(ok.error()));
    if (auto ok = lay_out_votes(); !ok) return std::unexpected(std::move(ok.error()));
    sort_precincts(data_);
    std::vector<std::size_t> order(data_.contests.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return data_.contests[i].id; });
    reorder_contests(data_, order);
    add_teryt_units(data_);
    for (const DatasetUnit& unit : data_.units) {
      if (unit.kind == v1::UNIT_KIND_VOIVODESHIP) data_.servers.push_back(unit.id);
    }
    return std::move(data_);
  }

 private:
  // One row of votes.csv.gz.
  struct Vote {
    std::string candidate;
    std::uint32_t votes = 0;
    std::optional<std::uint32_t> votes_no;
  };

  void make_contests();
  Result<void> read_votes();
  Result<void> lay_out_votes();
  Result<void> lay_out(DatasetProtocol& protocol, const std::vector<Vote>& votes);
  std::size_t contest_at(const std::string& teryt);

  std::filesystem::path dir_;
  Dataset data_;
  std::unordered_map<std::string, std::size_t> contest_by_area_;
  ProtocolKeys keys_;
  std::vector<std::vector<Vote>> votes_;  // by protocol, in the file's order
};

// A gmina, a city, or the city that a district is a part of.
std::size_t MayorsReader::contest_at(const std::string& teryt) {
  const std::string city = city_of(teryt);
  const std::string area = city.empty() ? teryt : city;
  const auto [found, fresh] = contest_by_area_.emplace(area, data_.contests.size());
  if (!fresh) return found->second;
  DatasetContest contest;
  contest.id = "mayor-" + area;
  contest.group = contest.id;
  contest.kind = v1::CONTEST_KIND_MAYOR;
  contest.area = area;
  contest.rule_set = "2014";  // the Electoral Code of 2011: the same for 2018
  contest.form = "mayor-2018-public";
  contest.seats = 1;
  data_.contests.push_back(std::move(contest));
  return found->second;
}

void MayorsReader::make_contests() {
  for (DatasetProtocol& protocol : data_.protocols) {
    protocol.contest = contest_at(data_.precinct_of(protocol).teryt);
    data_.contests[protocol.contest].precincts.push_back(protocol.precinct);
  }
}

Result<void> MayorsReader::read_votes() {
  static constexpr const char* kColumns[] = {"protocol",  "teryt", "precinct",
                                             "candidate", "votes", "votes_no"};
  auto table = open_table(dir_ / "votes.csv.gz", kColumns);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const auto protocol = protocol_of(*table, keys_);
    if (!protocol) return std::unexpected(protocol.error());
    Vote vote;
    vote.candidate = (*table)[3];
    if (!is_digits(vote.candidate, 1, 4)) {
      return std::unexpected(invalid(table->reader, "bad candidate '" + vote.candidate + "'"));
    }
    const auto votes = read_figure(table->reader, table->columns[4], "votes");
    if (!votes) return std::unexpected(votes.error());
    vote.votes = *votes;
    if (!(*table)[5].empty()) {
      const auto no = read_figure(table->reader, table->columns[5], "votes_no");
      if (!no) return std::unexpected(no.error());
      vote.votes_no = *no;
    }
    auto& all = votes_[*protocol];
    if (std::ranges::find(all, vote.candidate, &Vote::candidate) != all.end()) {
      return std::unexpected(invalid(table->reader, "the candidate stands twice in the protocol"));
    }
    if (!all.empty() && (vote.votes_no || all.front().votes_no)) {
      return std::unexpected(invalid(table->reader, "votes NO beside a second candidate"));
    }
    all.push_back(std::move(vote));
  }
}

// The ballot is that of the contest's first protocol, in its order.
Result<void> MayorsReader::lay_out(DatasetProtocol& protocol, const std::vector<Vote>& votes) {
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::kInvalidArgument, (dir_ / "votes.csv.gz").string() + ": " +
                                                 data_.precinct_of(protocol).id + ": " + what);
  };
  DatasetContest& contest = data_.contests[protocol.contest];
  if (votes.empty()) return wrong("a protocol without votes");
  const bool single = votes.front().votes_no.has_value();
  if (contest.options.empty() && single) {
    contest.options = {{kYes, "Kandydat " + votes.front().candidate}, {kNo, "Przeciw"}};
    contest.options.front().written = votes.front().candidate;
  } else if (contest.options.empty()) {
    for (const Vote& vote : votes) {
      contest.options.push_back({vote.candidate, "Kandydat " + vote.candidate});
    }
  }
  const bool was_single = contest.options.front().code == kYes;
  if (single != was_single || votes.size() + single != contest.options.size()) {
    return wrong("not the candidates of the other precincts of " + contest.area);
  }
  for (const DatasetOption& option : contest.options) {
    if (option.code == kNo) {
      protocol.votes.push_back(model::cell_of(*votes.front().votes_no));
      continue;
    }
    const auto found = std::ranges::find(votes, option.reported(), &Vote::candidate);
    if (found == votes.end()) {
      return wrong("no row for candidate " + option.reported() + " of " + contest.area);
    }
    protocol.votes.push_back(model::cell_of(found->votes));
  }
  return {};
}

Result<void> MayorsReader::lay_out_votes() {
  for (std::size_t i = 0; i < data_.protocols.size(); ++i) {
    if (auto ok = lay_out(data_.protocols[i], votes_[i]); !ok) return ok;
  }
  return {};
}

}  // namespace

Result<Dataset> read_mayors_2018(const std::filesystem::path& data_dir) {
  return MayorsReader(data_dir / "2018-mayors").read();
}

}  // namespace urna::drill
