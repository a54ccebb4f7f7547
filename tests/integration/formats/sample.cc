#include "tests/integration/formats/sample.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/journal/merkle.h"
#include "common/model/definition.h"
#include "common/model/strict.h"
#include "common/node/transfer_file.h"
#include "common/trust/record.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"

namespace urna::formats {

namespace {

using trust::Role;

constexpr std::uint32_t kEligible = 400;
constexpr std::uint32_t kEligibleB = 4;
constexpr std::uint32_t kPlannedPrint = 320;
constexpr std::uint32_t kInvalidVotes = 3;

// 1 January 2014 to 31 December 2014, UTC, milliseconds.
constexpr trust::Validity kYear{1'388'534'400'000, 1'420'070'399'000};

template <class T>
T must(Result<T> result) {
  URNA_CHECK(result.has_value());
  return std::move(*result);
}

trust::Subject subject(const std::string& unit, Role role) {
  return {*model::ElectionId::parse(kElection), *model::UnitId::parse(unit), role};
}

Bytes unit_table() {
  struct Row {
    const char* id;
    v1::UnitKind kind;
    const char* parent;
  };
  constexpr Row kRows[] = {{"PL", v1::UNIT_KIND_NATIONAL, ""},
                           {"140000", v1::UNIT_KIND_VOIVODESHIP, "PL"},
                           {"140100", v1::UNIT_KIND_POWIAT, "140000"},
                           {"140101", v1::UNIT_KIND_GMINA, "140100"}};
  v1::UnitTable table;
  for (const Row& row : kRows) {
    v1::Unit& unit = *table.add_units();
    unit.set_id(row.id);
    unit.set_kind(row.kind);
    unit.set_parent(row.parent);
  }
  return model::serialise(table);
}

std::uint32_t figure_of_point(std::string_view code, std::uint32_t valid) {
  const std::uint32_t issued = valid + kInvalidVotes;
  if (code == "p1") return kEligible;
  if (code == "p1a") return kEligible - kEligibleB;
  if (code == "p1b") return kEligibleB;
  if (code == "p2") return kPlannedPrint;
  if (code == "p3") return kPlannedPrint - issued;
  if (code == "p4" || code == "p4a" || code == "p8" || code == "p10") return issued;
  if (code == "p11") return kInvalidVotes;
  if (code == "p12") return valid;
  return 0;
}

}  // namespace

Sample::Sample()
    : root_(must(trust::make_root("Example root", kYear))),
      nodes_(must(trust::make_authority(root_, subject("PL", Role::kNodeAuthority), kYear))),
      licences_(must(trust::make_authority(root_, subject("PL", Role::kLicenceAuthority), kYear))),
      anchors_(std::make_unique<trust::Anchors>(must(trust::Anchors::from_pem(trust_pem())))) {
  Person node = make_person(Role::kTerritorialNode, "140101");
  node_ = std::make_unique<node::NodeIdentity>(
      node::NodeIdentity{std::move(node.key), node.certificate, "urna-example 0"});
  make_slice(kCouncil, v1::CONTEST_KIND_COUNCIL_SMALL_GMINA, "council-2014-ab",
             {{"1", 2}, {"2", 0}});
  make_slice(kMayor, v1::CONTEST_KIND_MAYOR, "mayor-2014", {{"A", 0}, {"B", 0}});
  make_definition();
}

std::string Sample::trust_pem() const {
  return trust::der_to_pem(root_.certificate_der) + trust::der_to_pem(nodes_.certificate_der) +
         trust::der_to_pem(licences_.certificate_der);
}

Sample::Person Sample::make_person(Role role, const std::string& unit) const {
  trust::Identity made = must(
      trust::issue_identity(trust::is_node(role) ? nodes_ : licences_, subject(unit, role), kYear));
  return {std::move(made.key), must(anchors_->verify(made.certificate_der))};
}

const Sample::Person& Sample::chair_of(const std::string& precinct) {
  auto found = chairs_.find(precinct);
  if (found == chairs_.end()) {
    found = chairs_.emplace(precinct, make_person(Role::kChair, precinct)).first;
  }
  return found->second;
}

const trust::Certificate& Sample::chair(const std::string& precinct) {
  return *chair_of(precinct).certificate;
}

void Sample::make_slice(std::string_view contest, v1::ContestKind kind, std::string_view form_id,
                        const std::vector<std::pair<std::string, int>>& options) {
  v1::Slice slice;
  slice.set_contest(std::string(contest));
  slice.set_round(1);
  slice.set_group(std::string(contest));
  slice.set_kind(kind);
  slice.set_rule_set("2014");
  slice.set_seats(1);
  slice.set_area("140101");
  for (const auto& [code, candidates] : options) {
    v1::Option& option = *slice.add_options();
    option.set_code(code);
    for (int i = 1; i <= candidates; ++i) {
      option.add_candidates()->set_position(static_cast<std::uint32_t>(i));
    }
  }
  v1::ReferenceFigures reference;
  for (int i = 1; i <= 3; ++i) {
    const std::string unit = "140101-" + std::to_string(i);
    v1::Precinct& precinct = *slice.add_precincts();
    precinct.set_unit(unit);
    precinct.set_parent("140101");
    precinct.set_number(static_cast<std::uint32_t>(i));
    precinct.set_type(v1::PRECINCT_TYPE_PERMANENT);
    v1::ReferenceFigure& figure = *reference.add_precincts();
    figure.set_unit(unit);
    figure.set_eligible(model::cell_of(kEligible));
  }
  const v1::Form form = must(validation::builtin_form(form_id));
  const Bytes form_bytes = model::serialise(form);
  const Bytes reference_bytes = model::serialise(reference);
  slice.set_form(trust::digest_of(form_bytes).str());
  slice.set_reference(trust::digest_of(reference_bytes).str());
  const Bytes slice_bytes = model::serialise(slice);
  slices_.emplace(contest, slice_bytes);
  forms_.emplace(contest, form);
  for (const Bytes& part : {slice_bytes, form_bytes, reference_bytes}) {
    if (std::ranges::find(parts_, part) == parts_.end()) parts_.push_back(part);
  }
}

void Sample::make_definition() {
  const Bytes units = unit_table();
  parts_.insert(parts_.begin(), units);
  v1::Body body;
  v1::Manifest& manifest = *body.mutable_manifest();
  manifest.set_election(std::string(kElection));
  manifest.set_version(1);
  manifest.set_date("2014-11-10");
  manifest.set_mode("rehearsal");
  manifest.set_units(trust::digest_of(units).str());
  for (const auto& [contest, bytes] : slices_) {
    v1::SliceRef& ref = *manifest.add_slices();
    ref.set_contest(contest);
    ref.set_round(1);
    ref.set_slice(trust::digest_of(bytes).str());
  }
  const Person national = make_person(Role::kNationalCommission, "PL");
  manifest_ = trust::statement_of(model::serialise(body));
  manifest_record_ = trust::sign_record({national.key, *national.certificate, "urna-example 0"},
                                        body, "", kSignedAtMs);
  national_der_ = national.certificate->der;
}

std::string Sample::definition_file() const {
  v1::DefinitionFile file;
  file.set_manifest(manifest_record_);
  file.add_blobs(national_der_);
  for (const Bytes& part : parts_) file.add_blobs(part);
  return node::write_definition(file);
}

v1::Body Sample::protocol(std::string_view contest, int precinct, std::vector<std::uint32_t> votes,
                          std::uint32_t valid) const {
  v1::Body body;
  v1::Protocol& protocol = *body.mutable_protocol();
  protocol.mutable_place()->set_unit("140101-" + std::to_string(precinct));
  protocol.mutable_place()->set_contest(std::string(contest));
  protocol.mutable_place()->set_round(1);
  protocol.set_revision(1);
  protocol.set_slice(trust::digest_of(slice(contest)).str());
  for (const v1::FormPoint& point : forms_.at(std::string(contest)).points()) {
    protocol.add_points(model::cell_of(figure_of_point(point.code(), valid)));
  }
  for (const std::uint32_t figure : votes) protocol.add_votes(model::cell_of(figure));
  return body;
}

v1::Body Sample::council_protocol(int precinct, std::uint32_t first, std::uint32_t second) const {
  return protocol(kCouncil, precinct, {first, first, 0, second}, first + second);
}

v1::Body Sample::mayor_protocol(int precinct, std::uint32_t first, std::uint32_t second) const {
  return protocol(kMayor, precinct, {first, second}, first + second);
}

Bytes Sample::sign(const v1::Body& protocol) {
  return sign_as(protocol.protocol().place().unit(), protocol);
}

Bytes Sample::sign_as(const std::string& precinct, const v1::Body& protocol) {
  const Person& person = chair_of(precinct);
  return trust::sign_record({person.key, *person.certificate, "urna-example 0"}, protocol,
                            manifest_.view(), kSignedAtMs);
}

std::vector<v1::SignedBatch> Sample::batches(const std::vector<Bytes>& records,
                                             std::size_t per_batch) {
  journal::Frontier log;
  for (const Bytes& record : records) log.append(journal::leaf_hash(record));
  const journal::LeafHash root = log.root();
  std::vector<v1::SignedBatch> sealed;
  std::size_t at = 0;
  do {
    v1::Batch batch;
    batch.set_election(std::string(kElection));
    batch.set_sender("140101");
    batch.set_sequence(sealed.size() + 1);
    batch.set_created_at_ms(kSignedAtMs);
    batch.mutable_log()->set_log_id(std::string(16, '\x01'));
    batch.mutable_log()->set_size(records.size());
    batch.mutable_log()->set_root(root.data(), root.size());
    for (const std::size_t end = std::min(at + per_batch, records.size()); at < end; ++at) {
      v1::BatchEntry& entry = *batch.add_entries();
      entry.set_position(at);
      entry.set_record(records[at]);
    }
    batch.set_scanned_to(at);
    batch.set_final(at == records.size());
    if (sealed.empty()) {
      for (const auto& [precinct, person] : chairs_) batch.add_blobs(person.certificate->der);
    }
    sealed.push_back(node::seal_batch(*node_, batch));
  } while (at < records.size());
  return sealed;
}

std::string Sample::medium(const std::vector<Bytes>& records, std::size_t per_batch) {
  return node::write_medium(batches(records, per_batch));
}

}  // namespace urna::formats
