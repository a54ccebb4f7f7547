// A client that skips the checks: hands records straight to a server, to see that it refuses them.
#pragma once

#include <string>
#include <vector>

#include "common/trust/certificate.h"
#include "common/trust/certificate_book.h"
#include "common/uplink/client.h"

namespace urna::drill {

// Sends one record, signed by whoever, in a batch of the precinct's own node. The codes of the
// findings that are errors, or the refusal's code when there are none; empty when the server took
// it.
Result<std::vector<std::string>> submit_straight(const uplink::Upstream& to,
                                                 const trust::Anchors& anchors,
                                                 const trust::Identity& node, const Bytes& record,
                                                 std::string_view signer_certificate,
                                                 std::uint64_t now_ms);

}  // namespace urna::drill
