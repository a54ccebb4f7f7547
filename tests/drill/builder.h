// Makes of a data set what a real election needs: unit table, slices, forms, manifest, and the body
// of every protocol. The same data set gives the same bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/drill/dataset.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/definition.pb.h"

namespace urna::drill {

struct BuiltElection {
  v1::Manifest manifest;
  std::vector<Bytes> parts;     // unit table, slices, forms, reference figures
  std::vector<Digest> slices;   // by Dataset::contests
  std::vector<v1::Form> forms;  // by Dataset::contests
};

// kInvalidArgument when a contest names an unknown form.
Result<BuiltElection> build_election(const Dataset& data);

// The body of one protocol: figures as the data set has them, the commission made up ("Członek 1"
// …).
v1::Body body_of(const Dataset& data, const BuiltElection& election,
                 const DatasetProtocol& protocol);

// Members of every precinct commission of a drill.
inline constexpr std::uint32_t kCommissionSize = 7;

}  // namespace urna::drill
