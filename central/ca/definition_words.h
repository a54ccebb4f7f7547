// The words and names of a description of an election, read one by one. What is wrong is complained
// of at the field, and something empty is returned.
#pragma once

#include <string>
#include <string_view>

#include "common/daemon/strict_json.h"
#include "common/model/ids.h"
#include "urna/v1/definition.pb.h"

namespace urna::ca {

v1::UnitKind unit_kind_in(const daemon::JsonField& field);          // "gmina"
v1::PrecinctType precinct_type_in(const daemon::JsonField& field);  // "permanent"
v1::ContestKind contest_kind_in(const daemon::JsonField& field);    // "mayor"

// The built-in form of a contest, by its kind and, for mayors, its options: validation/forms.h.
std::string_view form_for(const v1::Slice& slice);

// One line of text that people read, 1 to 500 bytes.
std::string name_in(const daemon::JsonField& field);

// A unit's, contest's or option's id.
template <class Id>
Id id_in(const daemon::JsonField& field) {
  const std::string text = field.text();
  auto id = Id::parse(text);
  if (!id) {
    field.complain("'" + text +
                   "' is no name: 1 to 40 letters, digits, '.', '_', '-', a letter or digit first");
  }
  return id.value_or(Id());
}

}  // namespace urna::ca
