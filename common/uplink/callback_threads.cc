#include "common/uplink/callback_threads.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>

namespace urna::uplink {

namespace {

// What one call needs until it ends.
struct Call {
  grpc::ClientContext context;
  // A buffer that holds nothing is not the same as no buffer, which ends the program.
  grpc::Slice nothing;
  grpc::ByteBuffer request{&nothing, 1};
  grpc::ByteBuffer response;
};

// Reachable for ever, and never destroyed: no destructor runs at exit.
const std::shared_ptr<grpc::Channel>* kept_channel = nullptr;

}  // namespace

void keep_callback_threads() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Nothing can listen below a device: the call fails at once, but the channel has its threads.
    kept_channel = new std::shared_ptr<grpc::Channel>(
        grpc::CreateChannel("unix:/dev/null/none", grpc::InsecureChannelCredentials()));
    const auto call = std::make_shared<Call>();
    grpc::GenericStub stub(*kept_channel);
    stub.UnaryCall(&call->context, "/urna.none/none", grpc::StubOptions(), &call->request,
                   &call->response, [call](const grpc::Status&) {});
  });
}

}  // namespace urna::uplink
