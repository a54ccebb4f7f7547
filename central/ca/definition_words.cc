#include "central/ca/definition_words.h"

#include <algorithm>

#include "common/daemon/description_words.h"
#include "common/model/definition.h"

namespace urna::ca {

using daemon::JsonField;

namespace {

constexpr std::size_t kNameBytesMax = 500;

template <class Value, std::size_t kSize>
Value word_in(const JsonField& field, const daemon::Word<Value> (&words)[kSize]) {
  const std::string text = field.text();
  std::string all;
  for (const daemon::Word<Value>& word : words) {
    if (word.text == text) return word.value;
    all += (all.empty() ? "" : ", ") + std::string(word.text);
  }
  field.complain("'" + text + "' is none of: " + all);
  return {};
}

}  // namespace

v1::UnitKind unit_kind_in(const JsonField& field) { return word_in(field, daemon::kUnitKindWords); }
v1::PrecinctType precinct_type_in(const JsonField& field) {
  return word_in(field, daemon::kPrecinctTypeWords);
}
v1::ContestKind contest_kind_in(const JsonField& field) {
  return word_in(field, daemon::kContestKindWords);
}

std::string_view form_for(const v1::Slice& slice) {
  switch (slice.kind()) {
    case v1::CONTEST_KIND_MAYOR:
      return model::is_yes_no(slice) ? "mayor-single-2014" : "mayor-2014";
    case v1::CONTEST_KIND_COUNCIL_POWIAT:
    case v1::CONTEST_KIND_ASSEMBLY: return "council-2014";
    default: return "council-2014-ab";
  }
}

std::string name_in(const JsonField& field) {
  std::string text = field.text();
  const bool control =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (text.empty() || text.size() > kNameBytesMax || control) {
    field.complain("must be one line of 1 to " + std::to_string(kNameBytesMax) + " bytes");
  }
  return text;
}

}  // namespace urna::ca
