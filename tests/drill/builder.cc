#include "tests/drill/builder.h"

#include <algorithm>

#include "common/model/strict.h"
#include "common/node/transfer_file.h"
#include "common/trust/record.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"
#include "tests/drill/explain.h"

namespace urna::drill {

namespace {

// Opening hours of a precinct, minutes after midnight.
constexpr std::uint32_t kOpenedMin = 7 * 60;
constexpr std::uint32_t kClosedMin = 21 * 60;
constexpr std::string_view kSoftware = "urna-drill 0.1.0";

Bytes unit_table(const Dataset& data) {
  v1::UnitTable table;
  for (const DatasetUnit& unit : data.units) {
    v1::Unit& out = *table.add_units();
    out.set_id(unit.id);
    out.set_kind(unit.kind);
    out.set_parent(unit.parent);
    out.set_name(unit.name);
  }
  return model::serialise(table);
}

Bytes slice_of(const Dataset& data, const DatasetContest& contest, const Digest& form,
               const Digest& reference) {
  v1::Slice slice;
  slice.set_contest(contest.id);
  slice.set_round(contest.round);
  slice.set_group(contest.group);
  slice.set_kind(contest.kind);
  slice.set_rule_set(contest.rule_set);
  slice.set_district(contest.district);
  slice.set_seats(contest.seats);
  slice.set_form(form.str());
  slice.set_reference(reference.str());
  slice.set_area(contest.area);
  for (const DatasetOption& option : contest.options) {
    v1::Option& out = *slice.add_options();
    out.set_code(option.code);
    out.set_name(option.name);
    for (std::uint32_t position = 1; position <= option.candidates; ++position) {
      v1::Candidate& candidate = *out.add_candidates();
      candidate.set_position(position);
      candidate.set_name("Kandydat " + std::to_string(position));
      candidate.set_struck_off(std::ranges::binary_search(option.struck_off, position));
    }
  }
  std::vector<const DatasetPrecinct*> precincts;
  for (const std::size_t at : contest.precincts) precincts.push_back(&data.precincts[at]);
  std::ranges::sort(precincts, {}, &DatasetPrecinct::id);
  for (const DatasetPrecinct* precinct : precincts) {
    v1::Precinct& out = *slice.add_precincts();
    out.set_unit(precinct->id);
    out.set_parent(precinct->teryt);
    out.set_number(static_cast<std::uint32_t>(std::stoul(precinct->number)));
    out.set_type(precinct->type);
    out.set_commission_size(kCommissionSize);
  }
  return model::serialise(slice);
}

// The built-in form, except that what the data set does not tell may stay empty; a form that is
// changed so has another name.
Result<v1::Form> form_of(const DatasetContest& contest) {
  auto form = validation::builtin_form(contest.form);
  if (!form || contest.unpublished.empty()) return form;
  form->set_id(contest.form + "-published");
  for (v1::FormPoint& point : *form->mutable_points()) {
    if (std::ranges::find(contest.unpublished, point.code()) != contest.unpublished.end()) {
      point.set_required(false);
    }
  }
  return form;
}

}  // namespace

Result<BuiltElection> build_election(const Dataset& data) {
  BuiltElection built;
  const Bytes units = unit_table(data);
  const Bytes reference = model::serialise(v1::ReferenceFigures());
  built.parts = {units, reference};
  std::map<Bytes, std::pair<Digest, std::size_t>> forms;  // digest, position in the parts
  std::map<std::pair<std::string, std::uint32_t>, Digest> refs;
  std::map<std::pair<std::string, std::uint32_t>, std::string> groups;
  const Digest reference_digest = trust::digest_of(reference);
  validation::ContestReader reader;
  for (const DatasetContest& contest : data.contests) {
    auto form = form_of(contest);
    if (!form) return std::unexpected(std::move(form.error()));
    const Bytes form_bytes = model::serialise(*form);
    const auto [known, fresh] = forms.try_emplace(form_bytes);
    if (fresh) {
      known->second = {trust::digest_of(form_bytes), built.parts.size()};
      built.parts.push_back(form_bytes);
    }
    built.parts_of.push_back({0, 1, known->second.second, built.parts.size()});
    built.parts.push_back(slice_of(data, contest, known->second.first, reference_digest));
    built.slices.push_back(trust::digest_of(built.parts.back()));
    auto read = reader.read({built.slices.back(), built.parts.back()},
                            {known->second.first, form_bytes}, {reference_digest, reference});
    if (!read) return std::unexpected(std::move(read.error()));
    built.contests.push_back(*std::move(read));
    refs[{contest.id, contest.round}] = built.slices.back();
    groups[{contest.id, contest.round}] = contest.group;
  }
  v1::Manifest& manifest = built.manifest;
  manifest.set_election(data.election);
  manifest.set_version(1);
  manifest.set_date(data.date);
  manifest.set_mode("rehearsal");
  manifest.set_units(trust::digest_of(units).str());
  for (const auto& [key, digest] : refs) {
    v1::SliceRef& ref = *manifest.add_slices();
    ref.set_contest(key.first);
    ref.set_round(key.second);
    ref.set_slice(digest.str());
    ref.set_group(groups[key]);
  }
  return built;
}

Result<std::string> make_definition(const BuiltElection& election, const trust::Identity& national,
                                    const trust::Anchors& anchors, std::uint64_t signed_at_ms) {
  const auto certificate = anchors.verify(national.certificate_der);
  if (!certificate) return std::unexpected(certificate.error());
  v1::Body body;
  *body.mutable_manifest() = election.manifest;
  const trust::Signer signer{national.key, **certificate, std::string(kSoftware)};
  v1::DefinitionFile file;
  file.set_manifest(trust::sign_record(signer, body, "", signed_at_ms));
  file.add_blobs(national.certificate_der);
  for (const Bytes& part : election.parts) file.add_blobs(part);
  return node::write_definition(file);
}

v1::Body body_of(const Dataset& data, const BuiltElection& election,
                 const DatasetProtocol& protocol) {
  const DatasetContest& contest = data.contest_of(protocol);
  v1::Body body;
  v1::Protocol& out = *body.mutable_protocol();
  out.mutable_place()->set_unit(data.precinct_of(protocol).id);
  out.mutable_place()->set_contest(contest.id);
  out.mutable_place()->set_round(contest.round);
  out.set_revision(1);
  out.set_slice(election.slices[protocol.contest].str());
  for (const v1::FormPoint& point : election.contests[protocol.contest].slice->form().points()) {
    const auto found = protocol.points.find(point.code());
    out.add_points(found == protocol.points.end() ? model::kEmptyCell
                                                  : model::cell_of(found->second));
  }
  auto candidate = protocol.candidate_votes.begin();
  for (std::size_t i = 0; i < protocol.votes.size(); ++i) {
    out.add_votes(protocol.votes[i]);
    const DatasetOption& option = contest.options[i];
    for (std::uint32_t position = 1; position <= option.candidates; ++position) {
      const bool struck_off = std::ranges::binary_search(option.struck_off, position);
      out.add_votes(struck_off ? model::kEmptyCell : model::cell_of(*candidate));
      ++candidate;
    }
  }
  for (std::uint32_t i = 1; i <= kCommissionSize; ++i) {
    v1::Member& member = *out.add_members();
    member.set_name("Członek " + std::to_string(i));
    member.set_function(i == 1   ? v1::MEMBER_FUNCTION_CHAIR
                        : i == 2 ? v1::MEMBER_FUNCTION_DEPUTY
                                 : v1::MEMBER_FUNCTION_MEMBER);
    member.set_signed_(true);
  }
  out.set_opened_min(kOpenedMin);
  out.set_closed_min(kClosedMin);
  explain_warnings(election.contests[protocol.contest].form, out);
  return body;
}

}  // namespace urna::drill
