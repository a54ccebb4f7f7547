// What happens to a replay from outside while it runs: servers that are ended, networks that fail.
// The replay asks and tells at a few points; what happens is somebody else's (tests/chaos).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::drill {

struct Run;
class PrecinctProcesses;

// Called in this order by one thread, except where it says otherwise.
class Disturbance {
 public:
  virtual ~Disturbance() = default;

  // Before anything is started: may change how the system is run.
  virtual Result<void> prepare(Run& run) = 0;
  // In which order clients begin, as precincts of the data set, mixed: may be changed, so that a
  // fault has clients it happens to.
  virtual void arrange(std::vector<std::size_t>& order) = 0;
  // Everything runs and nothing was sent. Returns at once; the rest happens beside the transfer.
  virtual Result<void> begin(Run& run) = 0;

  // Waits until the client that is `number`-th of `count` may begin, so that there is something to
  // do all the while, however little there is to send. From several threads.
  virtual void admit(std::size_t number, std::size_t count) = 0;
  // Where clients run that are processes of their own; nullptr: none is. From several threads.
  virtual PrecinctProcesses* processes() = 0;
  virtual bool is_process(std::size_t precinct) const = 0;
  // The client that is `number`-th has all its receipts, or gave up. From several threads.
  virtual void settled(std::size_t number) = 0;
  // A client is done; see ClientDone of fleet.h. From several threads.
  virtual void client_done(const std::string& unit, journal::Store& journal,
                           std::uint64_t settled) = 0;

  // Every client is done. Ends what still happens and puts everything right; all servers run when
  // it returns.
  virtual Result<void> end() = 0;
  // Touches the run no more. Called at the end of every replay, begun or not, any number of times;
  // servers that were started again live until this object is gone.
  virtual void leave() = 0;

  // All servers were stopped: everything anybody has a receipt for must be there. `open` gives the
  // journal of a server. Complains to the run.
  using OpenJournal =
      std::function<Result<std::unique_ptr<journal::Store>>(const std::string& unit)>;
  virtual Result<void> verify(const OpenJournal& open) = 0;
  // What happened, as a table on standard output.
  virtual void print() const = 0;
};

}  // namespace urna::drill
