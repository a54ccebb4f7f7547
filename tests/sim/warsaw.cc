#include "tests/sim/warsaw.h"

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"
#include "tests/drill/explain.h"

namespace urna::sim {

namespace {

constexpr const char* kCentre = "PL";
constexpr const char* kCity = "146501";
// Records handed in before the network gets a turn: batches of some size, and some overtaking.
constexpr std::size_t kTurn = 64;

Bytes slice_bytes(const drill::Dataset& dataset, const drill::DatasetContest& contest,
                  const Bytes& form, const Bytes& reference) {
  v1::Slice slice;
  slice.set_contest(contest.id);
  slice.set_round(contest.round);
  slice.set_group(contest.group);
  slice.set_kind(contest.kind);
  slice.set_rule_set(contest.rule_set);
  slice.set_district(contest.district);
  slice.set_seats(contest.seats);
  slice.set_form(trust::digest_of(form).str());
  slice.set_reference(trust::digest_of(reference).str());
  slice.set_area(contest.area);
  for (const drill::DatasetOption& option : contest.options) {
    slice.add_options()->set_code(option.code);
  }
  for (const std::size_t i : contest.precincts) {
    v1::Precinct& precinct = *slice.add_precincts();
    precinct.set_unit(dataset.precincts[i].id);
    precinct.set_parent(dataset.precincts[i].teryt);
    precinct.set_type(dataset.precincts[i].type);
  }
  return model::serialise(slice);
}

}  // namespace

Warsaw::Warsaw(const drill::Dataset& dataset, Keyring& keys, std::uint64_t seed)
    : dataset_(dataset), keys_(keys), random_(seed) {
  make_definition(keys);
  make_site(unit_id(kCentre), trust::Role::kCentralNode, keys);
  for (const drill::DatasetUnit& unit : dataset.units) {
    if (unit.kind == v1::UNIT_KIND_CITY || unit.kind == v1::UNIT_KIND_WARSAW_DISTRICT) {
      make_site(unit_id(unit.id), trust::Role::kTerritorialNode, keys);
    }
  }
}

void Warsaw::make_definition(Keyring& keys) {
  v1::UnitTable table;
  for (const drill::DatasetUnit& one : dataset_.units) {
    v1::Unit& unit = *table.add_units();
    unit.set_id(one.id);
    unit.set_kind(one.kind);
    unit.set_parent(one.parent);
    unit.set_name(one.name);
  }
  blobs_.push_back(model::serialise(table));
  units_ = must(model::Units::parse(blobs_.back()));
  v1::Body body;
  v1::Manifest& manifest = *body.mutable_manifest();
  manifest.set_election(keys.election().str());
  manifest.set_version(1);
  manifest.set_date(dataset_.date);
  manifest.set_mode("rehearsal");
  manifest.set_units(trust::digest_of(blobs_.back()).str());
  const Bytes reference = model::serialise(v1::ReferenceFigures());
  std::map<model::ContestRound, Digest> slices;
  for (const drill::DatasetContest& contest : dataset_.contests) {
    const Bytes form = model::serialise(must(validation::builtin_form(contest.form)));
    const Bytes bytes = slice_bytes(dataset_, contest, form, reference);
    const Digest digest = trust::digest_of(bytes);
    slices_.push_back(must(model::Slice::parse(digest, bytes, form, reference)));
    slices[slices_.back()->key()] = digest;
    blobs_.insert(blobs_.end(), {bytes, form, reference});
  }
  for (const auto& [key, digest] : slices) {
    v1::SliceRef& ref = *manifest.add_slices();
    ref.set_contest(key.contest.str());
    ref.set_round(key.round);
    ref.set_slice(digest.str());
  }
  definition_ = trust::statement_of(model::serialise(body));
  const Licence& national = keys.licence(unit_id(kCentre), trust::Role::kNationalCommission);
  blobs_.push_back(national.certificate->der);
  manifest_ = national.sign(body, "", kEpochMs);
}

void Warsaw::make_site(const model::UnitId& unit, trust::Role role, Keyring& keys) {
  auto made = std::make_unique<Site>();
  made->unit = unit;
  made->identity = &keys.node(unit, role);
  made->config = {.election = keys.election(), .unit = unit, .is_centre = unit.str() == kCentre};
  LogId log_id;
  for (unsigned char& byte : log_id.bytes) byte = static_cast<unsigned char>(random_.next());
  made->disk = std::make_unique<journal::MemoryStore>(log_id);
  URNA_CHECK(made->start(keys.anchors(), node::system_random()).has_value());
  sites_[unit] = std::move(made);
}

Bytes Warsaw::sign(const drill::DatasetProtocol& from) {
  const model::Slice& slice = *slices_[from.contest];
  const std::string& precinct = dataset_.precinct_of(from).id;
  v1::Body body;
  v1::Protocol& protocol = *body.mutable_protocol();
  protocol.mutable_place()->set_unit(precinct);
  protocol.mutable_place()->set_contest(slice.key().contest.str());
  protocol.mutable_place()->set_round(slice.key().round);
  protocol.set_revision(1);
  protocol.set_slice(slice.digest().str());
  for (const v1::FormPoint& point : slice.form().points()) {
    const auto figure = from.points.find(point.code());
    protocol.add_points(figure == from.points.end() ? model::kEmptyCell
                                                    : model::cell_of(figure->second));
  }
  for (const model::Cell cell : from.votes) protocol.add_votes(cell);
  drill::explain_warnings(must(validation::CompiledForm::compile(slice)), protocol);
  return keys_.licence(unit_id(precinct), trust::Role::kChair)
      .sign(body, definition_.view(), kEpochMs);
}

void Warsaw::hand_in(Site& at, const Bytes& record, const std::string& precinct) {
  const Licence& chair = keys_.licence(unit_id(precinct), trust::Role::kChair);
  auto output = at.engine->submit(1, record, {chair.certificate->der}, network_.now_ms);
  if (output.outcomes.size() != 1) {
    faults_.push_back(at.unit.str() + " gave no answer");
  } else if (const v1::Outcome& outcome = output.outcomes[0].outcome;
             !outcome.has_admitted_at() && !outcome.has_duplicate_of()) {
    faults_.push_back(at.unit.str() + " does not take a protocol of " + precinct + ": " +
                      outcome.refused().code() + " " + outcome.refused().detail());
  }
  network_.take(std::move(output));
}

std::vector<std::string> Warsaw::run() {
  Site& centre = site(kCentre);
  Site& city = site(kCity);
  network_.take(centre.engine->submit(1, manifest_, blobs_, network_.now_ms));
  network_.connect(city, centre);
  network_.settle();
  for (auto& [unit, one] : sites_) {
    if (one.get() != &city && one.get() != &centre) network_.connect(*one, city);
  }
  network_.settle();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < dataset_.protocols.size(); ++i) order.push_back(i);
  random_.shuffle(order);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const drill::DatasetProtocol& protocol = dataset_.protocols[order[i]];
    const drill::DatasetPrecinct& precinct = dataset_.precinct_of(protocol);
    const Bytes record = sign(protocol);
    const auto somewhere = [&]() -> Site& {
      const auto luck = random_.below(100);
      return luck < 4 ? city : luck < 8 ? centre : site(precinct.teryt);
    };
    hand_in(somewhere(), record, precinct.id);
    if (random_.chance(50)) hand_in(somewhere(), record, precinct.id);
    if (i % kTurn == 0) network_.settle();
  }
  for (int seconds = 0; seconds < 60; ++seconds) {
    network_.settle();
    network_.now_ms += 1'000;
    for (auto& [unit, one] : sites_) network_.take(one->engine->tick(network_.now_ms));
  }
  if (!network_.settle()) faults_.push_back("a stream was closed, or a commit failed");
  return faults_;
}

const results::Totals* Warsaw::centre_totals(std::size_t contest, const std::string& unit) const {
  const results::Tally* tally = sites_.at(unit_id(kCentre))->engine->core().projection().tally();
  const model::ContestRound& key = slices_[contest]->key();
  if (tally == nullptr || !tally->has(key)) return nullptr;
  return tally->totals(results::Which::kReceived, key, units_->find(unit_id(unit)));
}

std::map<std::string, ContestTotals> Warsaw::totals() const {
  std::map<std::string, ContestTotals> all;
  for (std::size_t i = 0; i < dataset_.contests.size(); ++i) {
    const results::Totals* totals = centre_totals(i, kCentre);
    if (totals == nullptr) continue;
    ContestTotals& sum = all[dataset_.contests[i].contest];
    sum.protocols += totals->protocols;
    sum.eligible += totals->points[*slices_[i]->point("p1")];
    for (const std::uint64_t votes : totals->votes) sum.valid_votes += votes;
  }
  return all;
}

std::uint64_t Warsaw::votes(std::size_t contest, const std::string& teryt,
                            const std::string& option) const {
  const results::Totals* totals = centre_totals(contest, teryt);
  const auto at = slices_[contest]->option(option);
  if (totals == nullptr || !at) return 0;
  return totals->votes[slices_[contest]->options()[*at].total];
}

std::set<StatementId> Warsaw::protocols_of(Site& site, const model::UnitId& area) const {
  std::map<std::string, std::string> lies_in;
  for (const drill::DatasetPrecinct& precinct : dataset_.precincts) {
    lies_in[precinct.id] = precinct.teryt;
  }
  const bool all = area.str() == kCentre || area.str() == kCity;
  std::set<StatementId> statements;
  for (const journal::StoredEntry& stored : must(site.disk->read_election(0, SIZE_MAX, SIZE_MAX))) {
    if (static_cast<trust::Kind>(stored.entry.kind) != trust::Kind::kProtocol) continue;
    if (!all && lies_in.at(stored.entry.unit) != area.str()) continue;
    v1::SignedRecord record;
    v1::Payload payload;
    URNA_CHECK(record.ParseFromString(stored.entry.record) &&
               payload.ParseFromString(record.payload()));
    statements.insert(trust::statement_of(payload.body()));
  }
  return statements;
}

std::vector<std::string> Warsaw::differences() {
  std::vector<std::string> found;
  Site& centre = site(kCentre);
  for (auto& [unit, one] : sites_) {
    if (protocols_of(*one, unit) != protocols_of(centre, unit)) {
      found.push_back(unit.str() + " does not hold the protocols of its area");
    }
    trust::CertificateBook certificates(keys_.anchors());
    const auto rebuilt = node::Engine::open(one->config, *one->disk, certificates, *one->identity,
                                            node::system_random());
    if (!rebuilt) {
      found.push_back(unit.str() + " cannot be rebuilt: " + rebuilt.error().message);
      continue;
    }
    if (!(*(*rebuilt)->core().projection().tally() == *one->engine->core().projection().tally())) {
      found.push_back(unit.str() + ", rebuilt from its store, has another tally");
    }
  }
  return found;
}

}  // namespace urna::sim
