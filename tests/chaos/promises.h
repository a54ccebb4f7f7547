// Every receipt is a promise: the record is in the receiver's log, on disk, for good. Here they are
// collected where they were received, and looked up where they were given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::chaos {

// collect() and expect_new_log_id() are safe from any thread.
class Promises {
 public:
  // Takes in the receipts in a sender's operations log, and the ids of the first `settled` entries
  // of its election log. Errors of reading; kMalformed: an entry does not decode.
  Result<void> collect(const std::string& sender, journal::Store& journal, std::uint64_t settled);
  // The unit's log was lost and restored: it may go on under a new id.
  void expect_new_log_id(const std::string& unit);

  struct Figures {
    std::size_t senders = 0;
    std::size_t receipts = 0;
    std::size_t records = 0;       // different ones
    std::size_t of_lost_logs = 0;  // receipts of a log that goes on under another id
  };
  Figures figures() const;

  using OpenJournal =
      std::function<Result<std::unique_ptr<journal::Store>>(const std::string& unit)>;
  // Which promises do not hold, one line each, at most `max`: a record that is not in the centre's
  // log; a receipt whose log is not how the receiver's log begins, or which tells of a position
  // that is not there; a log that goes on under a new id though nobody restored it.
  Result<std::vector<std::string>> broken(const std::string& centre, const OpenJournal& open,
                                          std::size_t max);

 private:
  // What receipts tell of one log.
  struct Claims {
    std::map<std::uint64_t, std::set<std::string>> roots;  // by size; more than one: a fork
    std::uint64_t positions_end = 0;                       // above every position told
    std::size_t receipts = 0;
  };
  Result<void> take_receipt(const std::string& signed_receipt);
  Result<void> look_up(const std::string& receiver, journal::Store& journal,
                       std::vector<std::string>& found, std::size_t max);

  mutable std::mutex mutex_;
  std::set<std::string> senders_;
  std::map<RecordId, std::string> records_;                      // a sender that had it
  std::map<std::string, std::map<std::string, Claims>> claims_;  // by receiver, by log id
  std::set<std::string> restored_;
  std::size_t receipts_ = 0;
  std::size_t of_lost_logs_ = 0;
};

}  // namespace urna::chaos
