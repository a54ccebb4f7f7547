// Names and states of a protocol's vote fields. Private to validation.
#pragma once

#include <cstddef>
#include <string>

#include "common/model/definition.h"

namespace urna::validation {

inline std::string option_name(const v1::Option& option) { return "votes:" + option.code(); }

inline std::string candidate_name(const v1::Option& option, const v1::Candidate& candidate) {
  return option_name(option) + "/" + std::to_string(candidate.position());
}

// Calls visit(cell, on_ballot, name) for every vote cell in order; `name` is a function that makes
// the field's name, so that nothing is allocated for fields that are right.
template <class Visit>
void for_each_vote_field(const model::Slice& slice, Visit&& visit) {
  for (int i = 0; i < slice.data().options_size(); ++i) {
    const v1::Option& option = slice.data().options(i);
    std::size_t cell = slice.options()[static_cast<std::size_t>(i)].total;
    visit(cell++, !option.struck_off(), [&] { return option_name(option); });
    for (const v1::Candidate& candidate : option.candidates()) {
      visit(cell++, !option.struck_off() && !candidate.struck_off(),
            [&] { return candidate_name(option, candidate); });
    }
  }
}

}  // namespace urna::validation
