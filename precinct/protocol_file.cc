#include "precinct/protocol_file.h"

#include <charconv>
#include <map>

#include "common/daemon/strict_json.h"

namespace urna::precinct {

namespace {

using daemon::JsonField;

constexpr int kRemarkPointMax = 999;
constexpr std::uint64_t kRevisionMax = 1'000;

// A figure, alone or beside its label.
model::Cell cell_from(const JsonField& field) {
  const bool labelled = field.is_object();
  if (labelled) static_cast<void>(field.only({"label", "figure"})["label"].text_or(""));
  const JsonField figure = labelled ? field["figure"] : field;
  if (!figure.given()) return model::kEmptyCell;
  return model::cell_of(static_cast<std::uint32_t>(figure.number(0, model::kFigureMax)));
}

// "07:30" as minutes after midnight.
std::uint32_t minutes_from(const JsonField& field) {
  const std::string text = field.text();
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    field.complain("must be a time such as \"07:00\"");
    return 0;
  }
  const auto hours = static_cast<std::uint32_t>((text[0] - '0') * 10 + text[1] - '0');
  const auto minutes = static_cast<std::uint32_t>((text[3] - '0') * 10 + text[4] - '0');
  if (hours > 24 || minutes > 59) field.complain("is no time of day");
  return hours * 60 + minutes;
}

void read_points(const JsonField& points, const model::Slice& slice, v1::Protocol& protocol) {
  protocol.mutable_points()->Resize(static_cast<int>(slice.point_cells()), model::kEmptyCell);
  if (!points.given()) return;
  for (const auto& [code, field] : points.entries()) {
    const auto at = slice.point(code);
    if (at) {
      protocol.set_points(static_cast<int>(*at), cell_from(field));
    } else {
      field.complain("form " + slice.form().id() + " has no point " + code);
    }
  }
}

void read_candidates(const JsonField& candidates, const v1::Option& option,
                     const model::OptionCells& cells, v1::Protocol& protocol) {
  if (!candidates.given()) return;
  for (const auto& [position, field] : candidates.entries()) {
    std::optional<std::size_t> at;
    for (int i = 0; i < option.candidates_size(); ++i) {
      if (std::to_string(option.candidates(i).position()) == position) {
        at = cells.first_candidate + static_cast<std::size_t>(i);
      }
    }
    if (at) {
      protocol.set_votes(static_cast<int>(*at), cell_from(field));
    } else {
      field.complain("candidate " + position + " of " + option.code() + " is not on the ballot");
    }
  }
}

void read_votes(const JsonField& votes, const model::Slice& slice, v1::Protocol& protocol) {
  protocol.mutable_votes()->Resize(static_cast<int>(slice.vote_cells()), model::kEmptyCell);
  if (!votes.given()) return;
  for (const auto& [code, field] : votes.entries()) {
    const auto option = slice.option(code);
    if (!option) {
      field.complain("option " + code + " is not on the ballot");
      continue;
    }
    const model::OptionCells& cells = slice.options()[*option];
    if (!field.is_object()) {
      protocol.set_votes(static_cast<int>(cells.total), cell_from(field));
      continue;
    }
    static_cast<void>(field.only({"label", "total", "candidates"})["label"].text_or(""));
    protocol.set_votes(static_cast<int>(cells.total), cell_from(field["total"]));
    read_candidates(field["candidates"], slice.data().options(static_cast<int>(*option)), cells,
                    protocol);
  }
}

// In the order the contract demands: by number, so "9" stands before "14".
void read_remarks(const JsonField& remarks, v1::Protocol& protocol) {
  if (!remarks.given()) return;
  std::map<int, std::string> texts;
  for (const auto& [point, field] : remarks.entries()) {
    int number = 0;
    const auto [end, error] = std::from_chars(point.data(), point.data() + point.size(), number);
    const bool whole = error == std::errc() && end == point.data() + point.size();
    if (!whole || number < 1 || number > kRemarkPointMax || point.front() == '0') {
      field.complain("a remark stands at the number of a point, such as \"14\"");
    }
    texts[number] = field.text();
  }
  for (const auto& [number, text] : texts) {
    v1::Remark& remark = *protocol.add_remarks();
    remark.set_point(std::to_string(number));
    remark.set_text(text);
  }
}

void read_explanations(const JsonField& explanations, v1::Protocol& protocol) {
  if (!explanations.given()) return;
  for (const auto& [code, field] : explanations.entries()) {  // ascending
    v1::Explanation& explanation = *protocol.add_explanations();
    explanation.set_code(code);
    explanation.set_text(field.text());
  }
}

void read_members(const JsonField& members, v1::Protocol& protocol) {
  if (!members.given()) return;
  for (const JsonField& member : members.elements()) {
    member.only({"name", "function", "signed"});
    v1::Member& out = *protocol.add_members();
    out.set_name(member["name"].text());
    out.set_signed_(member["signed"].truth());
    const std::string function = member["function"].text();
    if (function == "chair") {
      out.set_function(v1::MEMBER_FUNCTION_CHAIR);
    } else if (function == "deputy") {
      out.set_function(v1::MEMBER_FUNCTION_DEPUTY);
    } else if (function == "member") {
      out.set_function(v1::MEMBER_FUNCTION_MEMBER);
    } else {
      member["function"].complain("must be chair, deputy or member");
    }
  }
}

void read_rest(const JsonField& root, v1::Protocol& protocol) {
  if (root["opened"].given()) protocol.set_opened_min(minutes_from(root["opened"]));
  if (root["closed"].given()) protocol.set_closed_min(minutes_from(root["closed"]));
  protocol.set_seat(root["seat"].text_or(""));
  protocol.set_revision(static_cast<std::uint32_t>(root["revision"].number_or(1, 1, kRevisionMax)));
  const auto id = from_hex(root["supersedes"].text_or(""));
  if (!id || (!id->empty() && id->size() != 32)) {
    root["supersedes"].complain("must be 64 hexadecimal digits, as `urna-precinct status` shows");
    return;
  }
  protocol.set_supersedes(*id);
}

model::ContestRound read_contest(const JsonField& root) {
  const auto contest = model::ContestId::parse(root["contest"].text());
  if (!contest) root["contest"].complain("must name a contest");
  return {contest.value_or(model::ContestId()),
          static_cast<std::uint32_t>(root["round"].number_or(1, 1, 2))};
}

}  // namespace

Result<model::ContestRound> contest_of_protocol_file(std::string_view text) {
  auto reader = daemon::JsonReader::parse(text, "");
  if (!reader) return std::unexpected(std::move(reader.error()));
  const model::ContestRound contest = read_contest(reader->root());
  if (reader->problem()) return std::unexpected(*reader->problem());
  return contest;
}

Result<v1::Protocol> parse_protocol_file(std::string_view text, const model::UnitId& unit,
                                         const model::Slice& slice) {
  auto reader = daemon::JsonReader::parse(text, "");
  if (!reader) return std::unexpected(std::move(reader.error()));
  const JsonField root = reader->root();
  root.only({"contest", "round", "points", "votes", "remarks", "explanations", "members", "opened",
             "closed", "seat", "revision", "supersedes"});
  if (read_contest(root) != slice.key()) root["contest"].complain("is not the contest read before");
  v1::Protocol protocol;
  protocol.mutable_place()->set_unit(unit.str());
  protocol.mutable_place()->set_contest(slice.key().contest.str());
  protocol.mutable_place()->set_round(slice.key().round);
  protocol.set_slice(slice.digest().str());
  read_points(root["points"], slice, protocol);
  read_votes(root["votes"], slice, protocol);
  read_remarks(root["remarks"], protocol);
  read_explanations(root["explanations"], protocol);
  read_members(root["members"], protocol);
  read_rest(root, protocol);
  if (reader->problem()) return std::unexpected(*reader->problem());
  return protocol;
}

}  // namespace urna::precinct
