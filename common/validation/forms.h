// The built-in protocol forms, as data for a definition. Programs that check protocols of a running
// election never look here: the form they use travels in the definition. Tools for auditors do.
#pragma once

#include <array>
#include <string_view>

#include "common/base/error.h"
#include "urna/v1/definition.pb.h"

namespace urna::validation {

// council-2014       powiat council, voivodeship assembly [form]
// council-2014-ab    gmina, city and Warsaw district councils: eligible and issued in parts A
//                    (Polish citizens) and B (other citizens of the Union) [form]
// mayor-2014         mayors with two or more candidates: parts A and B, and p11 by reason (p11a two
//                    or more marks, p11b no mark) [form]
// mayor-single-2014  mayors with one candidate: as mayor-2014; the options are YES and NO [form]
// mayor-2018-public  the few points published of 2018: p1, p4, p8, p11 [data]
// sejm-2019          parliament, in its own numbering: p9 from the box, p13 valid votes [data]
// local-2010         as council-2014 without what belongs to postal voting [unverified]
inline constexpr std::array<std::string_view, 7> kBuiltinForms = {
    "council-2014",      "council-2014-ab", "mayor-2014", "mayor-single-2014",
    "mayor-2018-public", "sejm-2019",       "local-2010"};

// Points in the order of the paper, then the rules of LAW.md that fit them: errors, blocking
// warnings, warnings. kNotFound for an id that is not in kBuiltinForms.
Result<v1::Form> builtin_form(std::string_view id);

}  // namespace urna::validation
