#include "central/ca/definition_input.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "central/ca/calendar.h"
#include "central/ca/definition_words.h"
#include "common/daemon/strict_json.h"
#include "common/model/definition.h"
#include "common/model/strict.h"
#include "common/trust/competence.h"
#include "common/trust/sha256.h"
#include "common/validation/form.h"
#include "common/validation/forms.h"

namespace urna::ca {

namespace {

using daemon::JsonField;

constexpr std::uint64_t kSeatsMax = 1'000;
constexpr std::uint64_t kCommissionMax = 50;
constexpr std::uint64_t kCandidatePositionMax = 999;
constexpr std::uint64_t kVersionMax = 1'000'000;

struct Place {
  v1::Precinct precinct;
  model::UnitIndex parent;
};

class Description {
 public:
  Description(daemon::JsonReader reader, std::string file)
      : reader_(std::move(reader)), file_(std::move(file)) {}

  Result<DescribedElection> read(const model::ElectionId& election) {
    const JsonField root = reader_.root();
    root.only({"election", "version", "date", "mode", "units", "precincts", "contests"});
    read_head(root);
    if (!reader_.problem() && made_.manifest.election() != election.str()) {
      return fail(ErrorCode::kWrongElection, file_ + ": election: '" + made_.manifest.election() +
                                                 "' is not the election of these authorities, '" +
                                                 election.str() + "'");
    }
    read_units(root["units"]);
    if (!reader_.problem()) read_precincts(root["precincts"]);
    if (!reader_.problem()) read_contests(root["contests"]);
    if (reader_.problem()) return std::unexpected(*reader_.problem());
    for (const auto& [key, digest] : slices_) {
      v1::SliceRef& ref = *made_.manifest.add_slices();
      ref.set_contest(key.contest.str());
      ref.set_round(key.round);
      ref.set_slice(digest.str());
      ref.set_group(groups_[key]);
    }
    return std::move(made_);
  }

 private:
  void read_head(const JsonField& root) {
    v1::Manifest& manifest = made_.manifest;
    manifest.set_election(id_in<model::ElectionId>(root["election"]).str());
    manifest.set_version(root["version"].number(1, kVersionMax));
    manifest.set_date(root["date"].text());
    if (!parse_day(manifest.date())) root["date"].complain("is no day; write it as 2026-11-22");
    manifest.set_mode(root["mode"].text());
    if (manifest.mode() != "live" && manifest.mode() != "rehearsal") {
      root["mode"].complain("must be live or rehearsal");
    }
  }

  // Returns the digest by which the part is named.
  Digest add_part(Bytes bytes) {
    const Digest digest = trust::digest_of(bytes);
    if (named_.insert(digest).second) made_.parts.push_back(std::move(bytes));
    return digest;
  }

  void read_units(const JsonField& units) {
    v1::UnitTable table;
    std::map<std::string, v1::UnitKind> known;
    for (const JsonField& field : units.elements()) {
      read_unit(field, table, known);
      if (reader_.problem()) return;
    }
    if (table.units().empty()) {
      units.complain("there is no unit");
      return;
    }
    const Bytes bytes = model::serialise(table);
    auto parsed = model::Units::parse(bytes);
    if (!parsed) {
      units.complain(parsed.error().message);
      return;
    }
    units_ = std::move(*parsed);
    made_.units = units_->size();
    made_.manifest.set_units(add_part(bytes).str());
  }

  void read_unit(const JsonField& field, v1::UnitTable& table,
                 std::map<std::string, v1::UnitKind>& known) {
    field.only({"id", "kind", "parent", "name", "commissioner"});
    v1::Unit& unit = *table.add_units();
    unit.set_id(id_in<model::UnitId>(field["id"]).str());
    unit.set_kind(unit_kind_in(field["kind"]));
    unit.set_name(name_in(field["name"]));
    unit.set_parent(field["parent"].text_or(""));
    unit.set_commissioner(field["commissioner"].text_or(""));
    const bool rooted =
        unit.kind() == v1::UNIT_KIND_NATIONAL || unit.kind() == v1::UNIT_KIND_COMMISSIONER;
    if (table.units_size() == 1 && unit.kind() != v1::UNIT_KIND_NATIONAL) {
      field["kind"].complain("the first unit must be the national one");
    }
    if (rooted && !unit.parent().empty()) field["parent"].complain("such a unit has no parent");
    const auto parent = known.find(unit.parent());
    if (!rooted && (parent == known.end() || parent->second == v1::UNIT_KIND_COMMISSIONER)) {
      field["parent"].complain(unit.parent().empty()
                                   ? "is missing"
                                   : "'" + unit.parent() +
                                         "' is no unit that stands above in the list");
    }
    // Areas stand beside the tree; in the table they hang on its top.
    if (unit.kind() == v1::UNIT_KIND_COMMISSIONER) unit.set_parent(table.units(0).id());
    const auto commissioner = known.find(unit.commissioner());
    if (!unit.commissioner().empty() &&
        (commissioner == known.end() || commissioner->second != v1::UNIT_KIND_COMMISSIONER)) {
      field["commissioner"].complain("'" + unit.commissioner() +
                                     "' is no commissioner's area above in the list");
    }
    if (!known.emplace(unit.id(), unit.kind()).second) {
      field["id"].complain("'" + unit.id() + "' stands twice");
    }
  }

  void read_precincts(const JsonField& precincts) {
    for (const JsonField& field : precincts.elements()) {
      read_precinct(field);
      if (reader_.problem()) return;
    }
    if (places_.empty()) precincts.complain("there is no precinct");
    made_.precincts = places_.size();
  }

  // "146502-711": the unit it lies in, and its number there.
  void read_precinct(const JsonField& field) {
    field.only({"id", "type", "commission_size", "seat", "postal_voting"});
    const std::string id = id_in<model::UnitId>(field["id"]).str();
    const std::size_t hyphen = id.rfind('-');
    const std::string parent = id.substr(0, hyphen == id.npos ? 0 : hyphen);
    const std::string digits = hyphen == id.npos ? "" : id.substr(hyphen + 1);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || digits.front() == '0' || error != std::errc() ||
        end != digits.data() + digits.size()) {
      field["id"].complain("must be UNIT-NUMBER, such as 140101-1");
      return;
    }
    Place place;
    const auto unit = model::UnitId::parse(parent);
    place.parent = unit ? units_->find(*unit) : model::kNoUnit;
    if (place.parent == model::kNoUnit || !holds_precincts(units_->at(place.parent).kind)) {
      field["id"].complain("'" + parent + "' is no gmina, city or district of the list of units");
      return;
    }
    place.precinct.set_unit(id);
    place.precinct.set_parent(parent);
    place.precinct.set_number(number);
    place.precinct.set_type(precinct_type_in(field["type"]));
    place.precinct.set_commission_size(
        static_cast<std::uint32_t>(field["commission_size"].number_or(0, 1, kCommissionMax)));
    place.precinct.set_seat(field["seat"].text_or(""));
    if (field["postal_voting"].given()) {
      place.precinct.set_postal_voting(field["postal_voting"].truth() ? v1::TRISTATE_YES
                                                                      : v1::TRISTATE_NO);
    }
    if (!places_.emplace(id, std::move(place)).second) {
      field["id"].complain("'" + id + "' stands twice");
    }
  }

  static bool holds_precincts(v1::UnitKind kind) {
    return kind == v1::UNIT_KIND_GMINA || kind == v1::UNIT_KIND_CITY ||
           kind == v1::UNIT_KIND_WARSAW_DISTRICT;
  }

  void read_contests(const JsonField& contests) {
    for (const JsonField& field : contests.elements()) {
      read_contest(field);
      if (reader_.problem()) return;
    }
    if (slices_.empty()) contests.complain("there is no contest");
  }

  void read_contest(const JsonField& field) {
    field.only({"id", "round", "group", "kind", "rule_set", "district", "seats", "form", "area",
                "options", "precincts", "reference"});
    v1::Slice slice;
    slice.set_contest(id_in<model::ContestId>(field["id"]).str());
    slice.set_round(static_cast<std::uint32_t>(field["round"].number_or(1, 1, 2)));
    slice.set_kind(contest_kind_in(field["kind"]));
    slice.set_group(field["group"].given() ? id_in<model::ContestId>(field["group"]).str()
                                           : slice.contest());
    slice.set_rule_set(field["rule_set"].text_or("2014"));
    slice.set_district(field["district"].text_or(""));
    slice.set_seats(static_cast<std::uint32_t>(field["seats"].number(1, kSeatsMax)));
    read_area(field["area"], slice);
    read_options(field["options"], slice);
    read_places(field["precincts"], slice);
    if (!reader_.problem()) check_confirming(field, slice);
    const Bytes reference = read_reference(field["reference"], slice);
    const Bytes form = read_form(field["form"], slice);
    if (reader_.problem()) return;
    slice.set_form(add_part(form).str());
    slice.set_reference(add_part(reference).str());
    const Bytes bytes = model::serialise(slice);
    const Digest digest = add_part(bytes);
    const model::ContestRound key{*model::ContestId::parse(slice.contest()), slice.round()};
    groups_[key] = slice.group();
    if (!slices_.emplace(key, digest).second) {
      field["id"].complain("'" + slice.contest() + "' stands twice with this round");
    }
    // The reader of every node has the last word.
    const auto parsed = model::Slice::parse(digest, bytes, form, reference);
    if (!parsed) {
      field.complain(parsed.error().message);
    } else if (const auto compiled = validation::CompiledForm::compile(**parsed); !compiled) {
      field.complain(compiled.error().message);
    }
  }

  void read_area(const JsonField& field, v1::Slice& slice) {
    const model::UnitId area = id_in<model::UnitId>(field);
    slice.set_area(area.str());
    if (reader_.problem()) return;
    const model::UnitIndex unit = units_->find(area);
    const trust::Competence* competence = trust::competence_for(slice.kind());
    if (unit == model::kNoUnit) {
      field.complain("'" + area.str() + "' is not in the list of units");
    } else if (competence == nullptr ||
               !trust::is_one_of(units_->at(unit).kind, competence->determines)) {
      field.complain("the commission of '" + area.str() +
                     "' does not determine contests of this kind");
    }
  }

  void read_options(const JsonField& field, v1::Slice& slice) {
    std::set<std::string> codes;
    for (const JsonField& each : field.elements()) {
      each.only({"code", "name", "struck_off", "candidates"});
      v1::Option& option = *slice.add_options();
      option.set_code(id_in<model::ContestId>(each["code"]).str());
      option.set_name(name_in(each["name"]));
      option.set_struck_off(each["struck_off"].truth_or(false));
      if (!codes.insert(option.code()).second) {
        each["code"].complain("'" + option.code() + "' stands twice");
      }
      if (each["candidates"].given()) read_candidates(each["candidates"], option);
    }
    if (slice.options().empty()) field.complain("there is no list or candidate to vote for");
  }

  static void read_candidates(const JsonField& field, v1::Option& option) {
    std::uint64_t last = 0;
    for (const JsonField& each : field.elements()) {
      each.only({"position", "name", "struck_off"});
      v1::Candidate& candidate = *option.add_candidates();
      const std::uint64_t position = each["position"].number(1, kCandidatePositionMax);
      if (position <= last) each["position"].complain("positions must ascend");
      last = position;
      candidate.set_position(static_cast<std::uint32_t>(position));
      candidate.set_name(name_in(each["name"]));
      candidate.set_struck_off(each["struck_off"].truth_or(false));
    }
  }

  // Those named, or all that lie in the area.
  void read_places(const JsonField& field, v1::Slice& slice) {
    std::set<std::string> chosen;
    if (field.given()) {
      for (const JsonField& each : field.elements()) {
        const std::string id = each.text();
        if (!places_.contains(id)) each.complain("'" + id + "' is not in the list of precincts");
        if (!chosen.insert(id).second) each.complain("'" + id + "' stands twice");
      }
    } else if (const auto area = model::UnitId::parse(slice.area()); area) {
      for (const auto& [id, place] : places_) {
        if (units_->lies_under(place.parent, units_->find(*area))) chosen.insert(id);
      }
    }
    if (chosen.empty()) field.complain("no precinct votes in this contest");
    if (reader_.problem()) return;
    for (const std::string& id : chosen) *slice.add_precincts() = places_.at(id).precinct;
  }

  // Nobody could confirm, or sign for, what has no commission of the right kind above it.
  void check_confirming(const JsonField& field, const v1::Slice& slice) {
    const trust::Competence* competence = trust::competence_for(slice.kind());
    const model::UnitIndex area = units_->find(*model::UnitId::parse(slice.area()));
    for (const v1::Precinct& precinct : slice.precincts()) {
      const model::UnitIndex parent = places_.at(precinct.unit()).parent;
      if (!units_->lies_under(parent, area)) {
        field["precincts"].complain("'" + precinct.unit() + "' does not lie in " + slice.area());
      } else if (trust::first_above(*units_, parent, competence->confirms) == model::kNoUnit) {
        field["precincts"].complain("no commission above '" + precinct.unit() +
                                    "' confirms protocols of this kind of contest");
      }
    }
  }

  Bytes read_reference(const JsonField& field, const v1::Slice& slice) {
    v1::ReferenceFigures figures;
    if (!field.given()) return model::serialise(figures);
    const auto cell = [](const JsonField& figure) {
      if (!figure.given()) return model::kEmptyCell;
      return model::cell_of(static_cast<std::uint32_t>(figure.number(0, model::kFigureMax)));
    };
    for (const auto& [unit, each] : field.entries()) {  // ascending
      each.only({"eligible", "eligible_a", "eligible_b", "planned_print"});
      const bool votes_here = std::ranges::any_of(
          slice.precincts(),
          [&, &id = unit](const v1::Precinct& precinct) { return precinct.unit() == id; });
      if (!votes_here) each.complain("is no precinct of this contest");
      v1::ReferenceFigure& out = *figures.add_precincts();
      out.set_unit(unit);
      out.set_eligible(cell(each["eligible"]));
      out.set_eligible_a(cell(each["eligible_a"]));
      out.set_eligible_b(cell(each["eligible_b"]));
      out.set_planned_print(cell(each["planned_print"]));
    }
    return model::serialise(figures);
  }

  Bytes read_form(const JsonField& field, const v1::Slice& slice) {
    const std::string id = field.text();
    if (reader_.problem()) return {};
    const auto form = validation::builtin_form(id);
    if (!form) {
      std::string all;
      for (const std::string_view each : validation::kBuiltinForms) {
        all += (all.empty() ? "" : ", ") + std::string(each);
      }
      field.complain("'" + id + "' is none of: " + all);
      return {};
    }
    if (id != form_for(slice)) {
      field.complain("contests of this kind" +
                     std::string(model::is_yes_no(slice) ? ", with options YES and NO," : "") +
                     " have form " + std::string(form_for(slice)));
    }
    return model::serialise(*form);
  }

  daemon::JsonReader reader_;
  const std::string file_;
  DescribedElection made_;
  std::set<Digest> named_;
  std::shared_ptr<const model::Units> units_;
  std::map<std::string, Place> places_;
  std::map<model::ContestRound, Digest> slices_;
  std::map<model::ContestRound, std::string> groups_;
};

}  // namespace

Result<DescribedElection> read_description(std::string_view text, std::string_view file,
                                           const model::ElectionId& election) {
  auto reader = daemon::JsonReader::parse(text, file);
  if (!reader) return std::unexpected(std::move(reader.error()));
  return Description(std::move(*reader), std::string(file)).read(election);
}

}  // namespace urna::ca
