// A definition file named in the configuration: looked at on every start.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/node/node.h"
#include "common/node/transfer_file.h"
#include "common/trust/certificate_book.h"

namespace urna::daemon {

struct DefinitionVersion {
  std::uint64_t version = 0;
  StatementId statement{};

  bool operator==(const DefinitionVersion&) const = default;
};

// "version 2, statement 4f…"
std::string describe(const DefinitionVersion& definition);

// Of the definition in force; nullopt when there is none.
std::optional<DefinitionVersion> in_force(const node::Core& core);

// What became of a definition file.
struct TakenDefinition {
  DefinitionVersion file;
  DefinitionVersion in_force;  // afterwards

  // A newer one is held, so nothing was taken from the file: updates also come from above or by
  // import, and the file that was there at the installation stays behind.
  bool older() const { return file.version < in_force.version; }
};

// One line for a person: which version is in force, and that the file's is older if it is.
std::string describe(const TakenDefinition& taken);

// Decodes and verifies a file. kNotFound, or as node::read_definition, naming the file.
Result<node::OpenedDefinition> read_definition_file(const std::filesystem::path& file,
                                                    trust::CertificateBook& certificates);

// Gives a definition to the node unless a newer one is held. Waits for the commit: not from a
// callback of the node. kNotAuthorised when the node refuses it, kCorrupt when parts are missing.
Result<TakenDefinition> take_definition(node::Node& node, const node::OpenedDefinition& definition);

}  // namespace urna::daemon
