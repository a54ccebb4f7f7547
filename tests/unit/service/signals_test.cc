#include "common/service/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "common/service/version.h"

namespace urna::service {
namespace {

using std::chrono::milliseconds;
using Cause = ShutdownSignals::Cause;

TEST(Signals, WaitingEndsWithNothingWhenNothingComes) {
  auto signals = ShutdownSignals::create();
  ASSERT_TRUE(signals.has_value());
  EXPECT_FALSE(signals->wait_for(milliseconds(0)).has_value());
  EXPECT_FALSE(signals->wait_for(milliseconds(20)).has_value());
}

TEST(Signals, TerminateAndInterruptAreToldApart) {
  auto signals = ShutdownSignals::create();
  ASSERT_TRUE(signals.has_value());
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(signals->wait(), Cause::kTerminate);
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(signals->wait(), Cause::kInterrupt);
}

TEST(Signals, ARequestFromAnotherThreadWakesTheWaiterAndStays) {
  auto signals = ShutdownSignals::create();
  ASSERT_TRUE(signals.has_value());
  std::thread other([&signals] { signals->request(); });
  EXPECT_EQ(signals->wait(), Cause::kRequested);
  other.join();
  EXPECT_EQ(signals->wait_for(milliseconds(0)), Cause::kRequested);
}

TEST(Signals, ASignalSentWhileThreadsRunReachesTheWaiter) {
  auto signals = ShutdownSignals::create();
  ASSERT_TRUE(signals.has_value());
  std::jthread busy([](std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(signals->wait_for(milliseconds(5000)), Cause::kTerminate);
}

TEST(Signals, AWriteToAPeerThatIsGoneDoesNotEndTheProcess) {
  auto signals = ShutdownSignals::create();
  ASSERT_TRUE(signals.has_value());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

TEST(Version, AProgramSaysItsNameAndVersion) {
  EXPECT_EQ(software_name("urna-central"), "urna-central " + std::string(version()));
  EXPECT_NE(version().find('.'), std::string_view::npos);
}

}  // namespace
}  // namespace urna::service
