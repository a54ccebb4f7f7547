// Sends a few batches to a node and waits for the receipts: for commands and tests. Blocks.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/uplink/client.h"
#include "urna/v1/transfer.pb.h"

namespace urna::uplink {

// One receipt per batch, in order. Receipts are not verified here.
// kUnavailable: not reached, or ended before all were answered; kNotAuthorised: turned away.
Result<std::vector<v1::SignedReceipt>> send_batches(const Upstream& to,
                                                    const model::ElectionId& election,
                                                    const TlsIdentity& tls,
                                                    const std::vector<v1::SignedBatch>& batches,
                                                    std::chrono::milliseconds timeout);

}  // namespace urna::uplink
