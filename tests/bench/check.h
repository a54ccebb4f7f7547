// Whether a load arrived: every record with exactly its bytes, and every figure in the tally.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "tests/bench/country.h"
#include "tests/bench/load.h"

namespace urna::bench {

// `sent`: records of each stream, from its start. `query` gives record id and SHA-256 of the bytes
// of every row there is. kInternal: a record is missing, has other bytes, or was never sent.
Result<void> check_rows(const Load& load, const std::vector<std::uint64_t>& sent,
                        const std::string& connection, const std::string& query);

// Protocols, eligible voters, valid votes and votes of every option, contest by contest, as the
// centre's status page shows them, against sums of the figures the records were made from. Waits a
// moment for the page to catch up. kInternal names the first difference.
Result<void> check_tally(const Country& country, const Load& load,
                         const std::vector<std::uint64_t>& sent, const std::string& status_page);

// Waits until the centre's status page shows so many protocols received, asking every 20 ms.
// kUnavailable when they are not there after 300 s, or the page does not answer.
Result<void> wait_for_received(const std::string& status_page, std::uint64_t protocols);

// One answer of the status page, with everything in it.
struct PageAnswer {
  double seconds = 0;
  std::size_t bytes = 0;
};
Result<PageAnswer> time_status_page(const std::string& status_page);

// Every national total of every point, option and candidate in what `urna-central tally` prints,
// against the sums. kInternal names the first difference, kMalformed a line that is none.
Result<void> check_tally_lines(const Country& country, const Load& load,
                               const std::vector<std::uint64_t>& sent, std::string_view lines);

}  // namespace urna::bench
