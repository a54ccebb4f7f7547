// Parliament 2019. Which column is which point, list or candidate is known here and nowhere else.
#include <algorithm>
#include <map>
#include <optional>

#include "tests/drill/dataset_table.h"
#include "tests/drill/dataset_units.h"

namespace urna::drill {

namespace {

// Nodes that share the districts.
constexpr std::size_t kServers = 6;
constexpr std::string_view kStruckOff = "struck";

constexpr PointColumn kPointColumns[] = {
    {"p1_eligible", "p1"},
    {"p2_received", "p2"},
    {"p3_unused", "p3"},
    {"p4_issued", "p4"},
    {"p5_proxy", "p5"},
    {"p6_certificate", "p6"},
    {"p7_packages", "p7"},
    {"p8_envelopes", "p8"},
    {"p8a", "p8a"},
    {"p8b", "p8b"},
    {"p8c", "p8c"},
    {"p8d", "p8d"},
    {"p8e", "p8e"},
    {"p9_from_urn", "p9"},
    {"p9a_from_envelopes", "p9a"},
    {"p10_invalid_ballots", "p10"},
    {"p11_valid_ballots", "p11"},
    {"p12_invalid_votes", "p12"},
    {"p12a_two_marks", "p12a"},
    {"p12b_no_mark", "p12b"},
    {"p12c_annulled_list", "p12c"},
    {"p13_valid_votes", "p13"},
};
// Columns before the points.
enum Place { kSymbol, kTeryt, kDistrict, kPrecinct, kType, kFirstPoint };
constexpr const char* kPlaceColumns[] = {"control_symbol", "teryt", "district", "precinct",
                                         "precinct_type"};

struct TypeName {
  const char* name;
  v1::PrecinctType type;
};
constexpr TypeName kTypes[] = {
    {"stały", v1::PRECINCT_TYPE_PERMANENT},
    {"zakład leczniczy", v1::PRECINCT_TYPE_HOSPITAL},
    {"dom pomocy społecznej", v1::PRECINCT_TYPE_CARE_HOME},
    {"zakład karny", v1::PRECINCT_TYPE_PRISON},
    {"oddział zewnętrzny zakładu karnego", v1::PRECINCT_TYPE_PRISON},
    {"areszt śledczy", v1::PRECINCT_TYPE_DETENTION},
    {"oddział zewnętrzny aresztu śledczego", v1::PRECINCT_TYPE_DETENTION},
    {"dom studencki", v1::PRECINCT_TYPE_SEPARATE},
    {"zespół domów studenckich", v1::PRECINCT_TYPE_SEPARATE},
    {"statek", v1::PRECINCT_TYPE_SHIP},
    {"zagranica", v1::PRECINCT_TYPE_ABROAD},
};

constexpr std::string_view kCommittees[] = {"party", "coalition", "minority"};

struct ListColumns {
  std::string number;
  std::size_t total = 0;
  std::vector<std::size_t> candidates;  // columns, by position from 1 on
};

class SejmReader {
 public:
  explicit SejmReader(std::filesystem::path dir) : dir_(std::move(dir)) {}

  Result<Dataset> read() {
    data_.name = "2019-sejm";
    data_.election = "pl-2019-sejm";
    data_.date = "2019-10-13";
    data_.candidate_rows = true;
    auto files = district_files();
    if (!files) return std::unexpected(std::move(files.error()));
    for (const std::filesystem::path& file : *files) {
      if (auto ok = read_district(file); !ok) return std::unexpected(std::move(ok.error()));
    }
    if (auto ok = read_seats(); !ok) return std::unexpected(std::move(ok.error()));
    if (auto ok = read_committees(); !ok) return std::unexpected(std::move(ok.error()));
    sort_precincts(data_);
    if (auto ok = add_units(); !ok) return std::unexpected(std::move(ok.error()));
    return std::move(data_);
  }

 private:
  Result<std::vector<std::filesystem::path>> district_files() const;
  Result<void> read_district(const std::filesystem::path& file);
  Result<void> open_contest(const csv::CsvReader& reader, const std::string& district,
                            const std::vector<ListColumns>& lists);
  Result<void> read_protocol(const Table& table, const std::vector<ListColumns>& lists);
  static Result<void> read_list(const Table& table, const ListColumns& list,
                                const DatasetOption& option, DatasetProtocol& protocol);
  Result<void> read_seats();
  Result<void> read_committees();
  Result<void> add_units();
  DatasetContest* contest_of(std::string_view district);

  std::filesystem::path dir_;
  Dataset data_;
  PrecinctBook precincts_{data_};
};

Result<std::vector<std::filesystem::path>> SejmReader::district_files() const {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir_, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("district-") && name.ends_with(".csv.gz")) files.push_back(entry.path());
  }
  if (files.empty()) {
    return fail(ErrorCode::kNotFound, (dir_ / "district-NN.csv.gz").string() + ": there is none");
  }
  std::ranges::sort(files);
  return files;
}

// Lists and candidates stand in the header: l3, l3c1, l3c2, …, every list before its candidates.
Result<std::vector<ListColumns>> find_lists(const csv::CsvReader& reader) {
  std::vector<ListColumns> lists;
  for (std::size_t i = 0; i < reader.header().size(); ++i) {
    const std::string_view name = reader.header()[i];
    if (!name.starts_with('l')) continue;
    const std::size_t c = name.find('c');
    const std::string_view number = name.substr(1, c == name.npos ? c : c - 1);
    bool good = is_digits(number, 1, 3);
    if (good && c == name.npos) {
      lists.push_back({std::string(number), i, {}});
    } else if (good) {
      good = !lists.empty() && lists.back().number == number &&
             name.substr(c + 1) == std::to_string(lists.back().candidates.size() + 1);
      if (good) lists.back().candidates.push_back(i);
    }
    if (!good) {
      return std::unexpected(invalid(
          reader, "the column '" + std::string(name) + "' is no list and no next candidate"));
    }
  }
  if (lists.empty()) return std::unexpected(invalid(reader, "there is no list"));
  return lists;
}

DatasetContest* SejmReader::contest_of(std::string_view district) {
  const auto found = std::ranges::find(data_.contests, district, &DatasetContest::district);
  return found == data_.contests.end() ? nullptr : &*found;
}

// The first row tells who is struck off.
Result<void> SejmReader::open_contest(const csv::CsvReader& reader, const std::string& district,
                                      const std::vector<ListColumns>& lists) {
  if (!is_digits(district, 1, 2) || contest_of(district) != nullptr) {
    return std::unexpected(invalid(reader, "bad district '" + district + "', or of another file"));
  }
  DatasetContest contest;
  contest.district = district;
  contest.id = "parliament-" + district;
  contest.group = "parliament";
  contest.kind = v1::CONTEST_KIND_PARLIAMENT;
  contest.area = "district-" + district;
  contest.rule_set = "2019";
  contest.form = "sejm-2019";
  contest.decided = Decided::kByTotals;
  for (const ListColumns& list : lists) {
    DatasetOption option{list.number, "Lista " + list.number};
    option.written = "l" + list.number;
    option.candidates = static_cast<std::uint32_t>(list.candidates.size());
    for (std::uint32_t j = 0; j < option.candidates; ++j) {
      if (reader.field(list.candidates[j]) == kStruckOff) option.struck_off.push_back(j + 1);
    }
    contest.options.push_back(std::move(option));
  }
  data_.contests.push_back(std::move(contest));
  return {};
}

Result<void> SejmReader::read_district(const std::filesystem::path& file) {
  std::vector<const char*> names(std::begin(kPlaceColumns), std::end(kPlaceColumns));
  for (const PointColumn& point : kPointColumns) names.push_back(point.column);
  auto table = open_table(file, names);
  if (!table) return std::unexpected(std::move(table.error()));
  const auto lists = find_lists(table->reader);
  if (!lists) return std::unexpected(lists.error());
  for (bool first = true;; first = false) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const std::string& district = (*table)[kDistrict];
    if (first) {
      if (auto ok = open_contest(table->reader, district, *lists); !ok) return ok;
    }
    if (district != data_.contests.back().district) {
      return std::unexpected(invalid(table->reader, "the district changes"));
    }
    if (auto ok = read_protocol(*table, *lists); !ok) return ok;
  }
}

std::optional<v1::PrecinctType> type_of(std::string_view name) {
  for (const TypeName& entry : kTypes) {
    if (name == entry.name) return entry.type;
  }
  return std::nullopt;
}

Result<void> SejmReader::read_protocol(const Table& table, const std::vector<ListColumns>& lists) {
  const auto type = type_of(table[kType]);
  if (!type) {
    return std::unexpected(invalid(table.reader, "unknown precinct type '" + table[kType] + "'"));
  }
  const auto precinct = precincts_.at(table.reader, table[kTeryt], table[kPrecinct], *type);
  if (!precinct) return std::unexpected(precinct.error());
  if (*precinct != data_.protocols.size()) {
    return std::unexpected(invalid(table.reader, "a second protocol of the precinct"));
  }
  DatasetContest& contest = data_.contests.back();
  DatasetProtocol protocol;
  protocol.id = table[kSymbol];
  protocol.contest = data_.contests.size() - 1;
  protocol.precinct = *precinct;
  for (std::size_t i = 0; i < std::size(kPointColumns); ++i) {
    const auto figure =
        read_figure(table.reader, table.columns[kFirstPoint + i], kPointColumns[i].column);
    if (!figure) return std::unexpected(figure.error());
    protocol.points.emplace(kPointColumns[i].point, *figure);
  }
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (auto ok = read_list(table, lists[i], contest.options[i], protocol); !ok) return ok;
  }
  contest.precincts.push_back(*precinct);
  data_.protocols.push_back(std::move(protocol));
  return {};
}

Result<void> SejmReader::read_list(const Table& table, const ListColumns& list,
                                   const DatasetOption& option, DatasetProtocol& protocol) {
  const auto total = read_figure(table.reader, list.total, option.written);
  if (!total) return std::unexpected(total.error());
  protocol.votes.push_back(model::cell_of(*total));
  for (std::uint32_t j = 0; j < option.candidates; ++j) {
    const std::string name = option.written + "c" + std::to_string(j + 1);
    const bool struck_off = std::ranges::binary_search(option.struck_off, j + 1);
    if ((table.reader.field(list.candidates[j]) == kStruckOff) != struck_off) {
      return std::unexpected(
          invalid(table.reader, name + " is struck off in some precincts and not in others"));
    }
    if (struck_off) {
      protocol.candidate_votes.push_back(0);
      continue;
    }
    const auto votes = read_figure(table.reader, list.candidates[j], name);
    if (!votes) return std::unexpected(votes.error());
    protocol.candidate_votes.push_back(*votes);
  }
  return {};
}

Result<void> SejmReader::read_seats() {
  static constexpr const char* kColumns[] = {"district", "seats"};
  auto table = open_table(dir_ / "districts.csv", kColumns);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const auto seats = read_figure(table->reader, table->columns[1], "seats");
    if (!seats) return std::unexpected(seats.error());
    if (DatasetContest* contest = contest_of((*table)[0])) contest->seats = *seats;
  }
  for (const DatasetContest& contest : data_.contests) {
    if (contest.seats > 0) continue;
    return fail(ErrorCode::kInvalidArgument,
                (dir_ / "districts.csv").string() + ": no seats for district " + contest.district);
  }
  return {};
}

Result<void> SejmReader::read_committees() {
  static constexpr const char* kColumns[] = {"district", "list", "committee_kind"};
  auto table = open_table(dir_ / "candidates.csv", kColumns);
  if (!table) return std::unexpected(std::move(table.error()));
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const std::string& committee = (*table)[2];
    if (std::ranges::find(kCommittees, committee) == std::end(kCommittees)) {
      return std::unexpected(invalid(table->reader, "unknown committee kind '" + committee + "'"));
    }
    DatasetContest* contest = contest_of((*table)[0]);
    if (contest == nullptr) continue;
    for (DatasetOption& option : contest->options) {
      if (option.code == (*table)[1]) option.committee = committee;
    }
  }
}

// The country, its servers' areas, the districts, then powiats and below. An electoral district is
// no unit of the country's administration; its commission stands here as one of a voivodeship's
// rank, which may determine a result.
Result<void> SejmReader::add_units() {
  data_.units = {{"PL", v1::UNIT_KIND_NATIONAL, "", "Polska"}};
  const std::size_t servers = std::min(kServers, data_.contests.size());
  for (std::size_t i = 0; i < servers; ++i) {
    data_.servers.push_back("area-" + std::to_string(i + 1));
    std::string name = "okręgi";
    for (std::size_t j = i; j < data_.contests.size(); j += servers) {
      name += " " + data_.contests[j].district;
    }
    data_.units.push_back({data_.servers.back(), v1::UNIT_KIND_VOIVODESHIP, "PL", name});
  }
  std::map<std::string, std::string> above;
  for (std::size_t i = 0; i < data_.contests.size(); ++i) {
    const DatasetContest& contest = data_.contests[i];
    data_.units.push_back({contest.area, v1::UNIT_KIND_VOIVODESHIP, data_.servers[i % servers],
                           "okręg " + contest.district});
    for (const std::size_t precinct : contest.precincts) {
      const std::string powiat = powiat_prefix(data_.precincts[precinct].teryt);
      if (above.emplace(powiat, contest.area).first->second == contest.area) continue;
      return fail(ErrorCode::kInvalidArgument,
                  dir_.string() + ": powiat " + powiat + " lies in more than one district");
    }
  }
  add_teryt_units_below(data_, above);
  return {};
}

}  // namespace

Result<Dataset> read_sejm_2019(const std::filesystem::path& data_dir) {
  return SejmReader(data_dir / "2019-sejm").read();
}

}  // namespace urna::drill
