// The voivodeship assemblies of 2014. Which column is which point is known here and nowhere else.
#include <algorithm>
#include <map>

#include "tests/drill/dataset_table.h"
#include "tests/drill/dataset_units.h"

namespace urna::drill {

namespace {

constexpr PointColumn kPointColumns[] = {
    {"p1_eligible", "p1"},        {"p2_received", "p2"},
    {"p3_unused", "p3"},          {"p4_issued", "p4"},
    {"p5_proxy", "p5"},           {"p6_packages", "p6"},
    {"p8_from_urn", "p8"},        {"p8a_from_envelopes", "p8a"},
    {"p9_invalid_ballots", "p9"}, {"p10_valid_ballots", "p10"},
    {"p11_invalid_votes", "p11"}, {"p12_valid_votes", "p12"},
};
constexpr const char* kUnpublished[] = {"p7", "p7a", "p7b", "p7c", "p7d", "p7e"};

struct NaturalLess {
  bool operator()(const std::string& left, const std::string& right) const {
    return natural_less(left, right);
  }
};
using Votes = std::map<std::string, std::uint32_t, NaturalLess>;  // by list

class SejmikReader {
 public:
  explicit SejmikReader(std::filesystem::path dir) : dir_(std::move(dir)) {}

  Result<Dataset> read() {
    data_.name = "2014-sejmik";
    data_.election = "pl-2014-sejmik";
    data_.date = "2014-11-16";
    auto keys = read_protocols(dir_ / "protocols.csv.gz", kPointColumns, data_);
    if (!keys) return std::unexpected(std::move(keys.error()));
    keys_ = std::move(*keys);
    votes_.resize(data_.protocols.size());
    if (auto ok = read_lists(); !ok) return std::unexpected(std::move(ok.error()));
    if (auto ok = make_contests(); !ok) return std::unexpected(std::move(ok.error()));
    sort_precincts(data_);
    add_teryt_units(data_);
    for (const DatasetUnit& unit : data_.units) {
      if (unit.kind == v1::UNIT_KIND_VOIVODESHIP) data_.servers.push_back(unit.id);
    }
    return std::move(data_);
  }

 private:
  Result<void> read_lists();
  Result<void> make_contests();

  std::filesystem::path dir_;
  Dataset data_;
  ProtocolKeys keys_;
  std::vector<Votes> votes_;  // by protocol
};

Result<void> SejmikReader::read_lists() {
  static constexpr const char* kColumns[] = {"protocol", "teryt", "precinct", "list", "votes"};
  auto table = open_table(dir_ / "lists.csv.gz", kColumns);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const auto protocol = protocol_of(*table, keys_);
    if (!protocol) return std::unexpected(protocol.error());
    if (!is_digits((*table)[3], 1, 3)) {
      return std::unexpected(invalid(table->reader, "bad list '" + (*table)[3] + "'"));
    }
    const auto votes = read_figure(table->reader, table->columns[4], "votes");
    if (!votes) return std::unexpected(votes.error());
    if (!votes_[*protocol].emplace((*table)[3], *votes).second) {
      return std::unexpected(invalid(table->reader, "the list stands twice in the protocol"));
    }
  }
}

// One contest per voivodeship and ballot, numbered in the order of the ballots' lists.
Result<void> SejmikReader::make_contests() {
  using Ballot = std::vector<std::string>;
  std::map<std::pair<std::string, Ballot>, std::vector<std::size_t>> ballots;
  for (std::size_t i = 0; i < data_.protocols.size(); ++i) {
    const DatasetPrecinct& precinct = data_.precinct_of(data_.protocols[i]);
    if (votes_[i].empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  (dir_ / "lists.csv.gz").string() + ": no list has votes in " + precinct.id);
    }
    Ballot ballot;
    for (const auto& [list, votes] : votes_[i]) {
      ballot.push_back(list);
      data_.protocols[i].votes.push_back(model::cell_of(votes));
    }
    ballots[{voivodeship_of(precinct.teryt), std::move(ballot)}].push_back(i);
  }
  std::map<std::string, std::size_t> numbered;
  for (const auto& [key, protocols] : ballots) {
    const auto& [area, ballot] = key;
    DatasetContest contest;
    contest.group = "assembly-" + area;
    contest.id = contest.group + "-" + std::to_string(++numbered[area]);
    contest.kind = v1::CONTEST_KIND_ASSEMBLY;
    contest.area = area;
    contest.rule_set = "2014";
    contest.form = "council-2014";
    contest.decided = Decided::kNot;
    contest.unpublished = {std::begin(kUnpublished), std::end(kUnpublished)};
    for (const std::string& list : ballot) contest.options.push_back({list, "Lista " + list});
    for (const std::size_t protocol : protocols) {
      data_.protocols[protocol].contest = data_.contests.size();
      contest.precincts.push_back(data_.protocols[protocol].precinct);
    }
    data_.contests.push_back(std::move(contest));
  }
  return {};
}

}  // namespace

Result<Dataset> read_sejmik_2014(const std::filesystem::path& data_dir) {
  return SejmikReader(data_dir / "2014-sejmik").read();
}

}  // namespace urna::drill
