// A network without faults: messages are carried in the order they were sent until nobody has
// anything left to say.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <variant>

#include "tests/sim/site.h"

namespace urna::sim {

class Lockstep {
 public:
  using Output = node::Engine::Output;

  // Opens Submit and Follow streams from `lower` to `upper`. Both outlive this object.
  void connect(Site& lower, Site& upper);
  // Carries out what a call left to be done, not yet what follows from it.
  void take(Output output);
  // Until every queue is empty. False when a stream was closed or a commit failed.
  bool settle();
  bool healthy() const { return healthy_; }
  std::uint64_t now_ms = kEpochMs;

 private:
  struct Stream {
    Site* lower;
    Site* upper;
    bool follow;
  };
  using Message = std::variant<v1::SignedBatch, v1::SignedReceipt>;

  void deliver(node::SessionId id, const Message& message);

  std::map<node::SessionId, Stream> streams_;
  std::deque<std::pair<node::SessionId, Message>> queue_;
  node::SessionId next_ = 1;
  bool healthy_ = true;
};

}  // namespace urna::sim
