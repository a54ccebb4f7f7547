// The rules of LAW.md evaluated a second time, in plain arithmetic written from its text alone: no
// form, no expression, nothing of common/validation.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace urna::validation {

struct LawList {
  std::int64_t votes = 0;
  std::vector<std::int64_t> candidates;  // empty: has none
  bool one_struck_off = false;           // besides those in `candidates`
};

// One protocol. Points are named in the numbering of council-2014, whatever the form's own is; a
// point that is not there is one the form lacks.
struct LawProtocol {
  std::map<std::string, std::int64_t, std::less<>> points;
  std::vector<LawList> lists;
  bool permanent = false, separate = false, no_postal = false;
  std::map<std::string, std::int64_t, std::less<>> references;  // "eligible", "eligible_b", "print"
  bool yes_no = false;                                          // lists are YES and NO
};

// Codes of the rules that are broken, of those LAW.md gives the form `form`. Rules over signatures,
// hours and the ballot (E16, E17, W11) are left out.
std::set<std::string> law_findings(std::string_view form, const LawProtocol& protocol);

}  // namespace urna::validation
