// `urna-drill generate`: its options and what it prints.
#pragma once

#include <CLI/CLI.hpp>

#include "common/service/signals.h"
#include "tests/drill/generate.h"

namespace urna::drill {

// Adds the subcommand; parsing fills in `options`.
CLI::App* add_generate_command(CLI::App& app, GenerateOptions& options);

// Makes the nation, with progress on stderr and what was written on stdout. Exit status: 0 done, 1
// it could not be written or was stopped, 2 the output folder cannot be used.
int run_generate(const GenerateOptions& options, service::ShutdownSignals& signals);

}  // namespace urna::drill
