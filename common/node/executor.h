// Threads: a small pool, and strands that run their work one at a time on it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace urna::node {

// Runs tasks on a fixed number of threads. Tasks must not throw. Safe to use from any thread.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads);
  // Finishes what is queued, then joins.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void post(std::function<void()> task);
  std::size_t queued() const;

  // Runs work(0) … work(count - 1) on the pool and on the calling thread; returns when all are
  // done. May be called from a task of this pool.
  void parallel(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Runs its tasks in order, never two at once, on a pool it does not own. Destroying a strand is
// allowed while tasks wait: they still run.
class Strand {
 public:
  explicit Strand(ThreadPool& pool);

  void post(std::function<void()> task);

 private:
  struct State {
    explicit State(ThreadPool& p) : pool(p) {}
    ThreadPool& pool;
    std::mutex mutex;
    std::deque<std::function<void()>> tasks;
    bool running = false;
  };
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace urna::node
