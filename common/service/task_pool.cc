#include "common/service/task_pool.h"

#include <utility>

#include "common/base/check.h"

namespace urna::service {

TaskPool::TaskPool(unsigned threads, std::size_t queue_max) : queue_max_(queue_max) {
  URNA_CHECK(threads > 0 && queue_max > 0);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

TaskPool::~TaskPool() { finish(); }

void TaskPool::add(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  URNA_CHECK(!finishing_);
  changed_.wait(lock, [this] { return queue_.size() < queue_max_; });
  queue_.push_back(std::move(task));
  changed_.notify_all();
}

void TaskPool::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void TaskPool::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finishing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    lock.unlock();
    task();
  }
}

}  // namespace urna::service
