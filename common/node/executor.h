// Threads: a small pool, and strands that run their work one at a time on it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace urna::node {

// What a free thread takes first. Work that others wait for goes before work that can wait: a
// node's core and its writer would otherwise stand behind every signature that came meanwhile, and
// all streams would stop and go together.
enum class Urgency : std::uint8_t { kFirst, kInTurn };

// Runs tasks on a fixed number of threads, the urgent ones first, each kind in the order it came.
// Tasks must not throw. Safe to use from any thread.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads);
  // Finishes what is queued, then joins.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void post(std::function<void()> task, Urgency urgency = Urgency::kInTurn);
  std::size_t queued() const;

  // Runs work(0) … work(count - 1) on the pool and on the calling thread; returns when all are
  // done. May be called from a task of this pool. Free threads help with what has begun before they
  // begin anything that is not urgent.
  void parallel(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  void run();
  std::deque<std::function<void()>>* next_queue();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Taken from in this order.
  std::deque<std::function<void()>> urgent_;
  std::deque<std::function<void()>> shares_;  // of what parallel() has begun
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Runs its tasks in order, never two at once, on a pool it does not own. Destroying a strand is
// allowed while tasks wait: they still run.
class Strand {
 public:
  explicit Strand(ThreadPool& pool, Urgency urgency = Urgency::kInTurn);

  void post(std::function<void()> task);

 private:
  struct State {
    State(ThreadPool& p, Urgency u) : pool(p), urgency(u) {}
    ThreadPool& pool;
    const Urgency urgency;
    std::mutex mutex;
    std::deque<std::function<void()>> tasks;
    bool running = false;
  };
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace urna::node
