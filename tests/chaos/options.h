// --chaos and what belongs to it, for the command line of urna-drill.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/chaos/scenario.h"
#include "tests/drill/disturbance.h"

namespace CLI {
class App;
}

namespace urna::chaos {

struct Options {
  std::vector<std::string> names;
  Extent extent;
};

// Adds --chaos, --chaos-seed, --chaos-kills and --chaos-clients.
void add_options(CLI::App& replay, Options& options);

// nullptr when nothing is to happen.
std::unique_ptr<drill::Disturbance> make_disturbance(const Options& options);

}  // namespace urna::chaos
