// What libraries write on standard error by themselves is kept away from people: a program says
// there in one line what is wrong, and hostile bytes must not fill it.
#pragma once

namespace urna::uplink {

// First thing in main(). gRPC speaks again when the environment variable GRPC_VERBOSITY is set.
void quieten_libraries();

}  // namespace urna::uplink
