#include "common/daemon/definition_file.h"

#include <future>

#include "common/service/files.h"

namespace urna::daemon {

std::string describe(const DefinitionVersion& definition) {
  return "version " + std::to_string(definition.version) + ", statement " +
         definition.statement.hex();
}

std::optional<DefinitionVersion> in_force(const node::Core& core) {
  const auto definition = core.book().in_force();
  if (definition == nullptr) return std::nullopt;
  return DefinitionVersion{definition->version(), definition->id()};
}

std::string describe(const TakenDefinition& taken) {
  if (taken.older()) {
    return "version " + std::to_string(taken.file.version) +
           " of the definition is older than version " + std::to_string(taken.in_force.version) +
           " held here; going on with " + describe(taken.in_force);
  }
  if (taken.file == taken.in_force) return describe(taken.file) + " is in force";
  return describe(taken.file) + " is held; in force is " + describe(taken.in_force);
}

Result<node::OpenedDefinition> read_definition_file(const std::filesystem::path& file,
                                                    trust::CertificateBook& certificates) {
  const auto bytes = service::read_file(file, node::kTransferFileBytesMax);
  if (!bytes) return std::unexpected(bytes.error());
  auto definition = node::read_definition(*bytes, certificates);
  if (!definition) return std::unexpected(std::move(definition.error()).within(file.string()));
  return definition;
}

Result<TakenDefinition> take_definition(node::Node& node,
                                        const node::OpenedDefinition& definition) {
  TakenDefinition taken;
  taken.file = {definition.manifest.body->manifest().version(), definition.manifest.statement};
  const auto look = [&] {
    node.inspect([&](const node::Core& core) {
      taken.in_force = in_force(core).value_or(DefinitionVersion());
    });
  };
  look();
  if (taken.older()) return taken;
  std::promise<Result<v1::Outcome>> answer;
  node.submit(definition.manifest_record, definition.blobs,
              [&](Result<v1::Outcome> outcome) { answer.set_value(std::move(outcome)); });
  const Result<v1::Outcome> outcome = answer.get_future().get();
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->has_refused()) {
    return fail(ErrorCode::kNotAuthorised,
                "the definition is refused: " + outcome->refused().detail());
  }
  if (outcome->has_deferred()) return fail(ErrorCode::kCorrupt, "the definition is not complete");
  look();
  return taken;
}

}  // namespace urna::daemon
