#include "common/model/definition.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "common/model/strict.h"

namespace urna::model {

namespace {

Error invalid(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

bool figure_cell_ok(Cell cell) { return cell <= cell_of(kFigureMax); }

bool reference_ok(const v1::ReferenceFigure& figure) {
  return figure_cell_ok(figure.eligible()) && figure_cell_ok(figure.eligible_a()) &&
         figure_cell_ok(figure.eligible_b()) && figure_cell_ok(figure.planned_print());
}

}  // namespace

Result<Slice::Parts> Slice::parts_of(std::string_view slice_bytes) {
  v1::Slice data;
  if (auto parsed = parse_strict(slice_bytes, data, "slice"); !parsed) {
    return std::unexpected(std::move(parsed.error()));
  }
  const auto form = Digest::from_bytes(data.form());
  const auto reference = Digest::from_bytes(data.reference());
  if (!form || !reference) {
    return std::unexpected(invalid("slice: form and reference must be 32-byte digests"));
  }
  return Parts{*form, *reference};
}

bool is_yes_no(const v1::Slice& slice) {
  const auto has = [&](std::string_view code) {
    return std::ranges::any_of(slice.options(),
                               [&](const v1::Option& option) { return option.code() == code; });
  };
  return slice.options_size() == 2 && has(kYesOption) && has(kNoOption);
}

Result<std::shared_ptr<const DecodedForm>> DecodedForm::parse(std::string_view bytes) {
  auto form = std::make_shared<DecodedForm>();
  if (auto ok = parse_strict(bytes, form->data, "form"); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  for (int i = 0; i < form->data.points_size(); ++i) {
    const std::string& code = form->data.points(i).code();
    if (code.empty() || !form->point_by_code.emplace(code, i).second) {
      return std::unexpected(invalid("form: point '" + code + "' is empty or stands twice"));
    }
  }
  return form;
}

Result<std::shared_ptr<const DecodedReference>> DecodedReference::parse(std::string_view bytes) {
  auto reference = std::make_shared<DecodedReference>();
  if (auto ok = parse_strict(bytes, reference->data, "reference figures"); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  for (int i = 0; i < reference->data.precincts_size(); ++i) {
    const v1::ReferenceFigure& figure = reference->data.precincts(i);
    const auto unit = UnitId::parse(figure.unit());
    if (!unit || !reference_ok(figure) || !reference->by_unit.emplace(*unit, i).second) {
      return std::unexpected(invalid("bad reference figures of '" + figure.unit() + "'"));
    }
  }
  return reference;
}

Result<std::shared_ptr<const Slice>> Slice::parse(const Digest& digest,
                                                  std::string_view slice_bytes,
                                                  std::string_view form_bytes,
                                                  std::string_view reference_bytes) {
  auto form = DecodedForm::parse(form_bytes);
  if (!form) return std::unexpected(std::move(form.error()).within("slice"));
  auto reference = DecodedReference::parse(reference_bytes);
  if (!reference) return std::unexpected(std::move(reference.error()).within("slice"));
  return parse(digest, slice_bytes, *std::move(form), *std::move(reference));
}

Result<std::shared_ptr<const Slice>> Slice::parse(
    const Digest& digest, std::string_view slice_bytes, std::shared_ptr<const DecodedForm> form,
    std::shared_ptr<const DecodedReference> reference) {
  auto slice = std::make_shared<Slice>();
  slice->digest_ = digest;
  slice->form_ = std::move(form);
  slice->reference_ = std::move(reference);
  if (auto ok = parse_strict(slice_bytes, slice->data_, "slice"); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  const v1::Slice& data = slice->data_;
  const std::string what = "slice " + data.contest();
  const auto contest = ContestId::parse(data.contest());
  const auto area = UnitId::parse(data.area());
  if (!contest || !area || data.round() < 1 || data.round() > 2) {
    return std::unexpected(invalid(what + ": bad contest, area or round"));
  }
  if (data.kind() == v1::CONTEST_KIND_UNSPECIFIED) {
    return std::unexpected(invalid(what + ": the kind of contest is missing"));
  }
  slice->key_ = {*contest, data.round()};
  slice->area_ = *area;

  for (int i = 0; i < data.options_size(); ++i) {
    const v1::Option& option = data.options(i);
    if (!is_name(option.code()) || !slice->option_by_code_.emplace(option.code(), i).second) {
      return std::unexpected(
          invalid(what + ": option '" + option.code() + "' is bad or stands twice"));
    }
    std::uint32_t last = 0;
    for (const v1::Candidate& candidate : option.candidates()) {
      if (candidate.position() <= last) {
        return std::unexpected(
            invalid(what + ": candidates of " + option.code() + " out of order"));
      }
      last = candidate.position();
    }
    const auto candidates = static_cast<std::size_t>(option.candidates_size());
    slice->options_.push_back({slice->vote_cells_, slice->vote_cells_ + 1, candidates});
    slice->vote_cells_ += 1 + candidates;
  }
  const std::string* last_unit = nullptr;
  for (int i = 0; i < data.precincts_size(); ++i) {
    const v1::Precinct& precinct = data.precincts(i);
    const auto unit = UnitId::parse(precinct.unit());
    if (!unit || !UnitId::parse(precinct.parent())) {
      return std::unexpected(invalid(what + ": bad precinct '" + precinct.unit() + "'"));
    }
    if (last_unit != nullptr && !(*last_unit < precinct.unit())) {
      return std::unexpected(invalid(what + ": precinct " + precinct.unit() + " out of order"));
    }
    last_unit = &precinct.unit();
    slice->precinct_by_unit_.emplace(*unit, i);
  }
  return slice;
}

std::optional<std::size_t> Slice::point(std::string_view code) const {
  const auto found = form_->point_by_code.find(std::string(code));
  if (found == form_->point_by_code.end()) return std::nullopt;
  return found->second;
}

std::optional<std::size_t> Slice::option(std::string_view code) const {
  const auto found = option_by_code_.find(std::string(code));
  if (found == option_by_code_.end()) return std::nullopt;
  return found->second;
}

const v1::Precinct* Slice::precinct(const UnitId& unit) const {
  const auto found = precinct_by_unit_.find(unit);
  if (found == precinct_by_unit_.end()) return nullptr;
  return &data_.precincts(static_cast<int>(found->second));
}

const v1::ReferenceFigure* Slice::reference(const UnitId& unit) const {
  const auto found = reference_->by_unit.find(unit);
  if (found == reference_->by_unit.end()) return nullptr;
  return &reference_->data.precincts(static_cast<int>(found->second));
}

namespace {

std::uint64_t beginning_of(const Digest& digest) {
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, digest.bytes.data(), sizeof beginning);
  return beginning;
}

v1::Manifest without_slices(const v1::Manifest& manifest) {
  v1::Manifest rest;
  rest.set_election(manifest.election());
  rest.set_version(manifest.version());
  rest.set_date(manifest.date());
  rest.set_replaces(manifest.replaces());
  rest.set_mode(manifest.mode());
  rest.set_units(manifest.units());
  *rest.mutable_programs() = manifest.programs();
  return rest;
}

}  // namespace

Result<std::shared_ptr<const Definition>> Definition::parse(const StatementId& id,
                                                            const v1::Manifest& manifest,
                                                            std::shared_ptr<const Units> units) {
  const auto election = ElectionId::parse(manifest.election());
  if (!election)
    return std::unexpected(invalid("manifest: bad election '" + manifest.election() + "'"));
  if (manifest.version() == 0)
    return std::unexpected(invalid("manifest: version must be 1 or more"));
  if (manifest.mode() != "live" && manifest.mode() != "rehearsal") {
    return std::unexpected(invalid("manifest: mode must be live or rehearsal"));
  }
  if (!manifest.replaces().empty() && manifest.replaces().size() != 32) {
    return std::unexpected(invalid("manifest: 'replaces' must be a statement id"));
  }
  auto definition = std::make_shared<Definition>();
  definition->id_ = id;
  definition->election_ = *election;
  definition->data_ = without_slices(manifest);
  definition->units_ = std::move(units);
  if (auto read = definition->read_slices(manifest); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return definition;
}

Result<void> Definition::read_slices(const v1::Manifest& manifest) {
  slices_.reserve(static_cast<std::size_t>(manifest.slices_size()));
  group_names_.emplace_back();
  std::map<std::string_view, std::uint32_t> groups{{"", 0}};
  for (const v1::SliceRef& ref : manifest.slices()) {
    const auto contest = ContestId::parse(ref.contest());
    const auto digest = Digest::from_bytes(ref.slice());
    if (!contest || !digest || ref.round() < 1 || ref.round() > 2) {
      return std::unexpected(invalid("manifest: bad slice reference '" + ref.contest() + "'"));
    }
    ContestRound key{*contest, ref.round()};
    if (!slices_.empty() && !(slices_.back().first < key)) {
      return std::unexpected(invalid("manifest: slice " + ref.contest() + " out of order"));
    }
    if (!ref.group().empty() && !is_name(ref.group())) {
      return std::unexpected(invalid("manifest: bad group of " + ref.contest()));
    }
    const auto [group, fresh] =
        groups.emplace(ref.group(), static_cast<std::uint32_t>(group_names_.size()));
    if (fresh) group_names_.push_back(ref.group());
    const auto position = static_cast<std::uint32_t>(slices_.size());
    if (group->second != 0) by_group_.push_back(position);
    group_.push_back(group->second);
    by_digest_.emplace_back(beginning_of(*digest), position);
    slices_.emplace_back(std::move(key), *digest);
  }
  std::ranges::sort(by_digest_);
  // Stable: the contests of a group stay ascending.
  std::ranges::stable_sort(by_group_, {}, [this](std::uint32_t at) { return group_[at]; });
  return {};
}

std::optional<std::size_t> Definition::position_of(const ContestRound& key) const {
  const auto found =
      std::ranges::lower_bound(slices_, key, {}, [](const auto& slice) { return slice.first; });
  if (found == slices_.end() || found->first != key) return std::nullopt;
  return static_cast<std::size_t>(found - slices_.begin());
}

const std::string& Definition::group(const ContestRound& key) const {
  const auto position = position_of(key);
  return group_names_[position ? group_[*position] : 0];
}

std::vector<ContestRound> Definition::group_of(const ContestRound& key) const {
  const auto position = position_of(key);
  if (!position || group_[*position] == 0) return {key};
  std::vector<ContestRound> group;
  for (const std::uint32_t at : std::ranges::equal_range(
           by_group_, group_[*position], {}, [this](std::uint32_t one) { return group_[one]; })) {
    if (slices_[at].first.round == key.round) group.push_back(slices_[at].first);
  }
  return group;
}

const Digest* Definition::slice(const ContestRound& key) const {
  const auto position = position_of(key);
  return position ? &slices_[*position].second : nullptr;
}

std::vector<ContestRound> Definition::contests_of(const Digest& slice) const {
  std::vector<ContestRound> contests;
  for (auto at = std::ranges::lower_bound(by_digest_, std::pair{beginning_of(slice), 0U});
       at != by_digest_.end() && at->first == beginning_of(slice); ++at) {
    const auto& [key, digest] = slices_[at->second];
    if (digest == slice) contests.push_back(key);
  }
  return contests;
}

bool Definition::names_slice(const Digest& slice) const { return !contests_of(slice).empty(); }

}  // namespace urna::model
