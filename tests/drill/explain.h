// The word of an invented commission on the warnings that real figures bring.
#pragma once

#include "common/validation/form.h"
#include "urna/v1/protocol.pb.h"

namespace urna::drill {

// Adds an explanation for every warning found in the finished protocol, in the order the contract
// asks for. Blocking warnings need an approval and no explanation.
void explain_warnings(const validation::CompiledForm& form, v1::Protocol& protocol);

}  // namespace urna::drill
