// What the words of a file say about the kind of a precinct.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace urna::audit {

// What some rules ask for.
enum class PrecinctType { kUnknown, kPermanent, kSeparate };

// The words of several years' files: "P", "stały", "General", "permanent" are permanent; an empty
// field and "N/A" do not tell, so that rules for a kind of precinct do not apply; anything else is
// separate (Electoral Code art. 12), since there are many kinds and ever new words for them.
class PrecinctTypes {
 public:
  // Words remembered as unknown, at most.
  static constexpr std::size_t kUnknownMax = 5;

  PrecinctType of(std::string_view word);
  // Words taken for separate that no known file has: maybe slips.
  const std::set<std::string>& unknown() const { return unknown_; }

 private:
  std::set<std::string> unknown_;
};

}  // namespace urna::audit
