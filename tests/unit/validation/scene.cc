#include "tests/unit/validation/scene.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "common/model/strict.h"
#include "common/validation/forms.h"

namespace urna::validation {

namespace {

using BaseFigures = std::span<const std::pair<const char*, std::uint32_t>>;

constexpr std::pair<const char*, std::uint32_t> kBaseFigures[] = {
    {"p1", 1000}, {"p1a", 990}, {"p1b", 10}, {"p2", 800}, {"p3", 300}, {"p4", 500},
    {"p4a", 495}, {"p4b", 5},   {"p5", 2},   {"p6", 20},  {"p7", 15},  {"p7a", 1},
    {"p7b", 2},   {"p7c", 3},   {"p7d", 1},  {"p7e", 8},  {"p8", 508}, {"p8a", 8},
    {"p9", 0},    {"p10", 508}, {"p11", 8},  {"p11a", 3}, {"p11b", 5}, {"p12", 500}};

constexpr std::pair<const char*, std::uint32_t> kBaseFiguresSejm[] = {
    {"p1", 1000}, {"p2", 800}, {"p3", 300}, {"p4", 500}, {"p5", 2},    {"p6", 3},
    {"p7", 20},   {"p8", 15},  {"p8a", 1},  {"p8b", 2},  {"p8c", 3},   {"p8d", 1},
    {"p8e", 8},   {"p9", 508}, {"p9a", 8},  {"p10", 0},  {"p11", 508}, {"p12", 8},
    {"p12a", 3},  {"p12b", 4}, {"p12c", 1}, {"p13", 500}};

BaseFigures base_figures(const v1::Form& form) {
  if (form.id() == "sejm-2019") return kBaseFiguresSejm;
  return kBaseFigures;
}

void add_option(v1::Slice& slice, const char* code, bool with_candidates) {
  v1::Option& option = *slice.add_options();
  option.set_code(code);
  for (std::uint32_t position = 1; with_candidates && position <= 2; ++position) {
    option.add_candidates()->set_position(position);
  }
}

v1::Form builtin(std::string_view id) { return builtin_form(id).value(); }

}  // namespace

Scene::Scene(std::string_view builtin_form_id) : Scene(builtin(builtin_form_id)) {}

Scene::Scene(v1::Form form) : form_(std::move(form)) {
  data_.set_contest("city_council-1");
  data_.set_round(1);
  data_.set_kind(v1::CONTEST_KIND_COUNCIL_CITY);
  data_.set_area("146501");
  const bool yes_no = form_.id() == "mayor-single-2014";
  add_option(data_, yes_no ? "YES" : "1", form_.candidate_votes());
  add_option(data_, yes_no ? "NO" : "2", form_.candidate_votes());
  v1::Precinct& precinct = *data_.add_precincts();
  precinct.set_unit(scene_precinct().str());
  precinct.set_parent("146502");
  precinct.set_type(v1::PRECINCT_TYPE_PERMANENT);
  reference_.set_unit(scene_precinct().str());
  base_.set_revision(1);
  for (const auto& [code, figure] : base_figures(form_)) {
    const bool known = std::ranges::any_of(
        form_.points(), [&](const v1::FormPoint& point) { return point.code() == code; });
    if (known) cells_[code] = model::cell_of(figure);
  }
  cells_["votes:" + data_.options(0).code()] = model::cell_of(300);
  cells_["votes:" + data_.options(1).code()] = model::cell_of(200);
  if (!form_.candidate_votes()) return;
  cells_["votes:1/1"] = model::cell_of(200);
  cells_["votes:1/2"] = model::cell_of(100);
  cells_["votes:2/1"] = model::cell_of(150);
  cells_["votes:2/2"] = model::cell_of(50);
}

Scene& Scene::set(std::string_view changes) {
  std::istringstream words{std::string(changes)};
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument(word);
    put(word.substr(0, equals), word.substr(equals + 1));
  }
  return *this;
}

void Scene::put(const std::string& key, const std::string& value) {
  v1::Precinct& precinct = *data_.mutable_precincts(0);
  const auto number = [&] { return static_cast<std::uint32_t>(std::stoul(value)); };
  if (key == "type") {
    precinct.set_type(static_cast<v1::PrecinctType>(number()));
  } else if (key == "postal") {
    precinct.set_postal_voting(static_cast<v1::Tristate>(number()));
  } else if (key == "size") {
    precinct.set_commission_size(number());
  } else if (key == "opened") {
    base_.set_opened_min(number());
  } else if (key == "closed") {
    base_.set_closed_min(number());
  } else if (key == "ref:eligible") {
    reference_.set_eligible(model::cell_of(number()));
  } else if (key == "ref:eligible_b") {
    reference_.set_eligible_b(model::cell_of(number()));
  } else if (key == "ref:planned_print") {
    reference_.set_planned_print(model::cell_of(number()));
  } else if (key == "members") {
    base_.clear_members();
    for (char letter : value) {
      v1::Member& member = *base_.add_members();
      member.set_name("A. B.");
      member.set_signed_(std::isupper(static_cast<unsigned char>(letter)) != 0);
      const char function = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
      member.set_function(function == 'c'   ? v1::MEMBER_FUNCTION_CHAIR
                          : function == 'd' ? v1::MEMBER_FUNCTION_DEPUTY
                                            : v1::MEMBER_FUNCTION_MEMBER);
    }
  } else if (key == "struck") {
    v1::Option& option = *data_.mutable_options(value[0] - '1');
    if (value.size() == 1) {
      option.set_struck_off(true);
      for (auto& [field, cell] : cells_) {
        if (field.starts_with("votes:" + value)) cell = model::kEmptyCell;
      }
    } else {
      option.mutable_candidates(value[2] - '1')->set_struck_off(true);
      cells_.at("votes:" + value) = model::kEmptyCell;
    }
  } else {
    cells_.at(key) = value == "-" ? model::kEmptyCell : model::cell_of(number());
  }
}

std::shared_ptr<const model::Slice> Scene::slice() const {
  v1::ReferenceFigures references;
  *references.add_precincts() = reference_;
  return parse_slice(data_, form_, references);
}

v1::Protocol Scene::protocol() const {
  v1::Protocol protocol = base_;
  const auto cell = [&](const std::string& field) {
    const auto found = cells_.find(field);
    return found == cells_.end() ? model::kEmptyCell : found->second;
  };
  for (const v1::FormPoint& point : form_.points()) protocol.add_points(cell(point.code()));
  for (const v1::Option& option : data_.options()) {
    protocol.add_votes(cell("votes:" + option.code()));
    for (const v1::Candidate& candidate : option.candidates()) {
      protocol.add_votes(
          cell("votes:" + option.code() + "/" + std::to_string(candidate.position())));
    }
  }
  return protocol;
}

std::vector<Finding> Scene::check(Completeness completeness) const {
  const auto compiled_slice = slice();
  const auto form = CompiledForm::compile(*compiled_slice);
  if (!form) throw std::invalid_argument(form.error().message);
  return validation::check(*form, protocol(), scene_precinct(), completeness);
}

const Finding* find(const std::vector<Finding>& findings, std::string_view code) {
  const auto found = std::ranges::find(findings, code, &Finding::code);
  return found == findings.end() ? nullptr : &*found;
}

std::set<std::string> codes(const std::vector<Finding>& findings) {
  std::set<std::string> result;
  for (const Finding& finding : findings) result.insert(finding.code);
  return result;
}

std::shared_ptr<const model::Slice> parse_slice(const v1::Slice& data, const v1::Form& form,
                                                const v1::ReferenceFigures& references) {
  auto slice = model::Slice::parse(Digest{}, model::serialise(data), model::serialise(form),
                                   model::serialise(references));
  if (!slice) throw std::invalid_argument(slice.error().message);
  return *slice;
}

}  // namespace urna::validation
