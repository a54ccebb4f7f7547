#include "common/daemon/status_client.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

#include "common/service/files.h"

namespace urna::daemon {

std::optional<std::string> status_address(const NodeSettings& settings) {
  if (settings.http.listen.empty()) return std::nullopt;
  if (settings.http.address_file) {
    const auto text = service::read_file(*settings.http.address_file, 4'096);
    if (!text) return std::nullopt;
    return text->substr(0, text->find('\n'));
  }
  if (settings.http.listen.ends_with(":0")) return std::nullopt;
  return settings.http.listen;
}

Result<std::string> ask_status(const NodeSettings& settings) {
  const auto address = status_address(settings);
  if (!address) {
    return fail(ErrorCode::kUnavailable, settings.http.listen.empty()
                                             ? "the configuration has no [http] to ask a server by"
                                             : "no server has written where it listens");
  }
  httplib::Client client("http://" + *address);
  client.set_connection_timeout(2);
  client.set_read_timeout(2);
  const auto answer = client.Get("/api/status.json");
  if (!answer || answer->status != 200) {
    return fail(ErrorCode::kUnavailable, "no server answers at " + *address);
  }
  return answer->body;
}

std::optional<DefinitionVersion> ask_in_force(const NodeSettings& settings) {
  const auto text = ask_status(settings);
  return text ? definition_of_status(*text) : std::nullopt;
}

std::optional<DefinitionVersion> definition_of_status(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto version = json.find("definition_version");
  const auto statement = json.find("definition");
  if (version == json.end() || !version->is_number_unsigned() || statement == json.end() ||
      !statement->is_string()) {
    return std::nullopt;
  }
  const auto bytes = from_hex(statement->get<std::string>());
  const auto id = bytes ? StatementId::from_bytes(*bytes) : std::nullopt;
  if (!id) return std::nullopt;
  return DefinitionVersion{version->get<std::uint64_t>(), *id};
}

}  // namespace urna::daemon
