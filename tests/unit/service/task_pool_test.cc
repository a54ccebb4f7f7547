#include "common/service/task_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace urna::service {
namespace {

TEST(TaskPool, FinishingRunsWhatIsQueued) {
  std::atomic<int> done = 0;
  TaskPool pool(2, 100);
  for (int i = 0; i < 50; ++i) pool.add([&done] { ++done; });
  pool.finish();
  EXPECT_EQ(done, 50);
}

TEST(TaskPool, AddingWaitsWhileTheQueueIsFull) {
  std::latch go(1);
  std::atomic<int> added = 0;
  TaskPool pool(1, 2);
  std::thread adder([&] {
    for (int i = 0; i < 5; ++i) {
      pool.add([&go] { go.wait(); });
      ++added;
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LE(added, 3);  // one running, two queued
  go.count_down();
  adder.join();
  EXPECT_EQ(added, 5);
}

}  // namespace
}  // namespace urna::service
