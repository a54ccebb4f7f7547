// Differences between a territorial protocol and what comes out here, by name. Private to node.
#pragma once

#include <string>
#include <vector>

#include "common/model/definition.h"
#include "urna/v1/territorial.pb.h"

namespace urna::node {

// Adds a reason unless there are kReasonsMax already.
void add_reason(std::vector<std::string>& reasons, std::string reason);

// "p4 is 12, worked out here it is 13", "votes:2/1 is …", "assembly-1, 3/2 is elected, worked out
// here it is lot", … one for each difference in points, votes and outcomes.
void name_differences(const model::Slice& slice, const v1::TerritorialProtocol& body,
                      const v1::TerritorialProtocol& expected, std::vector<std::string>& reasons);

}  // namespace urna::node
