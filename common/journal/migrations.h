// The numbered steps that make the centre's tables: the files of common/journal/migrations,
// embedded. A step that has run anywhere is never edited; a change is a new step.
#pragma once

#include <span>
#include <string_view>

namespace urna::journal {

struct Migration {
  int number;             // from 1, dense
  std::string_view name;  // "0001_journal"
  std::string_view sql;
};

std::span<const Migration> migrations();

}  // namespace urna::journal
