// The sender as a process of its own, so that the processor time of the servers under test is told
// apart from the client's.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.h"
#include "tests/bench/sender.h"
#include "tests/support/process.h"

namespace urna::bench {

class ClientProcess {
 public:
  // Starts this program again with the hidden subcommand `client` and waits until it is ready to
  // send. Its settings, keys among them, are written to `folder`.
  static Result<ClientProcess> start(const SenderOptions& options,
                                     const std::filesystem::path& folder);
  ClientProcess(ClientProcess&& other) noexcept;
  ClientProcess& operator=(ClientProcess&&) = delete;
  // Ends it.
  ~ClientProcess();

  // As Sender::run(). kUnavailable too when the process ended.
  Result<StretchResult> run(const Stretch& stretch);

 private:
  explicit ClientProcess(test::Child child) : child_(child) {}
  // The next line it wrote, without its end.
  Result<std::string> hear();

  test::Child child_;
  std::string heard_;
};

// The hidden subcommand: reads stretches from standard input, a line each, and answers each with a
// line. Ends when its input ends. The exit status.
int run_client(const std::filesystem::path& settings);

}  // namespace urna::bench
