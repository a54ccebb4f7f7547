// The figures in a server's /api/status.json.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/model/ids.h"

namespace urna::daemon {

struct ServerFigures {
  std::string election;
  std::string unit;
  std::uint64_t log_size = 0;
  std::uint64_t counted = 0;                    // entries the figures take account of
  std::string root;                             // of log_size entries, hexadecimal
  std::map<std::string, std::uint64_t> states;  // protocols by state
  struct Contest {
    std::uint64_t received = 0;
    std::map<std::string, std::uint64_t> votes;  // by option
  };
  std::map<model::ContestRound, Contest> contests;  // received, in the server's unit
};

// nullopt when the text does not say all of it.
std::optional<ServerFigures> figures_of_status(std::string_view text);

}  // namespace urna::daemon
