// One attempt at one upstream: a Submit call and, beside it, a Follow call.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <mutex>

#include "common/node/node.h"
#include "common/uplink/client.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::uplink {

// Lives until both calls have ended. Events come on threads of gRPC's, never from within begin()
// or cancel().
class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  struct Events {
    std::function<void()> greeted;  // the upstream took the greeting
    std::function<void()> settled;  // and, later, a batch
    // Both calls are over, with the status of the first that ended; nothing comes after it.
    std::function<void(const grpc::Status&)> ended;
  };

  // All given by reference outlives the attempt.
  Attempt(node::Node& node, const TlsIdentity& tls, const model::ElectionId& election,
          const Upstream& upstream, Events events)
      : node_(node),
        tls_(tls),
        election_(election),
        upstream_(upstream),
        events_(std::move(events)) {}

  void begin(bool follow);
  void cancel();
  // The same, and events_.ended says why.
  void give_up(const std::string& why);

 private:
  class SubmitCall;
  class FollowCall;

  // What the upstream shows is the certificate of a node that is not revoked. Otherwise gives up.
  bool may_use(const grpc::ClientContext& context);
  // Both calls end together; the first to end cancels the other.
  void call_ended(const grpc::Status& status);

  node::Node& node_;
  const TlsIdentity& tls_;
  const model::ElectionId& election_;
  const Upstream& upstream_;
  const Events events_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Uplink::Stub> stub_;
  std::mutex mutex_;
  std::shared_ptr<SubmitCall> submit_;
  std::shared_ptr<FollowCall> follow_;
  int calls_ = 0;
  bool cancelled_ = false;
  bool reported_ = false;
  grpc::Status first_status_;
  std::string why_given_up_;
};

}  // namespace urna::uplink
