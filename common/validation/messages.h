// What a finding says to an operator, and what to do about it.
#pragma once

#include <string_view>

#include "urna/v1/definition.pb.h"

namespace urna::validation {

struct Messages {
  std::string_view pl;
  std::string_view en;
};

// The messages for the code of a finding: of the form's rule, of E0 (a field itself, kFieldCode),
// or of a rule across protocols or of turnout. Both empty for any other code. Valid as long as
// `form`.
Messages messages_of(const v1::Form& form, std::string_view code);

}  // namespace urna::validation
