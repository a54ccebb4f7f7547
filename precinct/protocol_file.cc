#include "precinct/protocol_file.h"

#include <nlohmann/json.hpp>
#include <set>

namespace urna::precinct {

namespace {

using Json = nlohmann::json;

Error bad(const std::string& what) {
  return {ErrorCode::kInvalidArgument, "protocol file: " + what};
}

Result<Json> parse_object(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) {
    return fail(ErrorCode::kMalformed, "protocol file: not a JSON object");
  }
  return json;
}

Result<model::Cell> cell_from(const Json& value, const std::string& name) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > model::kFigureMax) {
    return std::unexpected(bad(name + " must be a whole number from 0 to 999999999"));
  }
  return model::cell_of(value.get<std::uint32_t>());
}

// "07:30" as minutes after midnight.
Result<std::uint32_t> minutes_from(const Json& value, const std::string& name) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    return std::unexpected(bad(name + " must be a time such as \"07:00\""));
  }
  const auto hours = static_cast<std::uint32_t>((text[0] - '0') * 10 + text[1] - '0');
  const auto minutes = static_cast<std::uint32_t>((text[3] - '0') * 10 + text[4] - '0');
  if (hours > 24 || minutes > 59) return std::unexpected(bad(name + " is no time of day"));
  return hours * 60 + minutes;
}

Result<void> read_points(const Json& points, const model::Slice& slice, v1::Protocol& protocol) {
  protocol.mutable_points()->Resize(static_cast<int>(slice.point_cells()), model::kEmptyCell);
  if (!points.is_object()) return std::unexpected(bad("\"points\" must be an object"));
  for (const auto& [code, value] : points.items()) {
    const auto at = slice.point(code);
    if (!at) return std::unexpected(bad("form " + slice.form().id() + " has no point " + code));
    const auto cell = cell_from(value, code);
    if (!cell) return std::unexpected(cell.error());
    protocol.set_points(static_cast<int>(*at), *cell);
  }
  return {};
}

Result<void> read_candidates(const Json& candidates, const v1::Option& option,
                             const model::OptionCells& cells, v1::Protocol& protocol) {
  if (!candidates.is_object()) return std::unexpected(bad("\"candidates\" must be an object"));
  for (const auto& [position, value] : candidates.items()) {
    std::optional<std::size_t> at;
    for (int i = 0; i < option.candidates_size(); ++i) {
      if (std::to_string(option.candidates(i).position()) == position) {
        at = cells.first_candidate + static_cast<std::size_t>(i);
      }
    }
    const std::string name = "candidate " + position + " of " + option.code();
    if (!at) return std::unexpected(bad(name + " is not on the ballot"));
    const auto cell = cell_from(value, name);
    if (!cell) return std::unexpected(cell.error());
    protocol.set_votes(static_cast<int>(*at), *cell);
  }
  return {};
}

Result<void> read_votes(const Json& votes, const model::Slice& slice, v1::Protocol& protocol) {
  protocol.mutable_votes()->Resize(static_cast<int>(slice.vote_cells()), model::kEmptyCell);
  if (!votes.is_object()) return std::unexpected(bad("\"votes\" must be an object"));
  for (const auto& [code, value] : votes.items()) {
    const auto option = slice.option(code);
    if (!option) return std::unexpected(bad("option " + code + " is not on the ballot"));
    const model::OptionCells& cells = slice.options()[*option];
    const bool with_candidates = value.is_object();
    const Json empty = Json::object();
    const auto total =
        cell_from(with_candidates ? value.value("total", Json()) : value, "votes of " + code);
    if (!total) return std::unexpected(total.error());
    protocol.set_votes(static_cast<int>(cells.total), *total);
    if (!with_candidates) continue;
    auto read = read_candidates(value.value("candidates", empty),
                                slice.data().options(static_cast<int>(*option)), cells, protocol);
    if (!read) return read;
  }
  return {};
}

Result<void> read_texts(const Json& json, v1::Protocol& protocol) {
  const Json empty = Json::object();
  for (const char* key : {"remarks", "explanations"}) {
    const Json texts = json.value(key, empty);
    if (!texts.is_object())
      return std::unexpected(bad(std::string("\"") + key + "\" must be an object"));
    for (const auto& [code, text] : texts.items()) {  // ascending: nlohmann::json sorts its keys
      if (!text.is_string()) return std::unexpected(bad(code + " must be a text"));
      if (std::string_view(key) == "remarks") {
        auto& remark = *protocol.add_remarks();
        remark.set_point(code);
        remark.set_text(text.get<std::string>());
      } else {
        auto& explanation = *protocol.add_explanations();
        explanation.set_code(code);
        explanation.set_text(text.get<std::string>());
      }
    }
  }
  return {};
}

Result<void> read_members(const Json& members, v1::Protocol& protocol) {
  if (!members.is_array()) return std::unexpected(bad("\"members\" must be a list"));
  for (const Json& member : members) {
    if (!member.is_object()) return std::unexpected(bad("a member must be an object"));
    const Json name = member.value("name", Json());
    const Json function = member.value("function", Json("member"));
    const Json has_signed = member.value("signed", Json(true));
    if (!name.is_string() || !function.is_string() || !has_signed.is_boolean()) {
      return std::unexpected(bad("a member has a name, a function and \"signed\""));
    }
    v1::Member& out = *protocol.add_members();
    out.set_name(name.get<std::string>());
    out.set_signed_(has_signed.get<bool>());
    const auto text = function.get<std::string>();
    if (text == "chair") {
      out.set_function(v1::MEMBER_FUNCTION_CHAIR);
    } else if (text == "deputy") {
      out.set_function(v1::MEMBER_FUNCTION_DEPUTY);
    } else if (text == "member") {
      out.set_function(v1::MEMBER_FUNCTION_MEMBER);
    } else {
      return std::unexpected(bad("a member's function is chair, deputy or member"));
    }
  }
  return {};
}

Result<void> read_rest(const Json& json, v1::Protocol& protocol) {
  for (const char* key : {"opened", "closed"}) {
    if (!json.contains(key)) continue;
    const auto minutes = minutes_from(json[key], key);
    if (!minutes) return std::unexpected(minutes.error());
    if (std::string_view(key) == "opened") {
      protocol.set_opened_min(*minutes);
    } else {
      protocol.set_closed_min(*minutes);
    }
  }
  const Json seat = json.value("seat", Json(""));
  if (!seat.is_string()) return std::unexpected(bad("\"seat\" must be a text"));
  protocol.set_seat(seat.get<std::string>());
  const Json revision = json.value("revision", Json(1U));
  if (!revision.is_number_unsigned() || revision.get<std::uint64_t>() > 1'000) {
    return std::unexpected(bad("\"revision\" must be a whole number"));
  }
  protocol.set_revision(revision.get<std::uint32_t>());
  const Json supersedes = json.value("supersedes", Json(""));
  const auto id = supersedes.is_string() ? from_hex(supersedes.get<std::string>()) : std::nullopt;
  if (!id || (!id->empty() && id->size() != 32)) {
    return std::unexpected(bad("\"supersedes\" must be 64 hexadecimal digits"));
  }
  protocol.set_supersedes(*id);
  return {};
}

Result<void> check_keys(const Json& json) {
  static const std::set<std::string> kKnown = {"contest", "round",        "points",   "votes",
                                               "remarks", "explanations", "members",  "opened",
                                               "closed",  "seat",         "revision", "supersedes"};
  for (const auto& [key, value] : json.items()) {
    if (!kKnown.contains(key)) return std::unexpected(bad("unknown key \"" + key + "\""));
  }
  return {};
}

}  // namespace

Result<model::ContestRound> contest_of_protocol_file(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) return std::unexpected(json.error());
  const Json name = json->value("contest", Json());
  const Json round = json->value("round", Json(1U));
  const auto contest =
      name.is_string() ? model::ContestId::parse(name.get<std::string>()) : std::nullopt;
  if (!contest) return std::unexpected(bad("\"contest\" must name a contest"));
  if (!round.is_number_unsigned() || round.get<std::uint64_t>() < 1 ||
      round.get<std::uint64_t>() > 2) {
    return std::unexpected(bad("\"round\" must be 1 or 2"));
  }
  return model::ContestRound{*contest, round.get<std::uint32_t>()};
}

Result<v1::Protocol> parse_protocol_file(std::string_view text, const model::UnitId& unit,
                                         const model::Slice& slice) {
  const auto json = parse_object(text);
  if (!json) return std::unexpected(json.error());
  v1::Protocol protocol;
  protocol.mutable_place()->set_unit(unit.str());
  protocol.mutable_place()->set_contest(slice.key().contest.str());
  protocol.mutable_place()->set_round(slice.key().round);
  protocol.set_slice(slice.digest().str());
  const Json empty = Json::object();
  for (auto step :
       {check_keys(*json), read_points(json->value("points", empty), slice, protocol),
        read_votes(json->value("votes", empty), slice, protocol), read_texts(*json, protocol),
        read_members(json->value("members", Json::array()), protocol),
        read_rest(*json, protocol)}) {
    if (!step) return std::unexpected(std::move(step.error()));
  }
  return protocol;
}

}  // namespace urna::precinct
