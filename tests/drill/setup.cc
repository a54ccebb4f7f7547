#include "tests/drill/setup.h"

#include <algorithm>

#include "common/service/files.h"

namespace urna::drill {

namespace {

std::string parent_of(const Dataset& data, const std::string& unit) {
  for (const DatasetUnit& candidate : data.units) {
    if (candidate.id == unit) return candidate.parent;
  }
  return {};
}

v1::UnitKind kind_of(const Dataset& data, const std::string& unit) {
  for (const DatasetUnit& candidate : data.units) {
    if (candidate.id == unit) return candidate.kind;
  }
  return v1::UNIT_KIND_UNSPECIFIED;
}

// One node per unit that precincts lie in, one for each city or powiat above them, the centre.
void plan_servers(const Dataset& data, Setup& setup) {
  const std::string& centre = data.units.front().id;
  std::set<std::string> lowest;
  std::set<std::string> middle;
  for (const DatasetPrecinct& precinct : data.precincts) lowest.insert(precinct.teryt);
  for (const std::string& unit : lowest) {
    const std::string above = parent_of(data, unit);
    const v1::UnitKind kind = kind_of(data, above);
    Route route{unit};
    if (kind == v1::UNIT_KIND_CITY || kind == v1::UNIT_KIND_POWIAT) {
      middle.insert(above);
      route.push_back(above);
    }
    route.push_back(centre);
    setup.routes[unit] = std::move(route);
  }
  setup.servers.push_back({centre, {}});
  for (const std::string& unit : middle) setup.servers.push_back({unit, {centre}});
  for (const auto& [unit, route] : setup.routes) {
    setup.servers.push_back({unit, {route.begin() + 1, route.end()}});
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
