// A few threads with a bounded queue before them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace urna::service {

// add() waits while the queue is full: whoever accepts connections then stops accepting, and the
// kernel's backlog is the limit. Tasks must not throw.
class TaskPool {
 public:
  TaskPool(unsigned threads, std::size_t queue_max);
  // Runs what is queued, then ends.
  ~TaskPool();

  void add(std::function<void()> task);
  // Runs what is queued and joins; nothing may be added afterwards. Idempotent.
  void finish();

 private:
  void work();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool finishing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace urna::service
