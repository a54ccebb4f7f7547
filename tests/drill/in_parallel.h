// The same work on many items, by a few threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/error.h"

namespace urna::drill {

// Calls work(0) … work(count - 1) from at most `threads` threads, at least one; no more are begun
// after one has failed. The first failure.
template <class Work>
Result<void> in_parallel(std::size_t count, std::size_t threads, Work work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Result<void> first;
  const auto run = [&] {
    for (std::size_t at; (at = next.fetch_add(1)) < count;) {
      Result<void> done = work(at);
      if (done) continue;
      const std::lock_guard lock(mutex);
      if (first) first = std::move(done);
      next = count;
    }
  };
  std::vector<std::thread> workers;
  const std::size_t at_once = std::min(std::max<std::size_t>(threads, 1), count);
  for (std::size_t i = 0; i < at_once; ++i) workers.emplace_back(run);
  for (std::thread& worker : workers) worker.join();
  return first;
}

}  // namespace urna::drill
