#include "common/daemon/description.h"

#include <map>

#include "common/daemon/description_words.h"
#include "common/model/strict.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"

namespace urna::daemon {

namespace {

std::unexpected<Error> unavailable(const model::ContestRound& contest, const std::string& what) {
  return fail(ErrorCode::kUnavailable,
              contest.contest.str() + "/" + std::to_string(contest.round) + ": " + what);
}

Result<DescriptionJson> describe_units(const node::Projection& projection) {
  const Bytes* part =
      projection.book().part(*Digest::from_bytes(projection.definition()->data().units()));
  v1::UnitTable table;
  if (part == nullptr || !table.ParseFromString(*part)) {
    return fail(ErrorCode::kUnavailable, "the definition's units are not here");
  }
  DescriptionJson units = DescriptionJson::array();
  for (const v1::Unit& unit : table.units()) {
    DescriptionJson json;
    json["id"] = unit.id();
    json["kind"] = word_for(kUnitKindWords, unit.kind());
    json["name"] = unit.name();
    // An area hangs on the top of the table; in a description it stands beside the tree.
    if (unit.kind() != v1::UNIT_KIND_COMMISSIONER && !unit.parent().empty()) {
      json["parent"] = unit.parent();
    }
    if (!unit.commissioner().empty()) json["commissioner"] = unit.commissioner();
    units.push_back(std::move(json));
  }
  return units;
}

DescriptionJson describe_precinct(const v1::Precinct& precinct) {
  DescriptionJson json;
  json["id"] = precinct.unit();
  json["type"] = word_for(kPrecinctTypeWords, precinct.type());
  if (precinct.commission_size() != 0) json["commission_size"] = precinct.commission_size();
  if (!precinct.seat().empty()) json["seat"] = precinct.seat();
  if (precinct.postal_voting() != v1::TRISTATE_UNSPECIFIED) {
    json["postal_voting"] = precinct.postal_voting() == v1::TRISTATE_YES;
  }
  return json;
}

DescriptionJson describe_options(const v1::Slice& slice) {
  DescriptionJson options = DescriptionJson::array();
  for (const v1::Option& option : slice.options()) {
    DescriptionJson json;
    json["code"] = option.code();
    json["name"] = option.name();
    if (option.struck_off()) json["struck_off"] = true;
    for (const v1::Candidate& candidate : option.candidates()) {
      DescriptionJson& one = json["candidates"].emplace_back();
      one["position"] = candidate.position();
      one["name"] = candidate.name();
      if (candidate.struck_off()) one["struck_off"] = true;
    }
    options.push_back(std::move(json));
  }
  return options;
}

DescriptionJson describe_reference(const model::Slice& slice) {
  DescriptionJson reference = DescriptionJson::object();
  for (const v1::Precinct& precinct : slice.data().precincts()) {
    const auto* figures = slice.reference(*model::UnitId::parse(precinct.unit()));
    if (figures == nullptr) continue;
    DescriptionJson json = DescriptionJson::object();
    const auto add = [&](const char* name, model::Cell cell) {
      if (!model::is_empty(cell)) json[name] = model::figure_of(cell);
    };
    add("eligible", figures->eligible());
    add("eligible_a", figures->eligible_a());
    add("eligible_b", figures->eligible_b());
    add("planned_print", figures->planned_print());
    reference[precinct.unit()] = std::move(json);
  }
  return reference;
}

// What a description cannot say is found here, before somebody signs something else.
Result<void> check_describable(const model::Slice& slice) {
  const v1::Slice& data = slice.data();
  if (word_for(kContestKindWords, data.kind()).empty()) {
    return unavailable(slice.key(), "no description knows its kind");
  }
  if (data.group().empty()) return unavailable(slice.key(), "it has no group");
  const auto form = validation::builtin_form(slice.form().id());
  if (!form || trust::digest_of(model::serialise(*form)).view() != data.form()) {
    return unavailable(slice.key(), "its form '" + slice.form().id() +
                                        "' is not the one this program knows by that name");
  }
  return {};
}

Result<DescriptionJson> describe_contest(const model::Slice& slice) {
  if (auto good = check_describable(slice); !good) return std::unexpected(std::move(good.error()));
  const v1::Slice& data = slice.data();
  DescriptionJson json;
  json["id"] = data.contest();
  json["round"] = data.round();
  json["group"] = data.group();
  json["kind"] = word_for(kContestKindWords, data.kind());
  json["rule_set"] = data.rule_set();
  if (!data.district().empty()) json["district"] = data.district();
  json["seats"] = data.seats();
  json["area"] = data.area();
  json["form"] = slice.form().id();
  json["options"] = describe_options(data);
  for (const v1::Precinct& precinct : data.precincts())
    json["precincts"].push_back(precinct.unit());
  json["reference"] = describe_reference(slice);
  return json;
}

// Every precinct once. A description has one line for it, whatever contests it votes in.
class Precincts {
 public:
  Result<void> add(const model::Slice& slice) {
    for (const v1::Precinct& precinct : slice.data().precincts()) {
      if (word_for(kPrecinctTypeWords, precinct.type()).empty()) {
        return unavailable(slice.key(), "the type of " + precinct.unit() + " is not told");
      }
      if (precinct.unit() != precinct.parent() + "-" + std::to_string(precinct.number())) {
        return unavailable(slice.key(), "the name of " + precinct.unit() +
                                            " is not that of its unit and its number");
      }
      const auto [known, fresh] = by_unit_.emplace(precinct.unit(), &precinct);
      if (!fresh && model::serialise(*known->second) != model::serialise(precinct)) {
        return unavailable(slice.key(),
                           precinct.unit() + " is another one than in contests before");
      }
    }
    return {};
  }
  DescriptionJson describe() const {
    DescriptionJson all = DescriptionJson::array();
    for (const auto& [unit, precinct] : by_unit_) all.push_back(describe_precinct(*precinct));
    return all;
  }

 private:
  std::map<std::string, const v1::Precinct*> by_unit_;
};

}  // namespace

Result<DescriptionJson> describe_definition(const node::Projection& projection) {
  const model::Definition* definition = projection.definition();
  if (definition == nullptr) return fail(ErrorCode::kNotFound, "no definition is here");
  DescriptionJson json;
  json["election"] = definition->election().str();
  json["version"] = definition->version();
  json["date"] = definition->data().date();
  json["mode"] = definition->data().mode();
  auto units = describe_units(projection);
  if (!units) return units;
  json["units"] = std::move(*units);
  Precincts precincts;
  DescriptionJson contests = DescriptionJson::array();
  for (const auto& [key, digest] : definition->slices()) {
    if (!projection.tally()->has(key)) {
      return unavailable(key, "not here; the centre has every contest of the definition");
    }
    const model::Slice& slice = projection.tally()->slice(key);
    if (auto good = precincts.add(slice); !good) return std::unexpected(std::move(good.error()));
    auto contest = describe_contest(slice);
    if (!contest) return contest;
    contests.push_back(std::move(*contest));
  }
  json["precincts"] = precincts.describe();
  json["contests"] = std::move(contests);
  return json;
}

}  // namespace urna::daemon
