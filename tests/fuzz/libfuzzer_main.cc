// One binary for all targets: URNA_FUZZ_TARGET is set per executable.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.h"

// What does not decode is told by value; the library's own lines would bury the fuzzer's.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  urna::fuzz::URNA_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
