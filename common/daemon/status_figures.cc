#include "common/daemon/status_figures.h"

#include <nlohmann/json.hpp>

namespace urna::daemon {
namespace {

using Json = nlohmann::json;

// nullptr when it is not there or no object, list, …
const Json* child(const Json& json, const char* name, Json::value_t type) {
  const auto found = json.find(name);
  return found == json.end() || found->type() != type ? nullptr : &*found;
}

std::optional<std::uint64_t> number(const Json& json, const char* name) {
  const Json* found = child(json, name, Json::value_t::number_unsigned);
  return found == nullptr ? std::nullopt : std::optional(found->get<std::uint64_t>());
}

std::optional<std::string> text(const Json& json, const char* name) {
  const Json* found = child(json, name, Json::value_t::string);
  return found == nullptr ? std::nullopt : std::optional(found->get<std::string>());
}

bool read_contest(const Json& json, ServerFigures& figures) {
  if (!json.is_object()) return false;
  const auto id = text(json, "contest");
  const auto round = number(json, "round");
  const auto received = number(json, "received");
  const Json* options = child(json, "options", Json::value_t::array);
  const auto contest = id ? model::ContestId::parse(*id) : std::nullopt;
  if (!contest || !round || *round > 2 || !received || options == nullptr) return false;
  auto& read = figures.contests[{*contest, static_cast<std::uint32_t>(*round)}];
  read.received = *received;
  for (const Json& option : *options) {
    if (!option.is_object()) return false;
    const auto code = text(option, "code");
    const auto votes = number(option, "votes");
    if (!code || !votes) return false;
    read.votes[*code] = *votes;
  }
  return true;
}

}  // namespace

std::optional<ServerFigures> figures_of_status(std::string_view bytes) {
  const auto json = Json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const Json* log = child(json, "log", Json::value_t::object);
  const Json* states = child(json, "states", Json::value_t::object);
  const Json* contests = child(json, "contests", Json::value_t::array);
  const auto election = text(json, "election");
  const auto unit = text(json, "unit");
  if (log == nullptr || states == nullptr || contests == nullptr || !election || !unit) {
    return std::nullopt;
  }
  const auto size = number(*log, "size");
  const auto counted = number(*log, "counted");
  const auto root = text(*log, "root");
  if (!size || !counted || !root) return std::nullopt;
  ServerFigures figures;
  figures.election = *election;
  figures.unit = *unit;
  figures.log_size = *size;
  figures.counted = *counted;
  figures.root = *root;
  for (const auto& [state, count] : states->items()) {
    if (!count.is_number_unsigned()) return std::nullopt;
    figures.states[state] = count.get<std::uint64_t>();
  }
  for (const Json& contest : *contests) {
    if (!read_contest(contest, figures)) return std::nullopt;
  }
  return figures;
}

}  // namespace urna::daemon
