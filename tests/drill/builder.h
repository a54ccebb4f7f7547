// Makes of a data set what a real election needs: unit table, slices, forms, manifest, and the body
// of every protocol. The same data set gives the same bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/model/definition.h"
#include "common/trust/certificate.h"
#include "common/validation/contest_reader.h"
#include "tests/drill/dataset.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/definition.pb.h"

namespace urna::drill {

// A contest as a node judges protocols of it.
using BuiltContest = validation::ContestReader::Contest;

struct BuiltElection {
  v1::Manifest manifest;
  std::vector<Bytes> parts;    // unit table, slices, forms, reference figures
  std::vector<Digest> slices;  // by Dataset::contests
  // Positions in `parts` of what a contest is judged by, the unit table first. By
  // Dataset::contests.
  std::vector<std::vector<std::size_t>> parts_of;
  std::vector<BuiltContest> contests;  // by Dataset::contests
};

// kInvalidArgument when a contest names an unknown form.
Result<BuiltElection> build_election(const Dataset& data);

// The definition as a file: the manifest signed by the national commission, with everything it
// names.
Result<std::string> make_definition(const BuiltElection& election, const trust::Identity& national,
                                    const trust::Anchors& anchors, std::uint64_t signed_at_ms);

// The body of one protocol: figures as the data set has them; made up are the commission ("Członek
// 1" …) and its explanation of each warning.
v1::Body body_of(const Dataset& data, const BuiltElection& election,
                 const DatasetProtocol& protocol);

// Members of every precinct commission of a drill.
inline constexpr std::uint32_t kCommissionSize = 7;

}  // namespace urna::drill
