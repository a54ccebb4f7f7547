// Messages waiting for their turn on one gRPC stream: one write at a time, as gRPC demands.
#pragma once

#include <deque>
#include <optional>
#include <utility>

namespace urna::uplink {

// Not thread-safe: guarded by its stream's mutex.
template <class Message>
class Outgoing {
 public:
  // True when a write must be started now, with front().
  bool push(Message message) {
    waiting_.push_back(std::move(message));
    return waiting_.size() == 1;
  }
  // The write of front() ended. True when the next one must be started.
  bool pop() {
    waiting_.pop_front();
    return !waiting_.empty();
  }
  const Message* front() const { return &waiting_.front(); }
  bool writing() const { return !waiting_.empty(); }

 private:
  std::deque<Message> waiting_;  // the first is being written
};

}  // namespace urna::uplink
