// Precincts as processes of their own: urna-precinct sends what a journal holds and is begun again
// as often as it takes, as an operator would. Somebody else may end it at any moment.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/uplink/client.h"

namespace urna::drill {

// What a precinct's program needs in its folder besides data/journal.db, which is there already.
struct PrecinctInstallation {
  std::filesystem::path folder;
  std::string key_pem;
  std::string certificate_pem;
  std::vector<uplink::Upstream> upstreams;  // first choice first
  std::chrono::milliseconds failover{10'000};
};

// Safe from any thread.
class PrecinctProcesses {
 public:
  // `program` is urna-precinct, `anchors` a file with root and authorities.
  PrecinctProcesses(std::filesystem::path program, std::filesystem::path anchors)
      : program_(std::move(program)), anchors_(std::move(anchors)) {}

  // Returns once everything in the journal has a receipt. kUnavailable when that takes longer than
  // `patience`, with the end of what the program said.
  Result<void> send(const PrecinctInstallation& installation, std::chrono::seconds patience);

  // Lets all that are done and whose first upstream is this unit send once more what is not known
  // to be above, as when its server was restored.
  Result<void> send_again(const std::string& upstream, std::chrono::seconds patience);

  // Waits until one runs, for at most `patience`; whether one does.
  bool wait_for_one(std::chrono::milliseconds patience);
  // Ends one that runs now, chosen by `draw`, with SIGKILL; false when none does.
  bool kill_one(std::uint64_t draw);

  // The most memory one of them had resident, KiB.
  std::uint64_t peak_resident_kib() const;

 private:
  Result<void> run_until_done(const PrecinctInstallation& installation,
                              std::chrono::seconds patience);
  Result<int> run_once(const PrecinctInstallation& installation);
  void note_memory(pid_t pid);

  const std::filesystem::path program_;
  const std::filesystem::path anchors_;
  mutable std::mutex mutex_;
  std::condition_variable begun_;
  // Of processes that nobody has waited for yet, so that no number is another program's.
  std::vector<pid_t> running_;
  std::uint64_t peak_resident_kib_ = 0;
  std::vector<PrecinctInstallation> done_;
};

}  // namespace urna::drill
