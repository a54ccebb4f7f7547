#include "common/node/executor.h"

#include <algorithm>
#include <atomic>

namespace urna::node {

ThreadPool::ThreadPool(std::size_t threads) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, threads); ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::post(std::function<void()> task, Urgency urgency) {
  {
    const std::lock_guard lock(mutex_);
    (urgency == Urgency::kFirst ? urgent_ : tasks_).push_back(std::move(task));
  }
  wake_.notify_one();
}

std::size_t ThreadPool::queued() const {
  const std::lock_guard lock(mutex_);
  return urgent_.size() + shares_.size() + tasks_.size();
}

// nullptr when there is nothing to do.
std::deque<std::function<void()>>* ThreadPool::next_queue() {
  for (auto* queue : {&urgent_, &shares_, &tasks_}) {
    if (!queue->empty()) return queue;
  }
  return nullptr;
}

void ThreadPool::run() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || next_queue() != nullptr; });
      auto* const queue = next_queue();
      if (queue == nullptr) return;
      task = std::move(queue->front());
      queue->pop_front();
    }
    task();
  }
}

void ThreadPool::parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  // Below this a second thread costs more than it saves.
  constexpr std::size_t kWorthSharing = 8;
  if (count < kWorthSharing || threads_.size() < 2) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  struct Shared {
    std::atomic<std::size_t> next{0};
    std::size_t done = 0;
    std::mutex mutex;
    std::condition_variable finished;
  };
  const auto shared = std::make_shared<Shared>();
  // `work` is only touched for an index below `count`, and this call waits for all of those.
  const auto share = [shared, count, &work] {
    std::size_t mine = 0;
    for (std::size_t i; (i = shared->next.fetch_add(1)) < count; ++mine) work(i);
    const std::lock_guard lock(shared->mutex);
    shared->done += mine;
    if (shared->done == count) shared->finished.notify_all();
  };
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i + 1 < std::min(threads_.size(), count); ++i) shares_.push_back(share);
  }
  wake_.notify_all();
  share();
  std::unique_lock lock(shared->mutex);
  shared->finished.wait(lock, [&] { return shared->done == count; });
}

Strand::Strand(ThreadPool& pool, Urgency urgency)
    : state_(std::make_shared<State>(pool, urgency)) {}

void Strand::post(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->tasks.push_back(std::move(task));
    if (state_->running) return;
    state_->running = true;
  }
  state_->pool.post([state = state_] { run(state); }, state_->urgency);
}

void Strand::run(const std::shared_ptr<State>& state) {
  // A few tasks at a time, so that strands share the pool fairly.
  for (int i = 0; i < 16; ++i) {
    std::function<void()> task;
    {
      const std::lock_guard lock(state->mutex);
      if (state->tasks.empty()) {
        state->running = false;
        return;
      }
      task = std::move(state->tasks.front());
      state->tasks.pop_front();
    }
    task();
  }
  state->pool.post([state] { run(state); }, state->urgency);
}

}  // namespace urna::node
