// The Uplink service: one object for each open stream, between gRPC and the node.
#pragma once

#include <memory>

#include "common/node/node.h"
#include "common/uplink/peer_gate.h"
#include "common/uplink/stream_keeper.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::uplink {

// What all streams of a server share. Outlives them: StreamKeeper::wait_until_none().
struct StreamContext {
  node::Node& node;
  StreamKeeper& keeper;
  PeerGate& gate;
};

// Both calls in bytes: messages are looked over before they are parsed.
using RawService = v1::Uplink::WithRawCallbackMethod_Submit<
    v1::Uplink::WithRawCallbackMethod_Follow<v1::Uplink::Service>>;

std::unique_ptr<RawService> make_service(const StreamContext& context);

}  // namespace urna::uplink
