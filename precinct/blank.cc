#include "precinct/blank.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/validation/check.h"

namespace urna::precinct {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kStruckOff = " (skreślono, zostaje puste / struck off, stays empty)";

std::string kind_text(v1::ContestKind kind) {
  switch (kind) {
    case v1::CONTEST_KIND_COUNCIL_SMALL_GMINA: return "council of a small gmina";
    case v1::CONTEST_KIND_COUNCIL_LARGE_GMINA: return "council of a large gmina";
    case v1::CONTEST_KIND_COUNCIL_CITY: return "council of a city with powiat rights";
    case v1::CONTEST_KIND_COUNCIL_POWIAT: return "powiat council";
    case v1::CONTEST_KIND_ASSEMBLY: return "voivodeship assembly";
    case v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT: return "council of a Warsaw district";
    case v1::CONTEST_KIND_MAYOR: return "mayor";
    case v1::CONTEST_KIND_PARLIAMENT: return "parliament";
    default: return "contest of an unknown kind";
  }
}

Json points_of(const v1::Form& form) {
  Json points = Json::object();
  for (const v1::FormPoint& point : form.points()) {
    points[point.code()] = {{"label", point.label_pl() + " / " + point.label_en()},
                            {"figure", nullptr}};
  }
  return points;
}

Json votes_of(const v1::Slice& slice) {
  Json votes = Json::object();
  for (const v1::Option& option : slice.options()) {
    Json& cells = votes[option.code()];
    cells["label"] = option.name() + std::string(option.struck_off() ? kStruckOff : "");
    cells["total"] = nullptr;
    for (const v1::Candidate& candidate : option.candidates()) {
      cells["candidates"][std::to_string(candidate.position())] = {
          {"label", candidate.name() + std::string(candidate.struck_off() ? kStruckOff : "")},
          {"figure", nullptr}};
    }
  }
  return votes;
}

Json members_of(std::uint32_t commission_size) {
  Json members = Json::array();
  const auto rows = std::clamp(commission_size, 1U, std::uint32_t{validation::kMembersMax});
  for (std::uint32_t i = 0; i < rows; ++i) {
    const char* function = i == 0 ? "chair" : i == 1 ? "deputy" : "member";
    members.push_back({{"name", ""}, {"function", function}, {"signed", false}});
  }
  return members;
}

}  // namespace

std::string blank_protocol(const model::Slice& slice, const model::UnitId& precinct,
                           const Session::PlaceStatus* corrects) {
  const v1::Precinct* place = slice.precinct(precinct);
  Json json;
  json["contest"] = slice.key().contest.str();
  json["round"] = slice.key().round;
  json["points"] = points_of(slice.form());
  json["votes"] = votes_of(slice.data());
  json["remarks"] = Json::object();
  json["explanations"] = Json::object();
  json["members"] = members_of(place == nullptr ? 0 : place->commission_size());
  json["opened"] = nullptr;
  json["closed"] = nullptr;
  json["seat"] = place == nullptr ? "" : place->seat();
  json["revision"] = corrects == nullptr ? 1 : corrects->revision + 1;
  json["supersedes"] = corrects == nullptr ? "" : corrects->statement.hex();
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string describe_contest(const model::Slice& slice) {
  const v1::Slice& data = slice.data();
  std::string text =
      data.contest() + "/" + std::to_string(data.round()) + "  " + kind_text(slice.kind());
  if (!data.group().empty()) text += ", " + data.group();
  if (!data.district().empty()) text += ", district " + data.district();
  text += ", seats " + std::to_string(data.seats()) + ", form " + slice.form().id();
  return text;
}

}  // namespace urna::precinct
