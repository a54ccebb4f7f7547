#include "tests/sim/lockstep.h"

namespace urna::sim {

void Lockstep::connect(Site& lower, Site& upper) {
  const node::SessionId submit = next_++;
  streams_[submit] = {&lower, &upper, false};
  take(lower.engine->open_submit(submit, upper.unit.str(), now_ms));
  const node::SessionId follow = next_++;
  streams_[follow] = {&lower, &upper, true};
  const v1::FollowRequest request = lower.engine->start_following(follow, upper.unit.str());
  take(upper.engine->open_follow(follow, lower.unit.str(), request, now_ms));
}

void Lockstep::take(Output output) {
  if (output.failure || !output.closes.empty()) healthy_ = false;
  for (auto& [id, receipt] : output.receipts) {
    if (streams_.contains(id)) queue_.emplace_back(id, std::move(receipt));
  }
  for (auto& [id, batch] : output.batches) queue_.emplace_back(id, std::move(batch));
}

void Lockstep::deliver(node::SessionId id, const Message& message) {
  const Stream& stream = streams_.at(id);
  Site& lower = *stream.lower;
  Site& upper = *stream.upper;
  if (const auto* receipt = std::get_if<v1::SignedReceipt>(&message)) {
    take(lower.engine->receive_receipt(id, upper.unit.str(), *receipt, now_ms));
    return;
  }
  const auto& batch = std::get<v1::SignedBatch>(message);
  if (!stream.follow) {
    take(upper.engine->receive_batch(id, lower.unit.str(), batch, now_ms));
    return;
  }
  take(lower.engine->receive_batch(id, upper.unit.str(), batch, now_ms));
  take(upper.engine->sent(id, now_ms));
}

bool Lockstep::settle() {
  while (!queue_.empty() && healthy_) {
    const auto [id, message] = std::move(queue_.front());
    queue_.pop_front();
    deliver(id, message);
  }
  return healthy_;
}

}  // namespace urna::sim
