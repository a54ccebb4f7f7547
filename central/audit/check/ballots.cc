#include "central/audit/check/ballots.h"

#include <array>

#include "common/base/check.h"
#include "common/model/strict.h"

namespace urna::audit {

namespace {

constexpr PrecinctType kTypes[] = {PrecinctType::kUnknown, PrecinctType::kPermanent,
                                   PrecinctType::kSeparate};
constexpr PostalVoting kPostal[] = {PostalVoting::kUnknown, PostalVoting::kYes, PostalVoting::kNo};

std::size_t place_of(PrecinctType type, PostalVoting postal) {
  return static_cast<std::size_t>(type) * std::size(kPostal) + static_cast<std::size_t>(postal);
}

model::UnitId unit(const std::string& name) {
  const auto parsed = model::UnitId::parse(name);
  URNA_CHECK(parsed.has_value());
  return *parsed;
}

v1::PrecinctType to_proto(PrecinctType type) {
  switch (type) {
    case PrecinctType::kUnknown: return v1::PRECINCT_TYPE_UNSPECIFIED;
    case PrecinctType::kPermanent: return v1::PRECINCT_TYPE_PERMANENT;
    case PrecinctType::kSeparate: return v1::PRECINCT_TYPE_SEPARATE;
  }
  return v1::PRECINCT_TYPE_UNSPECIFIED;
}

v1::Tristate to_proto(PostalVoting postal) {
  switch (postal) {
    case PostalVoting::kUnknown: return v1::TRISTATE_UNSPECIFIED;
    case PostalVoting::kYes: return v1::TRISTATE_YES;
    case PostalVoting::kNo: return v1::TRISTATE_NO;
  }
  return v1::TRISTATE_UNSPECIFIED;
}

// Appends a text that differs for every two ballots that differ.
void append_key(const BallotOption& option, std::string& key) {
  key += option.code;
  key += option.struck ? '!' : ';';
  for (const BallotCandidate& candidate : option.candidates) {
    key += std::to_string(candidate.position);
    key += candidate.struck ? '!' : ',';
  }
  key += '\n';
}

}  // namespace

const model::UnitId& precinct_kind(PrecinctType type, PostalVoting postal) {
  // Ascending, as the precincts of a slice stand.
  static const std::array<model::UnitId, 9> kNames = {unit("1"), unit("2"), unit("3"),
                                                      unit("4"), unit("5"), unit("6"),
                                                      unit("7"), unit("8"), unit("9")};
  return kNames[place_of(type, postal)];
}

Ballots::Ballots(v1::Form form) : form_(std::move(form)), form_bytes_(model::serialise(form_)) {}

Result<const Ballot*> Ballots::with(const std::vector<BallotOption>& options) {
  std::string key;
  for (const BallotOption& option : options) append_key(option, key);
  const auto found = kept_.find(key);
  if (found != kept_.end()) return &found->second;
  auto ballot = make(options);
  if (!ballot) return std::unexpected(std::move(ballot.error()));
  if (kept_.size() >= kKeptMax) kept_.clear();
  return &kept_.emplace(std::move(key), std::move(*ballot)).first->second;
}

Result<Ballot> Ballots::make(const std::vector<BallotOption>& options) const {
  v1::Slice data;
  data.set_contest("c");
  data.set_round(1);
  data.set_kind(v1::CONTEST_KIND_ASSEMBLY);  // no rule of a form looks at it
  data.set_area("PL");
  for (const BallotOption& given : options) {
    v1::Option& option = *data.add_options();
    option.set_code(given.code);
    option.set_struck_off(given.struck);
    for (const BallotCandidate& candidate : given.candidates) {
      v1::Candidate& added = *option.add_candidates();
      added.set_position(candidate.position);
      added.set_struck_off(candidate.struck);
    }
  }
  for (const PrecinctType type : kTypes) {
    for (const PostalVoting postal : kPostal) {
      v1::Precinct& precinct = *data.add_precincts();
      precinct.set_unit(precinct_kind(type, postal).str());
      precinct.set_parent("PL");
      precinct.set_type(to_proto(type));
      precinct.set_postal_voting(to_proto(postal));
    }
  }
  auto slice = model::Slice::parse(Digest{}, model::serialise(data), form_bytes_, {});
  if (!slice) return std::unexpected(std::move(slice.error()));
  auto form = validation::CompiledForm::compile(**slice);
  if (!form) return std::unexpected(std::move(form.error()));
  return Ballot{std::move(*slice), std::move(*form)};
}

}  // namespace urna::audit
