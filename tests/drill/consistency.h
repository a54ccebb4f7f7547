// Do all tiers hold the same? Read from the stopped servers' journals.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::drill {

// Statement ids of every protocol in a journal, in hexadecimal, by the unit spoken of.
Result<std::map<std::string, std::set<std::string>>> statements_in(journal::Store& store);

}  // namespace urna::drill
