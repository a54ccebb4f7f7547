// A commission at its desk: the `desk` command of a server's program, given one command a line.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace urna::drill {

struct DeskAnswer {
  bool ok = false;
  std::string text;
};
// A line of a desk's output that begins with "ok" or "refused"; nullopt for others, which are
// passed over.
std::optional<DeskAnswer> parse_answer(std::string_view line);

struct DeskOptions {
  std::filesystem::path program;
  std::filesystem::path config;
  std::filesystem::path licence;      // key, unencrypted
  std::filesystem::path certificate;  // of the licence
  std::filesystem::path folder;       // for what is given to it; there already
  std::filesystem::path log;
  // What is refused is given again, since what it needs may still be on its way.
  std::chrono::milliseconds patience{60'000};
  std::chrono::milliseconds pause{500};
  bool ask_queue = false;  // at the end, nothing must be waiting
};

// Gives a desk its commands in order; those refused again until none is or patience ends. Returns
// what is wrong at the end: "COMMAND: answer" of each refused, or what still waits. `on_ok` is told
// of every command as it is taken. An error when the program could not be run, ended with another
// status than its answers say, or did not answer every command. Stops trying once `stopping` says
// so.
Result<std::vector<std::string>> work_at_desk(const DeskOptions& options,
                                              std::vector<std::string> commands,
                                              const std::function<void(std::string_view)>& on_ok,
                                              const std::function<bool()>& stopping);

}  // namespace urna::drill
