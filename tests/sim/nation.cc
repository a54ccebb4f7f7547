#include "tests/sim/nation.h"

#include <algorithm>

#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"

namespace urna::sim {

namespace {

void add_unit(v1::UnitTable& table, const model::UnitId& id, v1::UnitKind kind,
              const model::UnitId& parent, const std::string& commissioner = {}) {
  v1::Unit& unit = *table.add_units();
  unit.set_id(id.str());
  unit.set_kind(kind);
  unit.set_parent(parent.str());
  unit.set_name(id.str());
  unit.set_commissioner(commissioner);
}

std::string two_digits(std::size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

Nation::Nation(Random& random, Keyring& keys) {
  draw_units(random);
  note_upwards();
  draw_contests();
  std::vector<bool> changed(contests.size(), false);
  versions.push_back(make_version(1, keys, changed));
  for (std::size_t i = 0; i < changed.size(); ++i) changed[i] = random.chance(400);
  changed[random.below(changed.size())] = true;
  if (changed.back()) rename_a_unit();
  versions.push_back(make_version(2, keys, changed));
}

void Nation::draw_units(Random& random) {
  city_ = random.chance(500);
  middle = unit_id(city_ ? "1465" : "1401");
  v1::UnitTable table;
  add_unit(table, centre, v1::UNIT_KIND_NATIONAL, {});
  add_unit(table, commissioner, v1::UNIT_KIND_COMMISSIONER, centre);
  add_unit(table, voivodeship, v1::UNIT_KIND_VOIVODESHIP, centre, commissioner.str());
  add_unit(table, middle, city_ ? v1::UNIT_KIND_CITY : v1::UNIT_KIND_POWIAT, voivodeship);
  const std::size_t count = random.between(2, 4);
  for (std::size_t i = 1; i <= count; ++i) {
    gminas.push_back(unit_id(middle.str() + two_digits(i)));
    add_unit(table, gminas.back(), city_ ? v1::UNIT_KIND_WARSAW_DISTRICT : v1::UNIT_KIND_GMINA,
             middle);
    const std::size_t here = random.between(2, 3);
    for (std::size_t number = 1; number <= here; ++number) {
      precincts.push_back({unit_id(gminas.back().str() + "-" + std::to_string(number)),
                           gminas.back(), random.chance(150)});
    }
  }
  units_bytes_ = model::serialise(table);
  units_ = must(model::Units::parse(units_bytes_));
}

// Another unit table, and every unit where it was.
void Nation::rename_a_unit() {
  v1::UnitTable table;
  URNA_CHECK(table.ParseFromString(units_bytes_));
  table.mutable_units(0)->set_name("under another name");
  units_bytes_ = model::serialise(table);
  units_ = must(model::Units::parse(units_bytes_));
}

void Nation::draw_contests() {
  ContestPlan all{{*model::ContestId::parse("area_council-1"), 1},
                  city_ ? v1::CONTEST_KIND_COUNCIL_CITY : v1::CONTEST_KIND_COUNCIL_POWIAT,
                  middle,
                  city_ ? "council-2014-ab" : "council-2014",
                  {}};
  for (std::size_t i = 0; i < precincts.size(); ++i) all.precincts.push_back(i);
  contests.push_back(all);
  for (const model::UnitId& gmina : gminas) {
    ContestPlan own{
        {*model::ContestId::parse("council-" + gmina.str()), 1},
        city_ ? v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT : v1::CONTEST_KIND_COUNCIL_LARGE_GMINA,
        gmina,
        "council-2014-ab",
        {}};
    for (std::size_t i = 0; i < precincts.size(); ++i) {
      if (precincts[i].gmina == gmina) own.precincts.push_back(i);
    }
    contests.push_back(own);
  }
}

Digest Nation::make_slice(const ContestPlan& contest, bool changed, std::vector<Bytes>& blobs) {
  const Bytes form = model::serialise(must(validation::builtin_form(contest.form)));
  const Bytes reference = model::serialise(v1::ReferenceFigures());
  v1::Slice slice;
  slice.set_contest(contest.key.contest.str());
  slice.set_round(contest.key.round);
  slice.set_group(contest.key.contest.str());
  slice.set_kind(contest.kind);
  slice.set_rule_set("2014");
  slice.set_seats(3);
  slice.set_form(trust::digest_of(form).str());
  slice.set_reference(trust::digest_of(reference).str());
  slice.set_area(contest.area.str());
  // The second version brings a list more, before the others: cells move.
  for (int i = changed ? 0 : 1; i <= 2; ++i) {
    v1::Option& option = *slice.add_options();
    option.set_code(std::to_string(i));
    for (std::uint32_t position = 1; position <= 2; ++position) {
      option.add_candidates()->set_position(position);
    }
  }
  for (const std::size_t i : contest.precincts) {
    v1::Precinct& precinct = *slice.add_precincts();
    precinct.set_unit(precincts[i].unit.str());
    precinct.set_parent(precincts[i].gmina.str());
    precinct.set_type(v1::PRECINCT_TYPE_PERMANENT);
  }
  const Bytes bytes = model::serialise(slice);
  const Digest digest = trust::digest_of(bytes);
  slices_[digest] = must(model::Slice::parse(digest, bytes, form, reference));
  lay_out(*slices_[digest]);
  blobs.insert(blobs.end(), {bytes, form, reference});
  return digest;
}

void Nation::lay_out(const model::Slice& slice) {
  const auto column_of = [this](const std::string& name) {
    return columns_.try_emplace(name, columns_.size()).first->second;
  };
  Layout layout;
  for (const v1::FormPoint& point : slice.form().points()) {
    layout.points.push_back(column_of(point.code()));
  }
  for (const v1::Option& option : slice.data().options()) {
    const std::string list = "votes:" + option.code();
    layout.votes.push_back(column_of(list));
    for (const v1::Candidate& candidate : option.candidates()) {
      layout.votes.push_back(column_of(list + "/" + std::to_string(candidate.position())));
    }
  }
  layouts_[slice.digest()] = std::move(layout);
}

DefinitionVersion Nation::make_version(std::uint64_t number, Keyring& keys,
                                       const std::vector<bool>& changed) {
  DefinitionVersion version;
  version.number = number;
  version.blobs.push_back(units_bytes_);
  v1::Body body;
  v1::Manifest& manifest = *body.mutable_manifest();
  manifest.set_election(keys.election().str());
  manifest.set_version(number);
  manifest.set_date("2014-05-13");
  if (!versions.empty()) manifest.set_replaces(versions.back().id.str());
  manifest.set_mode("rehearsal");
  manifest.set_units(trust::digest_of(units_bytes_).str());
  for (std::size_t i = 0; i < contests.size(); ++i) {
    version.slices[contests[i].key] = make_slice(contests[i], changed[i], version.blobs);
  }
  for (const auto& [key, digest] : version.slices) {
    v1::SliceRef& ref = *manifest.add_slices();
    ref.set_contest(key.contest.str());
    ref.set_round(key.round);
    ref.set_slice(digest.str());
  }
  version.id = trust::statement_of(model::serialise(body));
  const Licence& national = keys.licence(centre, trust::Role::kNationalCommission);
  version.blobs.push_back(national.certificate->der);
  version.record = national.sign(body, "", kEpochMs);
  return version;
}

const DefinitionVersion* Nation::version(const StatementId& id) const {
  for (const DefinitionVersion& version : versions) {
    if (version.id == id) return &version;
  }
  return nullptr;
}

model::UnitId Nation::confirming(const ContestPlan& contest, const PrecinctPlan& precinct) const {
  // LAW.md, "Contests: who does what": a council is confirmed where it is elected.
  return contest.area == middle ? middle : precinct.gmina;
}

void Nation::note_upwards() {
  upwards_[centre] = {centre};
  upwards_[commissioner] = {commissioner, centre};
  upwards_[voivodeship] = {voivodeship, centre};
  upwards_[middle] = {middle, voivodeship, centre};
  for (const model::UnitId& gmina : gminas) upwards_[gmina] = {gmina, middle, voivodeship, centre};
  for (const PrecinctPlan& precinct : precincts) {
    upwards_[precinct.unit] = {precinct.unit, precinct.gmina, middle, voivodeship, centre};
  }
}

std::string Nation::column_name(std::size_t column) const {
  for (const auto& [name, known] : columns_) {
    if (known == column) return name;
  }
  return {};
}

const std::vector<model::UnitId>& Nation::upwards(const model::UnitId& unit) const {
  return upwards_.at(unit);
}

bool Nation::lies_under(const model::UnitId& unit, const model::UnitId& above) const {
  const auto& all = upwards(unit);
  return std::ranges::find(all, above) != all.end();
}

bool Nation::concerns(const model::ContestRound& key, const model::UnitId& unit) const {
  const model::UnitId& area = area_of(key);
  return lies_under(area, unit) || lies_under(unit, area);
}

bool Nation::is_precinct(const model::UnitId& unit) const {
  return std::ranges::find(precincts, unit, &PrecinctPlan::unit) != precincts.end();
}

const ContestPlan& Nation::contest(const model::ContestRound& key) const {
  const auto found = std::ranges::find(contests, key, &ContestPlan::key);
  URNA_CHECK(found != contests.end());
  return *found;
}

std::vector<const PrecinctPlan*> Nation::precincts_of(const model::ContestRound& key) const {
  std::vector<const PrecinctPlan*> all;
  for (const std::size_t i : contest(key).precincts) all.push_back(&precincts[i]);
  return all;
}

}  // namespace urna::sim
