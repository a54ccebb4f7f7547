// The rules that are not linear. Private to validation.
#pragma once

#include <string>
#include <vector>

#include "common/validation/check.h"
#include "common/validation/evaluate.h"

namespace urna::validation {

// One finding's fields for each way the rule is broken; empty when it holds or does not apply.
std::vector<std::vector<std::string>> broken_fields(Builtin builtin, const model::Slice& slice,
                                                    const v1::Protocol& protocol,
                                                    const Facts& facts, Completeness completeness);

}  // namespace urna::validation
