// Warsaw 2014: five votes in 886 precincts. Which column is which point of the form, and how the
// city's contests are made of districts, is known here and nowhere else.
#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "tests/drill/dataset.h"
#include "tests/drill/dataset_table.h"

namespace urna::drill {

namespace {

constexpr std::string_view kCity = "146501";
constexpr std::string_view kVoivodeship = "140000";

constexpr PointColumn kPointColumns[] = {
    {"p1_eligible", "p1"},
    {"p1a_polish", "p1a"},
    {"p1b_eu", "p1b"},
    {"p2_received", "p2"},
    {"p3_unused", "p3"},
    {"p4_issued", "p4"},
    {"p4a_polish", "p4a"},
    {"p4b_eu", "p4b"},
    {"p5_proxy", "p5"},
    {"p6_packages", "p6"},
    {"p7_envelopes", "p7"},
    {"p7a", "p7a"},
    {"p7b", "p7b"},
    {"p7c", "p7c"},
    {"p7d", "p7d"},
    {"p7e", "p7e"},
    {"p8_from_urn", "p8"},
    {"p8a_from_envelopes", "p8a"},
    {"p9_invalid_ballots", "p9"},
    {"p10_valid_ballots", "p10"},
    {"p11_invalid_votes", "p11"},
    {"p11_two_marks", "p11a"},
    {"p11_no_mark", "p11b"},
    {"p12_valid_votes", "p12"},
};

// What the values of the column `contest` mean.
struct Vote {
  const char* contest;
  const char* stem;  // of the contest's id
  std::uint32_t round;
  v1::ContestKind kind;
  const char* form;
};
constexpr Vote kVotes[] = {
    {"mayor_round1", "mayor", 1, v1::CONTEST_KIND_MAYOR, "mayor-2014"},
    {"mayor_round2", "mayor", 2, v1::CONTEST_KIND_MAYOR, "mayor-2014"},
    {"city_council", "city_council", 1, v1::CONTEST_KIND_COUNCIL_CITY, "council-2014-ab"},
    {"district_council", "district_council", 1, v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT,
     "council-2014-ab"},
    {"voivodeship_assembly", "assembly", 1, v1::CONTEST_KIND_ASSEMBLY, "council-2014"},
};

struct DistrictName {
  const char* teryt;
  const char* name;
};
constexpr DistrictName kDistrictNames[] = {
    {"146502", "Bemowo"},       {"146503", "Białołęka"}, {"146504", "Bielany"},
    {"146505", "Mokotów"},      {"146506", "Ochota"},    {"146507", "Praga-Południe"},
    {"146508", "Praga-Północ"}, {"146509", "Rembertów"}, {"146510", "Śródmieście"},
    {"146511", "Targówek"},     {"146512", "Ursus"},     {"146513", "Ursynów"},
    {"146514", "Wawer"},        {"146515", "Wesoła"},    {"146516", "Wilanów"},
    {"146517", "Włochy"},       {"146518", "Wola"},      {"146519", "Żoliborz"},
};

std::string district_name(std::string_view teryt) {
  for (const DistrictName& entry : kDistrictNames) {
    if (teryt == entry.teryt) return entry.name;
  }
  return "Dzielnica " + std::string(teryt);
}

const Vote* find_vote(std::string_view contest) {
  const auto found =
      std::ranges::find_if(kVotes, [&](const Vote& v) { return contest == v.contest; });
  return found == std::end(kVotes) ? nullptr : found;
}

bool is_warsaw_district(std::string_view teryt) {
  return is_digits(teryt, 6, 6) && teryt.starts_with("1465") && teryt > kCity;
}

// P permanent; L, O, A, Z and K are separate, of kinds the data does not spell out.
std::optional<v1::PrecinctType> precinct_type(std::string_view letter) {
  if (letter == "P") return v1::PRECINCT_TYPE_PERMANENT;
  if (letter.size() == 1 && std::string_view("LOAZK").contains(letter[0])) {
    return v1::PRECINCT_TYPE_SEPARATE;
  }
  return std::nullopt;
}

// One data set being read.
class WarsawReader {
 public:
  explicit WarsawReader(std::filesystem::path dir) : dir_(std::move(dir)) {}

  Result<Dataset> read() {
    data_.name = "2014-warsaw";
    data_.election = "pl-2014-local-warsaw";
    data_.date = "2014-11-16";
    if (auto ok = read_options(); !ok) return std::unexpected(std::move(ok.error()));
    if (auto ok = read_protocols(); !ok) return std::unexpected(std::move(ok.error()));
    if (auto ok = read_votes(); !ok) return std::unexpected(std::move(ok.error()));
    if (auto ok = lay_out_votes(); !ok) return std::unexpected(std::move(ok.error()));
    sort_precincts(data_);
    sort_contests();
    add_units();
    return std::move(data_);
  }

 private:
  Result<void> read_options();
  Result<void> read_protocols();
  Result<void> read_protocol(const csv::CsvReader& reader, std::span<const std::size_t> columns);
  Result<std::size_t> precinct_at(const csv::CsvReader& reader, const std::string& teryt,
                                  const std::string& number, std::string_view letter);
  std::size_t contest_at(const Vote& vote, const std::string& teryt, const std::string& district);
  Result<void> read_votes();
  Result<void> lay_out_votes();
  void sort_contests();
  void add_units();

  std::filesystem::path dir_;
  Dataset data_;
  std::map<std::pair<std::string, std::string>, std::string> option_names_;  // (contest, option)
  PrecinctBook precincts_{data_};
  std::unordered_map<std::string, std::size_t> contest_by_key_;   // id and round
  std::unordered_map<std::string, std::size_t> protocol_by_key_;  // contest, precinct
  // Votes by option, per protocol, until every option of the contest is known.
  std::vector<std::map<std::string, std::uint32_t>> votes_;
};

std::string trimmed(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

Result<void> WarsawReader::read_options() {
  static constexpr const char* kColumns[] = {"contest", "option", "committee"};
  auto table = open_table(dir_ / "options.csv", kColumns);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const bool fresh =
        option_names_.emplace(std::pair((*table)[0], (*table)[1]), trimmed((*table)[2])).second;
    if (!fresh) return std::unexpected(invalid(table->reader, "the option stands twice"));
  }
}

Result<void> WarsawReader::read_protocols() {
  std::vector<const char*> names = {"contest", "teryt", "precinct", "precinct_type", "district"};
  for (const PointColumn& point : kPointColumns) names.push_back(point.column);
  auto table = open_table(dir_ / "protocols.csv.gz", names);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (auto ok = read_protocol(table->reader, table->columns); !ok) return ok;
  }
  votes_.resize(data_.protocols.size());
  return {};
}

std::string protocol_key(std::string_view contest, std::string_view precinct) {
  return std::string(contest) + " " + std::string(precinct);
}

Result<void> WarsawReader::read_protocol(const csv::CsvReader& reader,
                                         std::span<const std::size_t> columns) {
  const std::string& contest = reader.field(columns[0]);
  const std::string& teryt = reader.field(columns[1]);
  const std::string& number = reader.field(columns[2]);
  const std::string& district = reader.field(columns[4]);
  const Vote* vote = find_vote(contest);
  if (vote == nullptr) return std::unexpected(invalid(reader, "unknown contest '" + contest + "'"));
  const bool has_districts = vote->kind != v1::CONTEST_KIND_MAYOR;
  if (has_districts ? !is_digits(district, 1, 3) : !district.empty()) {
    return std::unexpected(invalid(reader, "bad district '" + district + "'"));
  }
  const auto precinct = precinct_at(reader, teryt, number, reader.field(columns[3]));
  if (!precinct) return std::unexpected(precinct.error());

  DatasetProtocol protocol;
  protocol.precinct = *precinct;
  protocol.contest = contest_at(*vote, teryt, district);
  const std::string key = protocol_key(contest, data_.precincts[*precinct].id);
  if (!protocol_by_key_.emplace(key, data_.protocols.size()).second) {
    return std::unexpected(invalid(reader, "the protocol of " + key + " stands twice"));
  }
  for (std::size_t i = 0; i < std::size(kPointColumns); ++i) {
    const std::string& field = reader.field(columns[5 + i]);
    if (field.empty()) continue;  // the form of this contest lacks the point
    const auto figure = read_figure(reader, columns[5 + i], kPointColumns[i].column);
    if (!figure) return std::unexpected(figure.error());
    protocol.points.emplace(kPointColumns[i].point, *figure);
  }
  data_.contests[protocol.contest].precincts.push_back(*precinct);
  data_.protocols.push_back(std::move(protocol));
  return {};
}

Result<std::size_t> WarsawReader::precinct_at(const csv::CsvReader& reader,
                                              const std::string& teryt, const std::string& number,
                                              std::string_view letter) {
  const auto type = precinct_type(letter);
  if (!is_warsaw_district(teryt) || !is_digits(number, 1, 6) || !type) {
    return std::unexpected(invalid(reader, "bad teryt, precinct or precinct type"));
  }
  return precincts_.at(reader, teryt, number, *type);
}

std::size_t WarsawReader::contest_at(const Vote& vote, const std::string& teryt,
                                     const std::string& district) {
  DatasetContest contest;
  contest.contest = vote.contest;
  contest.district = district;
  contest.round = vote.round;
  contest.kind = vote.kind;
  contest.rule_set = "2014";
  contest.form = vote.form;
  const std::string stem = vote.stem;
  contest.area = kCity;
  if (vote.kind == v1::CONTEST_KIND_ASSEMBLY) contest.area = kVoivodeship;
  if (vote.kind == v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT) contest.area = teryt;
  contest.group = stem + "-" + contest.area;
  if (vote.kind == v1::CONTEST_KIND_MAYOR) {
    contest.id = contest.group;
  } else if (vote.kind == v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT) {
    contest.id = contest.group + "-" + district;
  } else {
    contest.id = stem + "-" + district;
  }
  const std::string key = contest.id + "/" + std::to_string(vote.round);
  const auto [found, fresh] = contest_by_key_.emplace(key, data_.contests.size());
  if (fresh) data_.contests.push_back(std::move(contest));
  return found->second;
}

Result<void> WarsawReader::read_votes() {
  static constexpr const char* kColumns[] = {"contest", "teryt", "precinct", "option", "votes"};
  auto table = open_table(dir_ / "votes.csv.gz", kColumns);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const std::string key = protocol_key((*table)[0], (*table)[1] + "-" + (*table)[2]);
    const auto protocol = protocol_by_key_.find(key);
    if (protocol == protocol_by_key_.end()) {
      return std::unexpected(invalid(table->reader, "votes without a protocol: " + key));
    }
    const std::string& option = (*table)[3];
    if (!option_names_.contains({(*table)[0], option})) {
      return std::unexpected(invalid(table->reader, "unknown option '" + option + "'"));
    }
    const auto figure = csv::parse_figure((*table)[4]);
    if (!figure) return std::unexpected(invalid(table->reader, "votes is no figure"));
    if (!votes_[protocol->second].emplace(option, *figure).second) {
      return std::unexpected(invalid(table->reader, "the option stands twice in " + key));
    }
  }
}

// A district's options are those with rows in its precincts.
Result<void> WarsawReader::lay_out_votes() {
  std::vector<std::set<std::string, decltype(&natural_less)>> options;
  options.assign(data_.contests.size(),
                 std::set<std::string, decltype(&natural_less)>(natural_less));
  for (std::size_t i = 0; i < votes_.size(); ++i) {
    for (const auto& [option, figure] : votes_[i]) {
      options[data_.protocols[i].contest].insert(option);
    }
  }
  for (std::size_t i = 0; i < data_.contests.size(); ++i) {
    DatasetContest& contest = data_.contests[i];
    for (const std::string& code : options[i]) {
      const std::string& name = option_names_.at({contest.contest, code});
      contest.options.push_back({code, name.empty() ? "Kandydat " + code : name});
    }
  }
  for (std::size_t i = 0; i < votes_.size(); ++i) {
    DatasetProtocol& protocol = data_.protocols[i];
    for (const DatasetOption& option : data_.contest_of(protocol).options) {
      const auto found = votes_[i].find(option.code);
      if (found == votes_[i].end()) {
        return fail(ErrorCode::kInvalidArgument, (dir_ / "votes.csv.gz").string() + ": " +
                                                     data_.precinct_of(protocol).id +
                                                     " has no row for option " + option.code +
                                                     " of " + data_.contest_of(protocol).contest);
      }
      protocol.votes.push_back(model::cell_of(found->second));
    }
  }
  return {};
}

void WarsawReader::sort_contests() {
  const auto rank = [](const DatasetContest& contest) {
    return find_vote(contest.contest) - kVotes;
  };
  std::vector<std::size_t> order(data_.contests.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const DatasetContest& left = data_.contests[a];
    const DatasetContest& right = data_.contests[b];
    if (rank(left) != rank(right)) return rank(left) < rank(right);
    return natural_less(left.id, right.id);
  });
  reorder_contests(data_, order);
}

void WarsawReader::add_units() {
  data_.units = {
      {"PL", v1::UNIT_KIND_NATIONAL, "", "Polska"},
      {std::string(kVoivodeship), v1::UNIT_KIND_VOIVODESHIP, "PL", "mazowieckie"},
      {std::string(kCity), v1::UNIT_KIND_CITY, std::string(kVoivodeship), "Warszawa"},
  };
  std::set<std::string> districts;
  for (const DatasetPrecinct& precinct : data_.precincts) districts.insert(precinct.teryt);
  for (const std::string& teryt : districts) {
    data_.units.push_back(
        {teryt, v1::UNIT_KIND_WARSAW_DISTRICT, std::string(kCity), district_name(teryt)});
  }
}

}  // namespace

Result<Dataset> read_warsaw(const std::filesystem::path& data_dir) {
  return WarsawReader(data_dir / "2014-warsaw").read();
}

}  // namespace urna::drill
