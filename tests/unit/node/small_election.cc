#include "tests/unit/node/small_election.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/model/control_code.h"
#include "common/model/definition.h"
#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"

namespace urna::tests {

namespace {

constexpr std::uint32_t kEligible = 1'000;
constexpr std::uint32_t kEligibleB = 10;
constexpr std::uint32_t kPlannedPrint = 800;
constexpr std::uint32_t kVotesOfOthers = 40;
constexpr std::uint32_t kInvalidVotes = 10;

struct UnitRow {
  const char* id;
  v1::UnitKind kind;
  const char* parent;
  const char* commissioner;
};
constexpr UnitRow kUnits[] = {
    {"PL", v1::UNIT_KIND_NATIONAL, "", ""},
    {"KW-1", v1::UNIT_KIND_COMMISSIONER, "PL", ""},
    {"140000", v1::UNIT_KIND_VOIVODESHIP, "PL", "KW-1"},
    {"140100", v1::UNIT_KIND_POWIAT, "140000", ""},
    {"140101", v1::UNIT_KIND_GMINA, "140100", ""},
    {"140102", v1::UNIT_KIND_GMINA, "140100", ""},
    {"146200", v1::UNIT_KIND_CITY, "140000", ""},
};

struct PrecinctRow {
  const char* unit;
  const char* parent;
  v1::PrecinctType type;
};
constexpr PrecinctRow kPrecincts[] = {
    {"140101-1", "140101", v1::PRECINCT_TYPE_PERMANENT},
    {"140101-2", "140101", v1::PRECINCT_TYPE_PERMANENT},
    {"140101-3", "140101", v1::PRECINCT_TYPE_PERMANENT},
    {"140102-1", "140102", v1::PRECINCT_TYPE_PERMANENT},
    {"140102-2", "140102", v1::PRECINCT_TYPE_HOSPITAL},
    {"146200-1", "146200", v1::PRECINCT_TYPE_PERMANENT},
    {"146200-2", "146200", v1::PRECINCT_TYPE_PERMANENT},
};

v1::Place place_of(const std::string& precinct, const std::string& contest) {
  v1::Place place;
  place.set_unit(precinct);
  place.set_contest(contest);
  place.set_round(1);
  return place;
}

// The figure of each point of a right protocol; 0 for all that is not named.
std::uint32_t figure_of_point(std::string_view code, std::uint32_t eligible, std::uint32_t valid) {
  const std::uint32_t issued = valid + kInvalidVotes;
  if (code == "p1") return eligible;
  if (code == "p1a") return eligible - kEligibleB;
  if (code == "p1b") return kEligibleB;
  if (code == "p2") return kPlannedPrint;
  if (code == "p3") return kPlannedPrint - issued;
  if (code == "p4" || code == "p4a" || code == "p8" || code == "p10") return issued;
  if (code == "p11") return kInvalidVotes;
  if (code == "p12") return valid;
  return 0;
}

void add_members(v1::Protocol& protocol) {
  const std::pair<const char*, v1::MemberFunction> members[] = {
      {"Anna Nowak", v1::MEMBER_FUNCTION_CHAIR},
      {"Jan Kowalski", v1::MEMBER_FUNCTION_DEPUTY},
      {"Ewa Lis", v1::MEMBER_FUNCTION_MEMBER}};
  for (const auto& [name, function] : members) {
    v1::Member& member = *protocol.add_members();
    member.set_name(name);
    member.set_function(function);
    member.set_signed_(true);
  }
}

template <class T>
T must(Result<T> result) {
  URNA_CHECK(result.has_value());
  return std::move(*result);
}

std::string pem(const trust::Identity& identity) {
  return trust::der_to_pem(identity.certificate_der);
}

trust::Identity copy(const trust::Identity& identity) {
  return {must(trust::PrivateKey::from_pem(must(identity.key.to_pem(std::nullopt)), std::nullopt)),
          identity.certificate_der};
}

}  // namespace

struct SmallElection::Contest {
  std::string id;
  v1::ContestKind kind;
  std::string form;
  std::string area;
  std::vector<std::string> parents;  // units whose precincts vote in it
  int options;
  int candidates;  // per option
};

const std::vector<SmallElection::Contest>& SmallElection::contests() {
  static const std::vector<Contest> kContests = {
      {"assembly-14",
       v1::CONTEST_KIND_ASSEMBLY,
       "council-2014",
       "140000",
       {"140101", "140102", "146200"},
       3,
       2},
      {"city-146200", v1::CONTEST_KIND_COUNCIL_CITY, "council-2014-ab", "146200", {"146200"}, 3, 2},
      {"council-140101",
       v1::CONTEST_KIND_COUNCIL_SMALL_GMINA,
       "council-2014-ab",
       "140101",
       {"140101"},
       3,
       1},
      {"council-140102",
       v1::CONTEST_KIND_COUNCIL_LARGE_GMINA,
       "council-2014-ab",
       "140102",
       {"140102"},
       2,
       3},
      {"mayor-140101", v1::CONTEST_KIND_MAYOR, "mayor-2014", "140101", {"140101"}, 2, 0},
      {"powiat-140100",
       v1::CONTEST_KIND_COUNCIL_POWIAT,
       "council-2014",
       "140100",
       {"140101", "140102"},
       2,
       2},
  };
  return kContests;
}

std::vector<journal::StoredBlob> Version::blobs() const {
  std::vector<journal::StoredBlob> all;
  for (const Bytes& part : parts) all.push_back({trust::digest_of(part), part});
  return all;
}

trust::Validity SmallElection::season() {
  constexpr std::int64_t kMonthMs = 30LL * 24 * 3'600 * 1'000;
  const auto day = static_cast<std::int64_t>(kElectionDayMs);
  return {day - kMonthMs, day + kMonthMs};
}

SmallElection::SmallElection(std::string_view election, trust::Validity validity,
                             const SmallElection* root)
    : election_(election),
      validity_(validity),
      root_(root != nullptr ? copy(root->root_) : must(trust::make_root("Small root", validity_))),
      nodes_(must(trust::make_authority(
          root_, {election_id(), *model::UnitId::parse("PL"), trust::Role::kNodeAuthority},
          validity_))),
      licences_(must(trust::make_authority(
          root_, {election_id(), *model::UnitId::parse("PL"), trust::Role::kLicenceAuthority},
          validity_))) {
  anchors_pem_ = pem(root_) + pem(nodes_) + pem(licences_);
  anchors_ = std::make_unique<trust::Anchors>(must(trust::Anchors::from_pem(anchors_pem_)));
  v1::UnitTable table;
  for (const UnitRow& row : kUnits) {
    v1::Unit& unit = *table.add_units();
    unit.set_id(row.id);
    unit.set_kind(row.kind);
    unit.set_parent(row.parent);
    unit.set_name(row.id);
    unit.set_commissioner(row.commissioner);
  }
  units_ = model::serialise(table);
  for (const Contest& contest : contests()) make_slice(contest, kPlannedPrint);
  versions_.reserve(64);
  versions_.push_back(sign_version(1));
}

// ---- people and nodes ----

std::unique_ptr<Holder> SmallElection::issue(const trust::Identity& authority, trust::Role role,
                                             const std::string& unit,
                                             trust::Validity validity) const {
  auto identity = must(trust::issue_identity(
      authority, {election_id(), *model::UnitId::parse(unit), role}, validity));
  auto certificate = must(anchors_->verify(identity.certificate_der));
  return std::make_unique<Holder>(Holder{std::move(identity.key), std::move(certificate)});
}

const Holder& SmallElection::person(trust::Role role, const std::string& unit, int number) {
  auto& holder = holders_[{{role, unit}, number}];
  if (holder == nullptr) holder = issue(licences_, role, unit, validity_);
  return *holder;
}

const Holder& SmallElection::node(const std::string& unit, int number) {
  const trust::Role role = unit == "PL"                          ? trust::Role::kCentralNode
                           : unit.find('-') != std::string::npos ? trust::Role::kPrecinctNode
                                                                 : trust::Role::kTerritorialNode;
  auto& holder = holders_[{{role, unit}, number}];
  if (holder == nullptr) holder = issue(nodes_, role, unit, validity_);
  return *holder;
}

node::NodeIdentity SmallElection::node_identity(const std::string& unit, int number) {
  const Holder& holder = node(unit, number);
  auto key = must(trust::PrivateKey::from_pem(must(holder.key.to_pem(std::nullopt)), std::nullopt));
  return {std::move(key), holder.certificate, "urna-test 0"};
}

Holder SmallElection::licence(trust::Role role, const std::string& unit, trust::Validity validity) {
  return std::move(*issue(trust::is_node(role) ? nodes_ : licences_, role, unit, validity));
}

// ---- definition ----

Bytes SmallElection::form_bytes(const std::string& id) {
  return model::serialise(must(validation::builtin_form(id)));
}

void SmallElection::make_slice(const Contest& contest, std::uint32_t planned_print) {
  v1::Slice slice;
  slice.set_contest(contest.id);
  slice.set_round(1);
  slice.set_group(contest.id);
  slice.set_kind(contest.kind);
  slice.set_rule_set("2014");
  slice.set_seats(2);
  slice.set_area(contest.area);
  for (int i = 1; i <= contest.options; ++i) {
    v1::Option& option = *slice.add_options();
    option.set_code(std::to_string(i));
    option.set_name("List " + std::to_string(i));
    for (int j = 1; j <= contest.candidates; ++j) {
      v1::Candidate& candidate = *option.add_candidates();
      candidate.set_position(static_cast<std::uint32_t>(j));
      candidate.set_name("Candidate " + std::to_string(j));
    }
  }
  v1::ReferenceFigures figures;
  for (const PrecinctRow& row : kPrecincts) {
    if (std::ranges::find(contest.parents, row.parent) == contest.parents.end()) continue;
    v1::Precinct& precinct = *slice.add_precincts();
    precinct.set_unit(row.unit);
    precinct.set_parent(row.parent);
    precinct.set_type(row.type);
    precinct.set_commission_size(3);
    v1::ReferenceFigure& figure = *figures.add_precincts();
    figure.set_unit(row.unit);
    figure.set_eligible(model::cell_of(kEligible));
    figure.set_eligible_a(model::cell_of(kEligible - kEligibleB));
    figure.set_eligible_b(model::cell_of(kEligibleB));
    figure.set_planned_print(model::cell_of(planned_print));
  }
  const Bytes form = form_bytes(contest.form);
  const Bytes reference = model::serialise(figures);
  slice.set_form(trust::digest_of(form).str());
  slice.set_reference(trust::digest_of(reference).str());
  slices_[contest.id] = model::serialise(slice);
  for (const Bytes& part : {form, reference}) parts_.emplace(trust::digest_of(part), part);
}

Version SmallElection::sign_version(std::uint64_t version) {
  Version made;
  v1::Body body;
  v1::Manifest& manifest = *body.mutable_manifest();
  manifest.set_election(election_);
  manifest.set_version(version);
  manifest.set_date("2014-11-" + std::to_string(9 + version));
  manifest.set_mode("rehearsal");
  if (version > 1) manifest.set_replaces(versions_.back().statement.str());
  manifest.set_units(trust::digest_of(units_).str());
  made.parts.push_back(units_);
  for (const auto& [contest, bytes] : slices_) {
    v1::SliceRef& ref = *manifest.add_slices();
    ref.set_contest(contest);
    ref.set_round(1);
    ref.set_slice(trust::digest_of(bytes).str());
    made.parts.push_back(bytes);
  }
  for (const auto& [digest, bytes] : parts_) made.parts.push_back(bytes);
  made.manifest = manifest;
  made.statement = statement(body);
  const Holder& signer = national();
  made.record = trust::sign_record({signer.key, *signer.certificate, "urna-test 0"}, body, "",
                                   kElectionDayMs);
  return made;
}

const Version& SmallElection::rename_unit() {
  v1::UnitTable table;
  URNA_CHECK(table.ParseFromString(units_));
  table.mutable_units(0)->set_name("under another name");
  units_ = model::serialise(table);
  return sign_next();
}

const Version& SmallElection::move_unit(const std::string& unit, const std::string& parent) {
  v1::UnitTable table;
  URNA_CHECK(table.ParseFromString(units_));
  for (v1::Unit& one : *table.mutable_units()) {
    if (one.id() == unit) one.set_parent(parent);
  }
  units_ = model::serialise(table);
  return sign_next();
}

const Version& SmallElection::change_slice(const std::string& contest) {
  const std::uint64_t version = versions_.back().manifest.version() + 1;
  for (const Contest& known : contests()) {
    // Within ten points of every print, so B7 never fires.
    if (known.id == contest) make_slice(known, kPlannedPrint + static_cast<std::uint32_t>(version));
  }
  return sign_next();
}

const Version& SmallElection::sign_next() {
  URNA_CHECK(versions_.size() < versions_.capacity());
  versions_.push_back(sign_version(versions_.back().manifest.version() + 1));
  return versions_.back();
}

v1::Slice SmallElection::slice_data(const std::string& contest) const {
  v1::Slice slice;
  URNA_CHECK(slice.ParseFromString(slices_.at(contest)));
  return slice;
}

std::vector<std::string> SmallElection::precincts(const std::string& contest) const {
  std::vector<std::string> all;
  const v1::Slice slice = slice_data(contest);
  for (const v1::Precinct& precinct : slice.precincts()) all.push_back(precinct.unit());
  return all;
}

std::vector<std::pair<std::string, std::string>> SmallElection::places() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [contest, bytes] : slices_) {
    for (const std::string& precinct : precincts(contest)) all.emplace_back(contest, precinct);
  }
  return all;
}

// ---- bodies ----

namespace {

v1::Body make_protocol(const v1::Slice& slice, const v1::Form& form, const Digest& digest,
                       const std::string& precinct, std::uint32_t votes, std::uint32_t eligible) {
  v1::Body body;
  v1::Protocol& protocol = *body.mutable_protocol();
  *protocol.mutable_place() = place_of(precinct, slice.contest());
  protocol.set_revision(1);
  protocol.set_slice(digest.str());
  std::uint32_t valid = 0;
  for (int i = 0; i < slice.options_size(); ++i) {
    const std::uint32_t total = i == 0 ? votes : kVotesOfOthers;
    valid += total;
    protocol.add_votes(model::cell_of(total));
    // All votes of a list go to its first candidate.
    for (int j = 0; j < slice.options(i).candidates_size(); ++j) {
      protocol.add_votes(model::cell_of(j == 0 ? total : 0));
    }
  }
  for (const v1::FormPoint& point : form.points()) {
    protocol.add_points(model::cell_of(figure_of_point(point.code(), eligible, valid)));
  }
  add_members(protocol);
  protocol.set_seat("Szkoła, ul. Polna 1");
  return body;
}

}  // namespace

v1::Body SmallElection::protocol(const std::string& precinct, const std::string& contest,
                                 std::uint32_t votes) const {
  const v1::Slice slice = slice_data(contest);
  v1::Form form;
  URNA_CHECK(form.ParseFromString(parts_.at(*Digest::from_bytes(slice.form()))));
  return make_protocol(slice, form, trust::digest_of(slices_.at(contest)), precinct, votes,
                       kEligible);
}

v1::Body SmallElection::questionable(const std::string& precinct, const std::string& contest,
                                     std::uint32_t votes) const {
  const v1::Slice slice = slice_data(contest);
  v1::Form form;
  URNA_CHECK(form.ParseFromString(parts_.at(*Digest::from_bytes(slice.form()))));
  return make_protocol(slice, form, trust::digest_of(slices_.at(contest)), precinct, votes,
                       kEligible - 200);
}

v1::Body SmallElection::revision(v1::Body body, const v1::Body& previous) {
  body.mutable_protocol()->set_revision(previous.protocol().revision() + 1);
  body.mutable_protocol()->set_supersedes(statement(previous).str());
  return body;
}

v1::Body SmallElection::confirmation(const v1::Body& protocol) {
  v1::Body body;
  *body.mutable_confirmation()->mutable_place() = protocol.protocol().place();
  body.mutable_confirmation()->set_statement(statement(protocol).str());
  body.mutable_confirmation()->set_control_code(
      model::ControlCode::of(statement(protocol)).digits());
  return body;
}

v1::Body SmallElection::taken_back(const v1::Body& protocol) {
  v1::Body body;
  *body.mutable_return_()->mutable_place() = protocol.protocol().place();
  body.mutable_return_()->set_statement(statement(protocol).str());
  body.mutable_return_()->set_reason("the figures differ from the paper");
  return body;
}

v1::Body SmallElection::approval(const v1::Body& protocol, std::vector<std::string> codes) {
  v1::Body body;
  *body.mutable_approval()->mutable_place() = protocol.protocol().place();
  body.mutable_approval()->set_statement(statement(protocol).str());
  for (std::string& code : codes) body.mutable_approval()->add_codes(std::move(code));
  return body;
}

v1::Body SmallElection::annulment(const v1::Body& protocol) {
  v1::Body body;
  *body.mutable_annulment()->mutable_place() = protocol.protocol().place();
  body.mutable_annulment()->set_statement(statement(protocol).str());
  return body;
}

v1::Body SmallElection::settlement(const v1::Body& chosen, const std::vector<v1::Body>& set_aside) {
  v1::Body body;
  *body.mutable_settlement()->mutable_place() = chosen.protocol().place();
  body.mutable_settlement()->set_chosen(statement(chosen).str());
  std::vector<std::string> aside;
  for (const v1::Body& other : set_aside) aside.push_back(statement(other).str());
  std::ranges::sort(aside);
  for (std::string& id : aside) body.mutable_settlement()->add_set_aside(std::move(id));
  return body;
}

v1::Body SmallElection::revocation(const Holder& holder) {
  v1::Body body;
  body.mutable_revocation()->set_key_id(holder.id().str());
  body.mutable_revocation()->set_unit(holder.certificate->subject.unit.str());
  body.mutable_revocation()->set_reason("the key was lost");
  return body;
}

// ---- signing ----

StatementId SmallElection::statement(const v1::Body& body) {
  return trust::statement_of(model::serialise(body));
}

Bytes SmallElection::sign(const Holder& holder, const v1::Body& body, std::uint64_t at_ms) const {
  return sign_under(holder, body, current().statement, at_ms);
}

Bytes SmallElection::sign_under(const Holder& holder, const v1::Body& body,
                                const StatementId& manifest, std::uint64_t at_ms) const {
  return trust::sign_record({holder.key, *holder.certificate, "urna-test 0"}, body, manifest.view(),
                            at_ms);
}

Bytes SmallElection::sign_by_chair(const v1::Body& protocol, int number) {
  return sign(chair(protocol.protocol().place().unit(), number), protocol);
}

std::size_t point_at(const SmallElection& election, const std::string& contest,
                     std::string_view code) {
  const v1::Slice slice = election.slice_data(contest);
  for (const Bytes& part : election.current().parts) {
    if (trust::digest_of(part).view() != slice.form()) continue;
    v1::Form form;
    URNA_CHECK(form.ParseFromString(part));
    for (int i = 0; i < form.points_size(); ++i) {
      if (form.points(i).code() == code) return static_cast<std::size_t>(i);
    }
  }
  URNA_CHECK(false);
}

}  // namespace urna::tests
