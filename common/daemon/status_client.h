// What a running server says of itself, asked by a command beside it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/daemon/definition_file.h"
#include "common/daemon/node_settings.h"

namespace urna::daemon {

// Where the server of this configuration shows its status: "127.0.0.1:8080"; nullopt when it has no
// [http] or has not written its address yet.
std::optional<std::string> status_address(const NodeSettings& settings);

// The text of its /api/status.json. Waits two seconds at most. kUnavailable, naming the address,
// when it does not answer, or when the configuration names none.
Result<std::string> ask_status(const NodeSettings& settings);

// The definition in force at the running server, from its /api/status.json; nullopt when it cannot
// be asked. Waits two seconds at most.
std::optional<DefinitionVersion> ask_in_force(const NodeSettings& settings);

// The same from the answer's text; nullopt when it does not say.
std::optional<DefinitionVersion> definition_of_status(std::string_view text);

}  // namespace urna::daemon
