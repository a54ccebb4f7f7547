// A definition file made from an office's description and signed with a national licence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "central/ca/definition_input.h"
#include "central/ca/folder.h"
#include "common/daemon/definition_file.h"
#include "common/daemon/identity.h"

namespace urna::ca {

struct DefinitionOrder {
  std::filesystem::path description;
  std::filesystem::path out;
  // The definition file this one replaces; none for version 1.
  std::optional<std::filesystem::path> replaces;
};

// What becomes of the contests of the definition that is replaced.
struct Succession {
  std::uint64_t version = 0;  // that is replaced
  std::size_t added = 0;
  // Their protocols that are not confirmed are returned; one that is left out has no totals either.
  std::vector<model::ContestRound> changed;
  std::vector<model::ContestRound> left_out;
};

struct PreparedDefinition {
  DescribedElection described;
  std::optional<Succession> succession;  // none for version 1
};

// The description, with what it replaces, before any password is asked for. Fails as
// read_description; kAlreadyExists when `out` is there; kOutdated when the version is not above
// that of the definition it replaces; kInvalidArgument when version 1 replaces something or a later
// one nothing.
Result<PreparedDefinition> prepare_definition(const Folder& folder, const DefinitionOrder& order);

// Signs and writes the file, after reading it as every node will. kNotAuthorised: not the licence
// of the national commission; kUntrusted: not valid today, or revoked.
Result<daemon::DefinitionVersion> sign_definition(const Folder& folder,
                                                  const DefinitionOrder& order,
                                                  const DescribedElection& described,
                                                  const daemon::LoadedLicence& licence,
                                                  std::chrono::sys_seconds now);

}  // namespace urna::ca
