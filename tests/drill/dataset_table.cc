#include "tests/drill/dataset_table.h"

#include <algorithm>
#include <numeric>

namespace urna::drill {

Result<Table> open_table(const std::filesystem::path& path, std::span<const char* const> names) {
  auto reader = csv::CsvReader::open(path);
  if (!reader) return std::unexpected(std::move(reader.error()));
  std::vector<std::size_t> columns;
  for (const char* name : names) {
    const auto column = reader->column(name);
    if (!column) return std::unexpected(column.error());
    columns.push_back(*column);
  }
  return Table{std::move(*reader), std::move(columns)};
}

Error invalid(const csv::CsvReader& reader, std::string_view reason) {
  Error error = reader.error_here(reason);
  error.code = ErrorCode::kInvalidArgument;
  return error;
}

bool is_digits(std::string_view text, std::size_t low, std::size_t high) {
  return text.size() >= low && text.size() <= high &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::uint32_t> read_figure(const csv::CsvReader& reader, std::size_t column,
                                  std::string_view name) {
  const std::string& field = reader.field(column);
  if (const auto figure = csv::parse_figure(field)) return *figure;
  return std::unexpected(invalid(reader, std::string(name) + " is no figure: '" + field + "'"));
}

Result<std::size_t> PrecinctBook::at(const csv::CsvReader& reader, const std::string& teryt,
                                     const std::string& number, v1::PrecinctType type) {
  if (!is_digits(teryt, 6, 6) || !is_digits(number, 1, 6)) {
    return std::unexpected(
        invalid(reader, "bad teryt or precinct: '" + teryt + "', '" + number + "'"));
  }
  const std::string id = teryt + "-" + number;
  const auto [found, fresh] = by_id_.emplace(id, data_.precincts.size());
  if (fresh) {
    data_.precincts.push_back({id, teryt, number, type});
  } else if (data_.precincts[found->second].type != type) {
    return std::unexpected(invalid(reader, "the type of precinct " + id + " changes"));
  }
  return found->second;
}

std::string protocol_key(const std::string& protocol, const std::string& teryt,
                         const std::string& precinct) {
  return protocol + " of " + teryt + "-" + precinct;
}

Result<ProtocolKeys> read_protocols(const std::filesystem::path& path,
                                    std::span<const PointColumn> points, Dataset& data) {
  std::vector<const char*> names = {"protocol", "teryt", "precinct"};
  for (const PointColumn& point : points) names.push_back(point.column);
  auto table = open_table(path, names);
  if (!table) return std::unexpected(std::move(table.error()));
  ProtocolKeys keys;
  PrecinctBook precincts(data);
  for (;;) {
    const auto more = table->reader.next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return keys;
    const auto precinct =
        precincts.at(table->reader, (*table)[1], (*table)[2], v1::PRECINCT_TYPE_UNSPECIFIED);
    if (!precinct) return std::unexpected(precinct.error());
    if (*precinct != data.protocols.size()) {
      return std::unexpected(invalid(table->reader, "a second protocol of the precinct"));
    }
    DatasetProtocol protocol;
    protocol.id = (*table)[0];
    protocol.precinct = *precinct;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto figure = read_figure(table->reader, table->columns[3 + i], points[i].column);
      if (!figure) return std::unexpected(figure.error());
      protocol.points.emplace(points[i].point, *figure);
    }
    keys.emplace(protocol_key((*table)[0], (*table)[1], (*table)[2]), data.protocols.size());
    data.protocols.push_back(std::move(protocol));
  }
}

Result<std::size_t> protocol_of(const Table& votes, const ProtocolKeys& keys) {
  const std::string key = protocol_key(votes[0], votes[1], votes[2]);
  if (const auto found = keys.find(key); found != keys.end()) return found->second;
  return std::unexpected(invalid(votes.reader, "votes without a protocol: " + key));
}

namespace {

// Where each old position went.
std::vector<std::size_t> places_of(std::span<const std::size_t> order) {
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  return place;
}

template <class T>
void reorder(std::vector<T>& all, std::span<const std::size_t> order) {
  std::vector<T> sorted;
  sorted.reserve(all.size());
  for (const std::size_t from : order) sorted.push_back(std::move(all[from]));
  all = std::move(sorted);
}

}  // namespace

void sort_precincts(Dataset& data) {
  std::vector<std::size_t> order(data.precincts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return data.precincts[i].id; });
  const auto place = places_of(order);
  reorder(data.precincts, order);
  for (DatasetProtocol& protocol : data.protocols) protocol.precinct = place[protocol.precinct];
  for (DatasetContest& contest : data.contests) {
    for (std::size_t& precinct : contest.precincts) precinct = place[precinct];
    std::ranges::sort(contest.precincts);
  }
}

void reorder_contests(Dataset& data, std::span<const std::size_t> order) {
  const auto place = places_of(order);
  reorder(data.contests, order);
  for (DatasetProtocol& protocol : data.protocols) protocol.contest = place[protocol.contest];
}

}  // namespace urna::drill
