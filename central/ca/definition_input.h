// The description of an election that an office writes, as JSON, and the parts of the definition
// made from it. docs/operator.md explains every field and has a whole example.
//
// The same description gives the same bytes.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/model/ids.h"
#include "urna/v1/definition.pb.h"

namespace urna::ca {

// Descriptions larger than this are refused, bytes.
inline constexpr std::size_t kDescriptionBytesMax = std::size_t{256} << 20;

struct DescribedElection {
  v1::Manifest manifest;     // without `replaces`
  std::vector<Bytes> parts;  // unit table, forms, reference figures, slices
  std::size_t units = 0;
  std::size_t precincts = 0;
};

// Reads a description strictly and checks it as a whole: names, the tree of units, that every
// contest is one that the commission of its area determines and its precincts' commissions confirm,
// and that its form fits. kMalformed or kInvalidArgument: `file`, the path of the field, and what
// is wrong with it; kWrongElection when it is not of `election`.
Result<DescribedElection> read_description(std::string_view text, std::string_view file,
                                           const model::ElectionId& election);

}  // namespace urna::ca
