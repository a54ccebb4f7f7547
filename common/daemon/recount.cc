#include "common/daemon/recount.h"

#include <algorithm>

#include "common/daemon/recount_place.h"
#include "common/model/definition.h"
#include "common/model/place.h"
#include "common/trust/sha256.h"
#include "common/validation/check.h"

namespace urna::daemon {
namespace {

constexpr std::size_t kReadRecords = 1'024;
constexpr std::size_t kReadBytes = 8 << 20;

// The figure of a cell; an empty field counts as nothing.
std::uint64_t figure_in(std::uint32_t cell) { return cell == 0 ? 0 : cell - 1; }

// "2", "2/1", … for each cell of the votes.
std::vector<std::string> names_of_votes(const v1::Slice& slice) {
  std::vector<std::string> names;
  for (const v1::Option& option : slice.options()) {
    names.push_back(option.code());
    for (const v1::Candidate& candidate : option.candidates()) {
      names.push_back(option.code() + "/" + std::to_string(candidate.position()));
    }
  }
  return names;
}

std::vector<std::string> names_of_points(const v1::Form& form) {
  std::vector<std::string> names;
  for (const v1::FormPoint& point : form.points()) names.push_back(point.code());
  return names;
}

// Figures put where their names stand in `to`. `lost`: some that are not zero have no place there.
std::vector<std::uint64_t> put_by_name(const std::vector<std::uint32_t>& cells,
                                       const std::vector<std::string>& from,
                                       const std::vector<std::string>& to, bool& lost) {
  std::vector<std::uint64_t> put(to.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto at = std::ranges::find(to, from[i]);
    if (at != to.end()) {
      put[static_cast<std::size_t>(at - to.begin())] += figure_in(cells[i]);
    } else if (figure_in(cells[i]) != 0) {
      lost = true;
    }
  }
  return put;
}

void add_up(std::vector<std::uint64_t>& sums, const std::vector<std::uint64_t>& more) {
  sums.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) sums[i] += more[i];
}

std::unexpected<Error> impossible(std::string what) {
  return fail(ErrorCode::kCorrupt, "a record " + std::move(what));
}

}  // namespace

std::string to_string(const Meaning& meaning) {
  std::string text(1, static_cast<char>(meaning.letter));
  if (meaning.confirmed) text += 'c';
  if (meaning.for_decision) text += '!';
  return text;
}

Result<void> Recount::read(journal::Store& store, std::uint64_t size) {
  auto parts = store.for_each_part(
      [&](const journal::StoredBlob& part) { add_part(part.digest, part.bytes); });
  if (!parts) return parts;
  // What could not be decoded for want of a part may be now.
  std::erase_if(contests_, [](const auto& known) { return known.second == nullptr; });
  while (next_ < size) {
    const auto most = std::min<std::uint64_t>(kReadRecords, size - next_);
    const auto entries = store.read_election(next_, static_cast<std::size_t>(most), kReadBytes);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return fail(ErrorCode::kCorrupt, "the election log ends early");
    for (const journal::StoredEntry& stored : *entries) {
      if (auto added = add_record(stored.entry.record); !added) {
        return std::unexpected(
            std::move(added.error()).within("entry " + std::to_string(stored.position)));
      }
    }
    next_ = entries->back().position + 1;
  }
  return {};
}

void Recount::add_part(const Digest& digest, Bytes bytes) {
  parts_.insert_or_assign(digest.str(), std::move(bytes));
}

Result<void> Recount::add_record(std::string_view record) {
  v1::SignedRecord envelope;
  v1::Payload payload;
  v1::Body body;
  if (!envelope.ParseFromArray(record.data(), static_cast<int>(record.size())) ||
      !payload.ParseFromString(envelope.payload()) || !body.ParseFromString(payload.body())) {
    return impossible("does not decode");
  }
  const v1::Header& header = payload.header();
  const StatementId statement = trust::statement_of(payload.body());
  switch (body.kind_case()) {
    case v1::Body::kManifest:
      return add_manifest(statement, body.manifest(), {header.key_id(), header.unit()});
    case v1::Body::kRevocation:
      revoked_.emplace(body.revocation().key_id(), body.revocation().unit());
      return {};
    // Commissions' protocols, lots and turnout say nothing of a precinct's place.
    case v1::Body::kTerritorial:
    case v1::Body::kLot:
    case v1::Body::kTurnout: return {};
    default: return add_about_place(header, body, statement);
  }
}

Result<void> Recount::add_manifest(const StatementId& id, const v1::Manifest& manifest, Signer by) {
  Manifest& known = manifests_[id];
  known.signers.insert(std::move(by));
  if (known.signers.size() > 1) return {};
  known.version = manifest.version();
  for (const v1::SliceRef& ref : manifest.slices()) {
    const auto contest = model::ContestId::parse(ref.contest());
    if (!contest) return impossible("defines a contest without a name");
    known.slices[{*contest, ref.round()}] = ref.slice();
  }
  v1::UnitTable table;
  const auto units = parts_.find(manifest.units());
  if (units == parts_.end() || !table.ParseFromString(units->second)) {
    return impossible("defines units that are not here");
  }
  for (const v1::Unit& unit : table.units()) known.parents[unit.id()] = unit.parent();
  return {};
}

Result<void> Recount::add_about_place(const v1::Header& header, const v1::Body& body,
                                      const StatementId& statement) {
  const v1::Place* named = model::place_in(body);
  const auto place = named == nullptr ? std::nullopt : model::parse_place(*named);
  if (!place) return impossible("names no place");
  const auto by_manifest = StatementId::from_bytes(header.manifest());
  const auto manifest = by_manifest ? manifests_.find(*by_manifest) : manifests_.end();
  if (manifest == manifests_.end()) return impossible("is signed under no definition known here");
  const auto slice = manifest->second.slices.find(place->contest);
  if (slice == manifest->second.slices.end()) return impossible("speaks of no contest");
  const Contest* read = contest(slice->second);
  if (read == nullptr) return impossible("is judged by a slice that is not here");
  const v1::Precinct* precinct = read->slice->precinct(place->unit);
  const bool of_precinct =
      precinct != nullptr && manifest->second.parents.contains(precinct->parent());
  if (!of_precinct) return {};  // a commission's own

  const Signer by{header.key_id(), header.unit()};
  Place& here = places_[*place];
  if (body.has_protocol()) {
    const v1::Protocol& protocol = body.protocol();
    const auto [at, fresh] = here.bodies.try_emplace(statement);
    at->second.signers.insert(by);
    if (!fresh) return {};
    at->second.revision = protocol.revision();
    at->second.supersedes = protocol.supersedes();
    at->second.slice = protocol.slice();
    at->second.points.assign(protocol.points().begin(), protocol.points().end());
    at->second.votes.assign(protocol.votes().begin(), protocol.votes().end());
    at->second.blocking = blocking_of(*read, protocol);
    return {};
  }
  Decision decision;
  decision.kind = body.kind_case();
  decision.by = by;
  decision.depth = depth(manifest->second, header.unit());
  std::string about;
  switch (body.kind_case()) {
    case v1::Body::kConfirmation: about = body.confirmation().statement(); break;
    case v1::Body::kReturn: about = body.return_().statement(); break;
    case v1::Body::kAnnulment: about = body.annulment().statement(); break;
    case v1::Body::kApproval:
      about = body.approval().statement();
      decision.approved.insert(body.approval().codes().begin(), body.approval().codes().end());
      break;
    default:
      about = body.settlement().chosen();
      for (const std::string& id : body.settlement().set_aside()) {
        if (const auto aside = StatementId::from_bytes(id)) decision.set_aside.insert(*aside);
      }
  }
  const auto id = StatementId::from_bytes(about);
  if (!id) return impossible("decides about no statement");
  decision.about = *id;
  here.decisions.push_back(std::move(decision));
  return {};
}

std::set<std::string> Recount::blocking_of(const Contest& contest,
                                           const v1::Protocol& protocol) const {
  std::set<std::string> codes;
  const auto unit = model::UnitId::parse(protocol.place().unit());
  if (!unit) return codes;
  for (const validation::Finding& finding :
       validation::check(contest.form, protocol, *unit, validation::Completeness::kFinal)) {
    if (finding.severity == v1::SEVERITY_BLOCKING_WARNING) codes.insert(finding.code);
  }
  return codes;
}

// A unit that no table has is a precinct, below them all.
std::size_t Recount::depth(const Manifest& manifest, const std::string& unit) {
  std::size_t steps = 0;
  for (auto at = manifest.parents.find(unit); at != manifest.parents.end() && steps < 1'000;
       at = manifest.parents.find(at->second)) {
    if (at->second.empty()) return steps;
    ++steps;
  }
  return 1'000;
}

const Recount::Contest* Recount::contest(const std::string& slice) const {
  if (const auto known = contests_.find(slice); known != contests_.end()) {
    return known->second.get();
  }
  std::unique_ptr<Contest>& read = contests_[slice];
  const auto bytes = parts_.find(slice);
  v1::Slice data;
  if (bytes == parts_.end() || !data.ParseFromString(bytes->second)) return nullptr;
  const auto form = parts_.find(data.form());
  const auto reference = parts_.find(data.reference());
  if (form == parts_.end() || reference == parts_.end()) return nullptr;
  auto contest = reader_.read({*Digest::from_bytes(slice), bytes->second},
                              {*Digest::from_bytes(data.form()), form->second},
                              {*Digest::from_bytes(data.reference()), reference->second});
  if (contest) read = std::make_unique<Contest>(*std::move(contest));
  return read.get();
}

// The highest version that somebody whose licence stands signed; without such a one the highest of
// all. Of equal versions the lower statement.
const Recount::Manifest* Recount::in_force() const {
  for (const bool must_stand : {true, false}) {
    const Manifest* best = nullptr;
    for (const auto& [id, manifest] : manifests_) {
      const bool signed_now = std::ranges::any_of(
          manifest.signers, [&](const Signer& signer) { return stands(signer); });
      if (must_stand && !signed_now) continue;
      if (best == nullptr || manifest.version > best->version) best = &manifest;
    }
    if (best != nullptr) return best;
  }
  return nullptr;
}

const Recount::Contest* Recount::contest_in_force(const model::ContestRound& key) const {
  const Manifest* manifest = in_force();
  if (manifest == nullptr) return nullptr;
  const auto slice = manifest->slices.find(key);
  const Contest* read = slice == manifest->slices.end() ? nullptr : contest(slice->second);
  return read != nullptr && read->slice->key() == key ? read : nullptr;
}

std::set<model::ContestRound> Recount::contests() const {
  std::set<model::ContestRound> open;
  const Manifest* manifest = in_force();
  if (manifest == nullptr) return open;
  for (const auto& [key, slice] : manifest->slices) {
    if (contest_in_force(key) != nullptr) open.insert(key);
  }
  return open;
}

std::vector<std::pair<std::string, std::size_t>> Recount::options(
    const model::ContestRound& key) const {
  std::vector<std::pair<std::string, std::size_t>> options;
  const Contest* read = contest_in_force(key);
  if (read == nullptr) return options;
  std::size_t at = 0;
  for (const v1::Option& option : read->slice->data().options()) {
    options.emplace_back(option.code(), at);
    at += 1 + static_cast<std::size_t>(option.candidates_size());
  }
  return options;
}

Recount::Meanings Recount::meanings() const {
  Meanings all;
  const Manifest* manifest = in_force();
  for (const auto& [id, place] : places_) {
    std::string slice;
    if (manifest != nullptr) {
      const auto named = manifest->slices.find(id.contest);
      if (named != manifest->slices.end()) slice = named->second;
    }
    all[id] = PlaceReading(*this, place, slice).read();
  }
  return all;
}

std::optional<Recount::Cells> Recount::cells_in_force(const Body& body, const Contest& to) const {
  const Contest* from = contest(body.slice);
  if (from == nullptr) return std::nullopt;
  Cells cells;
  if (from == &to) {
    for (const std::uint32_t cell : body.points) cells.points.push_back(figure_in(cell));
    for (const std::uint32_t cell : body.votes) cells.votes.push_back(figure_in(cell));
    return cells;
  }
  const std::vector<std::string> points = names_of_points(from->slice->form());
  const std::vector<std::string> votes = names_of_votes(from->slice->data());
  if (points.size() != body.points.size() || votes.size() != body.votes.size()) {
    return std::nullopt;
  }
  bool points_lost = false;  // a point the form in force lacks says nothing there
  bool votes_lost = false;
  cells.points = put_by_name(body.points, points, names_of_points(to.slice->form()), points_lost);
  cells.votes = put_by_name(body.votes, votes, names_of_votes(to.slice->data()), votes_lost);
  if (votes_lost) return std::nullopt;
  return cells;
}

Recount::Tallies Recount::tallies(const Meanings& meanings) const {
  // First what precincts give the unit they lie in; then each unit what lies below it.
  Tallies lowest;
  for (const auto& [id, bodies] : meanings) {
    const Contest* open = contest_in_force(id.contest);
    if (open == nullptr) continue;
    const v1::Precinct* precinct = open->slice->precinct(id.unit);
    if (precinct == nullptr) continue;
    const auto parent = model::UnitId::parse(precinct->parent());
    if (!parent || !in_force()->parents.contains(parent->str())) continue;
    for (const auto& [statement, meaning] : bodies) {
      const bool effective = meaning.letter == Letter::kEffective;
      if (!effective && meaning.letter != Letter::kAwaitingApproval) continue;
      const auto cells = cells_in_force(places_.at(id).bodies.at(statement), *open);
      if (!cells) continue;
      for (const bool confirmed : {false, true}) {
        if (confirmed && !(effective && meaning.confirmed)) continue;
        Sums& sums = lowest[{confirmed, id.contest, *parent}];
        ++sums.protocols;
        add_up(sums.points, cells->points);
        add_up(sums.votes, cells->votes);
      }
    }
  }
  Tallies all;
  for (const auto& [key, sums] : lowest) {
    for (auto at = in_force()->parents.find(key.unit.str()); at != in_force()->parents.end();
         at = in_force()->parents.find(at->second)) {
      Sums& above = all[{key.confirmed, key.contest, *model::UnitId::parse(at->first)}];
      above.protocols += sums.protocols;
      add_up(above.points, sums.points);
      add_up(above.votes, sums.votes);
      if (at->second.empty()) break;
    }
  }
  return all;
}

}  // namespace urna::daemon
