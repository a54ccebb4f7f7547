// A file of votes, one row per option, joined to the protocols by key.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/audit/check/columns.h"

namespace urna::audit {

// A row's place in the join; texts cannot hold the separator, a control character.
std::string join_key(std::string_view first, std::string_view teryt, std::string_view precinct);

struct OptionVotes {
  std::uint32_t option = 0;  // number of its name, see VotesTable::option_name
  VoteField votes;
  // Single-candidate contests: NO votes beside `votes`, which are YES.
  model::Cell no = model::kEmptyCell;
};

// All votes of a file, in memory: rows may come in any order. Some 20 bytes for each row and 120
// for each protocol.
class VotesTable {
 public:
  enum class Join { kProtocol, kContest };
  static constexpr std::size_t kOptionsMax = 1000;  // of one protocol

  // Columns: protocol (or control_symbol) or contest, teryt, precinct; list, option or candidate;
  // votes; where there is one, votes_no. Rows of contests that `wanted` refuses are passed over;
  // without a column `contest` all are taken. Fails with file, line and reason; also when an option
  // comes twice for one protocol or more than kOptionsMax come.
  static Result<VotesTable> read(const std::filesystem::path& path, Join join,
                                 const std::function<bool(const std::string&)>& wanted);

  Join join() const { return join_; }

  // The votes of one protocol, ascending by option; empty when the file has none. Each key may be
  // taken once: two protocols of one key would share votes, and nullopt tells so.
  std::optional<std::vector<OptionVotes>> take(const std::string& key);

  const std::string& option_name(std::uint32_t option) const { return *names_[option]; }
  // Keys that no protocol has taken.
  std::size_t left() const { return groups_.size() - taken_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Row {
    OptionVotes votes;
    std::uint32_t next = kNone;
  };
  struct Group {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::uint32_t rows = 0;
    bool taken = false;
  };

  std::uint32_t number_of(const std::string& option);
  // What is wrong; nullptr when it was added.
  const char* add(const std::string& key, const OptionVotes& votes);

  Join join_ = Join::kProtocol;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> names_;  // keys of numbers_, which keep their addresses
  std::unordered_map<std::string, Group> groups_;
  std::deque<Row> rows_;
  std::size_t taken_ = 0;
};

}  // namespace urna::audit
