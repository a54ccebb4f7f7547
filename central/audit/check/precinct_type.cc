#include "central/audit/check/precinct_type.h"

#include <algorithm>

namespace urna::audit {

namespace {

constexpr std::string_view kPermanent[] = {"P", "stały", "General", "permanent"};
constexpr std::string_view kNotTold[] = {"", "N/A"};
// 2010, 2014 and 2019 [data]; the last row is a definition's.
constexpr std::string_view kSeparate[] = {"Hospital",
                                          "Social help centre",
                                          "Detention centre",
                                          "Penal institution",
                                          "A",
                                          "K",
                                          "L",
                                          "O",
                                          "Z",
                                          "zakład leczniczy",
                                          "dom pomocy społecznej",
                                          "zakład karny",
                                          "areszt śledczy",
                                          "oddział zewnętrzny aresztu śledczego",
                                          "oddział zewnętrzny zakładu karnego",
                                          "dom studencki",
                                          "zespół domów studenckich",
                                          "statek",
                                          "zagranica",
                                          "hospital",
                                          "care-home",
                                          "prison",
                                          "detention",
                                          "ship",
                                          "abroad",
                                          "separate"};

template <std::size_t kSize>
bool holds(const std::string_view (&words)[kSize], std::string_view word) {
  return std::ranges::find(words, word) != std::end(words);
}

}  // namespace

PrecinctType PrecinctTypes::of(std::string_view word) {
  if (holds(kPermanent, word)) return PrecinctType::kPermanent;
  if (holds(kNotTold, word)) return PrecinctType::kUnknown;
  if (!holds(kSeparate, word) && unknown_.size() < kUnknownMax) unknown_.emplace(word);
  return PrecinctType::kSeparate;
}

}  // namespace urna::audit
