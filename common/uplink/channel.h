// Channels to upstream nodes, all made alike.
#pragma once

#include <memory>

#include "common/node/seal.h"
#include "common/uplink/client.h"

namespace grpc {
class Channel;
}

namespace urna::uplink {

// Largest message either way: a signed batch with its envelope, bytes.
inline constexpr int kMessageBytesMax = static_cast<int>(node::kSignedBatchBytesMax) + (64 << 10);

// A channel of its own connection, to exactly the node of `to.unit`: its certificate must say so.
std::shared_ptr<grpc::Channel> make_channel(const Upstream& to, const model::ElectionId& election,
                                            const TlsIdentity& tls);

}  // namespace urna::uplink
