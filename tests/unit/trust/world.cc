#include "tests/unit/trust/world.h"

#include "common/model/strict.h"
#include "common/trust/sha256.h"

namespace urna::trust {

model::UnitId unit_id(std::string_view text) { return model::UnitId::parse(text).value(); }
model::ElectionId election_id(std::string_view text) {
  return model::ElectionId::parse(text).value();
}
Subject subject(std::string_view unit, Role role, std::string_view election) {
  return {election_id(election), unit_id(unit), role};
}

Authorities::Authorities(std::string_view election)
    : root(make_root("Urna test root", kValidity).value()),
      node_authority(
          make_authority(root, subject("PL", Role::kNodeAuthority, election), kValidity).value()),
      licence_authority(
          make_authority(root, subject("PL", Role::kLicenceAuthority, election), kValidity)
              .value()) {}

std::string Authorities::pem() const {
  return der_to_pem(root.certificate_der) + der_to_pem(node_authority.certificate_der) +
         der_to_pem(licence_authority.certificate_der);
}

Anchors Authorities::anchors() const { return Anchors::from_pem(pem()).value(); }

Identity Authorities::leaf(const Subject& subject, Validity validity) const {
  return issue_identity(is_node(subject.role) ? node_authority : licence_authority, subject,
                        validity)
      .value();
}

namespace {

void add_unit(v1::UnitTable& table, std::string_view id, v1::UnitKind kind, std::string_view parent,
              std::string_view commissioner = "") {
  v1::Unit& unit = *table.add_units();
  unit.set_id(std::string(id));
  unit.set_kind(kind);
  unit.set_parent(std::string(parent));
  unit.set_commissioner(std::string(commissioner));
}

std::string small_unit_table() {
  v1::UnitTable table;
  add_unit(table, "PL", v1::UNIT_KIND_NATIONAL, "");
  add_unit(table, "140000", v1::UNIT_KIND_VOIVODESHIP, "PL");
  add_unit(table, "120000", v1::UNIT_KIND_VOIVODESHIP, "PL");
  add_unit(table, "com-1", v1::UNIT_KIND_COMMISSIONER, "PL");
  add_unit(table, "com-2", v1::UNIT_KIND_COMMISSIONER, "PL");
  add_unit(table, "140100", v1::UNIT_KIND_POWIAT, "140000", "com-1");
  add_unit(table, "140101", v1::UNIT_KIND_GMINA, "140100");
  add_unit(table, "140102", v1::UNIT_KIND_GMINA, "140100");
  add_unit(table, "140200", v1::UNIT_KIND_POWIAT, "140000", "com-2");
  add_unit(table, "140201", v1::UNIT_KIND_GMINA, "140200");
  add_unit(table, "146501", v1::UNIT_KIND_CITY, "140000", "com-2");
  add_unit(table, "146502", v1::UNIT_KIND_WARSAW_DISTRICT, "146501");
  add_unit(table, "146503", v1::UNIT_KIND_WARSAW_DISTRICT, "146501");
  return model::serialise(table);
}

}  // namespace

std::shared_ptr<const Verdicts::Verdict> Verdicts::add(std::string_view der) {
  const auto verdict = std::make_shared<const Verdict>(anchors.verify(der));
  by_id[key_id_of(der)] = verdict;
  return verdict;
}

std::shared_ptr<const Verdicts::Verdict> Verdicts::find(const KeyId& key_id) const {
  const auto found = by_id.find(key_id);
  return found == by_id.end() ? nullptr : found->second;
}

std::shared_ptr<const model::Definition> small_definition() {
  v1::Manifest manifest;
  manifest.set_election("pl-2014");
  manifest.set_version(1);
  manifest.set_mode("rehearsal");
  return model::Definition::parse(statement_of("manifest"), manifest,
                                  model::Units::parse(small_unit_table()).value())
      .value();
}

std::shared_ptr<const model::Slice> small_slice(v1::ContestKind kind, std::string_view area,
                                                const std::vector<std::string>& precincts) {
  v1::Slice slice;
  slice.set_contest("contest-1");
  slice.set_round(1);
  slice.set_group("group");
  slice.set_kind(kind);
  slice.set_area(std::string(area));
  for (const std::string& unit : precincts) {
    v1::Precinct& precinct = *slice.add_precincts();
    precinct.set_unit(unit);
    precinct.set_parent(unit.substr(0, unit.rfind('-')));
  }
  const std::string bytes = model::serialise(slice);
  return model::Slice::parse(digest_of(bytes), bytes, "", "").value();
}

v1::Body body_of(Kind kind, std::string_view unit, std::string_view contest) {
  v1::Body body;
  v1::Place place;
  place.set_unit(std::string(unit));
  place.set_contest(std::string(contest));
  place.set_round(1);
  switch (kind) {
    case Kind::kManifest: body.mutable_manifest()->set_election("pl-2014"); break;
    case Kind::kRevocation: body.mutable_revocation()->set_unit(std::string(unit)); break;
    case Kind::kProtocol: *body.mutable_protocol()->mutable_place() = place; break;
    case Kind::kConfirmation: *body.mutable_confirmation()->mutable_place() = place; break;
    case Kind::kReturn: *body.mutable_return_()->mutable_place() = place; break;
    case Kind::kApproval: *body.mutable_approval()->mutable_place() = place; break;
    case Kind::kSettlement: *body.mutable_settlement()->mutable_place() = place; break;
    case Kind::kAnnulment: *body.mutable_annulment()->mutable_place() = place; break;
    case Kind::kLot:
      body.mutable_lot()->set_contest(std::string(contest));
      body.mutable_lot()->set_round(1);
      break;
    case Kind::kTurnout: *body.mutable_turnout()->mutable_place() = place; break;
    case Kind::kTerritorial: *body.mutable_territorial()->mutable_place() = place; break;
  }
  return body;
}

}  // namespace urna::trust
