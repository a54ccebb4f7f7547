#include "common/validation/contest_reader.h"

namespace urna::validation {

namespace {

// The part decoded before, or decoded now.
template <class Decoded>
Result<std::shared_ptr<const Decoded>> decoded(
    std::unordered_map<Digest, std::shared_ptr<const Decoded>>& known,
    const ContestReader::Part& part) {
  const auto found = known.find(part.digest);
  if (found != known.end()) return found->second;
  auto fresh = Decoded::parse(part.bytes);
  if (fresh) known.emplace(part.digest, *fresh);
  return fresh;
}

}  // namespace

Result<ContestReader::Contest> ContestReader::read(const Part& slice, const Part& form,
                                                   const Part& reference) {
  auto form_decoded = decoded(forms_, form);
  if (!form_decoded) return std::unexpected(std::move(form_decoded.error()).within("slice"));
  auto reference_decoded = decoded(references_, reference);
  if (!reference_decoded) {
    return std::unexpected(std::move(reference_decoded.error()).within("slice"));
  }
  auto parsed = model::Slice::parse(slice.digest, slice.bytes, *std::move(form_decoded),
                                    *std::move(reference_decoded));
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  auto compiled = CompiledForm::compile(**parsed);
  if (!compiled) return std::unexpected(std::move(compiled.error()));
  compiled->share_program(programs_[form.digest]);
  return Contest{*std::move(parsed), *std::move(compiled)};
}

}  // namespace urna::validation
