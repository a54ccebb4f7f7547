#include "tests/drill/setup.h"

#include <set>

#include "common/service/files.h"

namespace urna::drill {

namespace {

// Units with a server of their own besides the centre.
std::set<std::string> units_with_server(const Dataset& data, const UnitTree& tree) {
  std::set<std::string> units(data.servers.begin(), data.servers.end());
  if (!units.empty()) return units;
  for (const DatasetPrecinct& precinct : data.precincts) {
    units.insert(precinct.teryt);
    const DatasetUnit* own = tree.find(precinct.teryt);
    const DatasetUnit* above = own == nullptr ? nullptr : tree.find(own->parent);
    if (above == nullptr) continue;
    if (above->kind == v1::UNIT_KIND_CITY || above->kind == v1::UNIT_KIND_POWIAT) {
      units.insert(above->id);
    }
  }
  return units;
}

// The servers that a unit's records pass, from below; the centre last.
void plan_servers(const Dataset& data, Setup& setup) {
  const std::string& centre = data.units.front().id;
  const UnitTree tree(data);
  const std::set<std::string> with_server = units_with_server(data, tree);
  setup.servers.push_back({centre, {}});
  for (const DatasetUnit& unit : data.units) {  // parents before children
    Route route;
    for (const DatasetUnit* at : tree.upwards(unit.id)) {
      if (at->id != centre && with_server.contains(at->id)) route.push_back(at->id);
    }
    route.push_back(centre);
    if (route.front() == unit.id && unit.id != centre) {
      setup.servers.push_back({unit.id, {route.begin() + 1, route.end()}});
    }
    setup.routes[unit.id] = std::move(route);
  }
}

Result<void> write_server_identity(Keyring& keyring, const model::ElectionId& election,
                                   const std::string& unit, bool centre,
                                   const std::filesystem::path& folder) {
  const trust::Role role = centre ? trust::Role::kCentralNode : trust::Role::kTerritorialNode;
  auto identity = keyring.identity({election, *model::UnitId::parse(unit), role});
  if (!identity) return std::unexpected(std::move(identity.error()));
  return write_identity(*identity, folder, unit);
}

}  // namespace

node::OpenedDefinition definition_of(const Setup& setup, const std::vector<std::size_t>& contests) {
  node::OpenedDefinition part{
      setup.definition.manifest_record, setup.definition.manifest, setup.definition.definition, {}};
  std::set<std::size_t> parts;
  for (const std::size_t contest : contests) {
    const auto& needed = setup.election.parts_of[contest];
    parts.insert(needed.begin(), needed.end());
  }
  for (const std::size_t at : parts) part.blobs.push_back(setup.election.parts[at]);
  for (const Bytes& blob : setup.definition.blobs) {
    if (trust::CertificateBook::looks_like_certificate(blob)) part.blobs.push_back(blob);
  }
  return part;
}

Result<Setup> prepare(const Dataset& data, const std::filesystem::path& folder,
                      std::uint64_t now_ms) {
  const auto election_id = model::ElectionId::parse(data.election);
  const auto root = model::UnitId::parse(data.units.front().id);
  if (!election_id || !root)
    return fail(ErrorCode::kInvalidArgument, "the data set's names are not valid");
  auto election = build_election(data);
  if (!election) return std::unexpected(std::move(election.error()));
  auto keyring = Keyring::open(folder / "keys.json", *election_id, *root, now_ms);
  if (!keyring) return std::unexpected(std::move(keyring.error()));
  auto anchors = trust::Anchors::from_pem(keyring->anchors_pem());
  if (!anchors) return std::unexpected(std::move(anchors.error()));
  auto national = keyring->identity({*election_id, *root, trust::Role::kNationalCommission});
  if (!national) return std::unexpected(std::move(national.error()));
  auto file = make_definition(*election, *national, *anchors, keyring->made_at_ms());
  if (!file) return std::unexpected(std::move(file.error()));
  trust::CertificateBook certificates(*anchors);
  auto definition = node::read_definition(*file, certificates);
  if (!definition) return std::unexpected(std::move(definition.error()));

  Setup setup{std::move(*election),
              std::move(*keyring),
              std::move(*anchors),
              std::move(*definition),
              {},
              {}};
  plan_servers(data, setup);
  for (const ServerPlan& server : setup.servers) {
    auto written = write_server_identity(setup.keyring, *election_id, server.unit,
                                         server.upstreams.empty(), folder);
    if (!written) return std::unexpected(std::move(written.error()));
  }
  auto written = service::write_file_atomically(folder / "trust.pem", setup.keyring.anchors_pem());
  if (written) written = service::write_file_atomically(folder / "definition.urna", *file);
  if (!written) return std::unexpected(std::move(written.error()));
  return setup;
}

}  // namespace urna::drill
