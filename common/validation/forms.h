// The built-in protocol forms, as data for a definition. Programs that check protocols never look
// here: the form they use travels in the definition.
#pragma once

#include <array>
#include <string_view>

#include "common/base/error.h"
#include "urna/v1/definition.pb.h"

namespace urna::validation {

// council-2014     powiat council, voivodeship assembly
// council-2014-ab  gmina, city and Warsaw district councils: eligible and issued in parts A (Polish
//                  citizens) and B (other citizens of the Union)
// mayor-2014       mayors with two or more candidates: parts A and B, and p11 by reason (p11a two
// or
//                  more marks, p11b no mark)
inline constexpr std::array<std::string_view, 3> kBuiltinForms = {"council-2014", "council-2014-ab",
                                                                  "mayor-2014"};

// Points in the order of the paper, then the rules of LAW.md that fit them: errors, blocking
// warnings, warnings. kNotFound for an id that is not in kBuiltinForms.
Result<v1::Form> builtin_form(std::string_view id);

}  // namespace urna::validation
