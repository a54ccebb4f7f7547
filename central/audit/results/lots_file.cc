#include "central/audit/results/lots_file.h"

#include <algorithm>
#include <array>

#include "central/audit/results/columns.h"

namespace urna::audit {

namespace {

using results::BallotName;
using results::CouncilDistrict;
using results::CouncilResult;
using results::LotContext;
using results::Outcome;

bool drawn(std::span<const DrawnSeat> seats, const BallotName& name) {
  return std::ranges::find(seats, name, &DrawnSeat::name) != seats.end();
}

// Seats of a list that do not depend on the lot asked for, and seats drawn for its candidates.
std::uint32_t seats_taken(const CouncilDistrict& district, const CouncilResult& result,
                          std::span<const DrawnSeat> seats, std::uint32_t list) {
  std::uint32_t taken = 0;
  for (std::size_t i = 0; i < district.candidates.size(); ++i) {
    const BallotName& name = district.candidates[i].name;
    if (name.list != list) continue;
    taken += result.outcomes[i] == Outcome::kElected || drawn(seats, name) ? 1 : 0;
  }
  return taken;
}

std::uint32_t certain_seats(const CouncilDistrict& district, const CouncilResult& result,
                            std::uint32_t list) {
  const auto found = std::ranges::find(district.lists, list, &results::List::number);
  return result.list_seats[static_cast<std::size_t>(found - district.lists.begin())];
}

// A list won a seat by lot when its candidates take one more than it has for certain.
std::vector<BallotName> winners_of(const LotContext& context, const CouncilDistrict& district,
                                   const CouncilResult& result, std::span<const DrawnSeat> seats) {
  std::vector<BallotName> winners;
  for (const results::Contender& one : context.among) {
    const bool won = context.kind == results::LotKind::kSeatsAmongLists
                         ? seats_taken(district, result, seats, one.name.list) >
                               certain_seats(district, result, one.name.list)
                         : drawn(seats, one.name);
    if (won) winners.push_back(one.name);
  }
  return winners;
}

std::string place_text(const BallotName& name) {
  return "list " + std::to_string(name.list) + " position " + std::to_string(name.place);
}

}  // namespace

Result<LotsFile> LotsFile::read(const std::filesystem::path& path, const CouncilTable& table) {
  LotsFile lots;
  lots.file_ = path.string();
  auto reader = csv::CsvReader::open(path);
  if (!reader) return std::unexpected(std::move(reader.error()));
  std::array<std::size_t, 4> columns{};
  constexpr std::array<std::string_view, 4> kNames = {"teryt", "district", "list", "position"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    auto column = reader->column(kNames[i]);
    if (!column) return std::unexpected(std::move(column.error()));
    columns[i] = *column;
  }
  for (;;) {
    auto more = reader->next();
    if (!more) return std::unexpected(std::move(more.error()));
    if (!*more) return lots;
    const std::string& teryt = reader->field(columns[0]);
    const std::string& number_text = reader->field(columns[1]);
    const District* district = table.find(teryt, number_text);
    if (district == nullptr || district->count == 0) {
      return std::unexpected(
          reader->error_here("district " + teryt + "/" + number_text + " has no candidates here"));
    }
    auto list = number(*reader, columns[2]);
    if (!list) return std::unexpected(std::move(list.error()));
    auto place = number(*reader, columns[3]);
    if (!place) return std::unexpected(std::move(place.error()));
    auto& seats = lots.seats_[district->id];
    const BallotName name{*list, *place};
    if (drawn(seats, name)) {
      return std::unexpected(reader->error_here("repeated: " + place_text(name)));
    }
    seats.push_back({name, reader->line()});
  }
}

std::span<const DrawnSeat> LotsFile::of(const model::ContestId& district) const {
  const auto found = seats_.find(district);
  if (found == seats_.end()) return {};
  return found->second;
}

Result<CouncilResult> LotsFile::determine(CouncilDistrict district) const {
  const std::span<const DrawnSeat> seats = of(district.contest.contest);
  std::vector<results::Lot> lots;
  district.lots = {};
  auto result = determine_council(district);
  if (!result || seats.empty()) return result;
  for (const DrawnSeat& seat : seats) {
    const auto found = std::ranges::find(district.candidates, seat.name, &results::Candidate::name);
    const auto at = static_cast<std::size_t>(found - district.candidates.begin());
    if (found == district.candidates.end() || result->outcomes[at] != Outcome::kLot) {
      return at_line(file_, seat.line,
                     "not_in_tie: " + place_text(seat.name) + " is in no tie of " +
                         district.contest.contest.str());
    }
  }
  // A lot among lists may bring on another inside a list; each round records all that are asked
  // for.
  while (!result->final()) {
    for (const LotContext& context : result->pending) {
      lots.push_back({context.canonical(), winners_of(context, district, *result, seats)});
    }
    district.lots = lots;
    result = determine_council(district);
    if (!result) return at_line(file_, seats.front().line, result.error().message);
  }
  for (const DrawnSeat& seat : seats) {
    const auto found = std::ranges::find(district.candidates, seat.name, &results::Candidate::name);
    if (result->outcomes[static_cast<std::size_t>(found - district.candidates.begin())] !=
        Outcome::kElected) {
      return at_line(file_, seat.line,
                     "too_many: no seat is left for " + place_text(seat.name) + " in " +
                         district.contest.contest.str());
    }
  }
  return result;
}

}  // namespace urna::audit
