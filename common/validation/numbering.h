// What one form calls a point that another has under another number. Private to validation.
//
// Rules and points are written once, in the numbers of 2014; a form's own are put in when it is
// made.
#pragma once

#include <string>
#include <string_view>

namespace urna::validation {

enum class Numbering {
  k2014,
  // sejm-2019: certificates are point 6, so that 2014's point 6 and all after it stand one higher;
  // remarks have no numbers.
  k2019,
};

// A comparison, or a point's code: "p8 - p8a <= p4" is "p9 - p9a <= p4" in 2019.
std::string renumber(std::string_view text, Numbering numbering);

// How a language refers to a remark.
struct RemarkWords {
  std::string_view numbered;    // before its number: "in point "
  std::string_view unnumbered;  // "in the remarks"
};
// A message, in which "{8a}" stands for the number of a point and "{remark 15}" for where a remark
// is written.
std::string fill_in(std::string_view message, Numbering numbering, const RemarkWords& words);

}  // namespace urna::validation
