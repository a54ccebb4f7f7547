// The second part of a replay: commissions approve, settle, return and confirm at their desks, a
// precinct sends a revision, and what commissions sign is signed from below upwards.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/drill/agenda.h"
#include "tests/drill/run.h"
#include "tests/drill/transfer.h"

namespace urna::drill {

class Evening {
 public:
  Evening(Run& run, Transfer& transfer) : run_(run), transfer_(transfer) {}

  // Returns once the centre holds every record of the evening. What a desk refuses to the end is
  // complained of. Nothing to do when a kept system's evening was played before.
  Result<void> play();

 private:
  Result<void> issue_licence(const std::string& unit);
  Result<void> issue_licences();
  // All desks of a stage, some at a time, until the centre has what they decided. A commission
  // without a server of its own sits at the nearest above it, in its hall (hall.h). The last time a
  // desk is opened, nothing must be left waiting there.
  Result<void> work(const std::string& what, const Commands& stage);
  Result<void> work_at(const std::string& unit, const std::vector<std::string>& commands,
                       bool ask_queue, const std::function<void()>& on_done);
  Result<void> revise();
  // Until the centre has every record made so far.
  Result<void> catch_up();
  Result<void> remember();
  void count(std::string_view command);
  Result<void> work_in_hall(const std::string& server,
                            const std::vector<const Commands::value_type*>& units,
                            const std::function<void()>& on_done);
  bool sits_in_hall(const std::string& unit) const;
  bool comes_back(const std::string& unit, const Commands& after) const;

  Run& run_;
  Transfer& transfer_;
  Agenda agenda_;
  std::set<std::string> at_real_desk_;
  std::uint64_t records_ = 0;  // that the centre's log must have gained in the evening
  std::mutex mutex_;           // guards the counts
};

// Whether the evening of the system kept in `folder` was played to its end; its counts.
std::optional<EveningCounts> evening_played(const std::filesystem::path& folder);

}  // namespace urna::drill
