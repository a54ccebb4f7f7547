#include "common/service/status.h"

#include <nlohmann/json.hpp>

namespace urna::service {

using Json = nlohmann::ordered_json;

static Json contest_json(const StatusContest& contest) {
  Json options = Json::array();
  for (const StatusOption& option : contest.options) {
    options.push_back({{"code", option.code}, {"name", option.name}, {"votes", option.votes}});
  }
  return {{"contest", contest.contest},
          {"round", contest.round},
          {"title", contest.title},
          {"received", contest.received},
          {"expected", contest.expected},
          {"eligible", contest.eligible},
          {"valid_votes", contest.valid_votes},
          {"options", std::move(options)}};
}

std::string to_json(const NodeStatus& status) {
  Json contests = Json::array();
  for (const StatusContest& contest : status.contests) contests.push_back(contest_json(contest));
  Json units = Json::array();
  for (const StatusUnit& unit : status.units) {
    units.push_back({{"unit", unit.unit},
                     {"name", unit.name},
                     {"parent", unit.parent},
                     {"kind", unit.kind},
                     {"received", unit.received},
                     {"expected", unit.expected}});
  }
  Json upstreams = Json::array();
  for (const StatusUpstream& upstream : status.upstreams) {
    upstreams.push_back({{"unit", upstream.unit},
                         {"address", upstream.address},
                         {"connected", upstream.connected},
                         {"acknowledged", upstream.acknowledged}});
  }
  Json states = Json::object();
  for (const auto& [state, count] : status.states) states[state] = count;
  const Json log = {{"size", status.log.size},
                    {"root", status.log.root},
                    {"log_id", status.log.log_id},
                    {"counted", status.log.counted}};
  const Json json = {{"election", status.election},
                     {"mode", status.mode},
                     {"unit", status.unit},
                     {"software", status.software},
                     {"updated_ms", status.updated_ms},
                     {"definition_version", status.definition_version},
                     {"definition", status.definition},
                     {"log", log},
                     {"contests", std::move(contests)},
                     {"units", std::move(units)},
                     {"states", std::move(states)},
                     {"upstreams", std::move(upstreams)},
                     {"refused", status.refused}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace urna::service
