// Typed names of units, contests and places. Parsed once at the edge; valid by construction inside.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace urna::model {

// True for 1 to 40 characters of [A-Za-z0-9._-] that begin with a letter or digit. Such a name can
// stand in a certificate's URI, a file name and a label without escaping.
bool is_name(std::string_view text);

template <class Tag>
class Name {
 public:
  Name() = default;
  // nullopt unless is_name(text).
  static std::optional<Name> parse(std::string_view text) {
    if (!is_name(text)) return std::nullopt;
    Name name;
    name.text_ = text;
    return name;
  }
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Name&) const = default;

 private:
  std::string text_;
};

struct ElectionTag;
struct UnitTag;
struct ContestTag;

// One election or one rehearsal: "pl-2014-local".
using ElectionId = Name<ElectionTag>;
// A territorial unit or precinct: "146502", "146502-711"; the national unit is "PL" by custom.
using UnitId = Name<UnitTag>;
// A contest as the definition writes it: "city_council-9".
using ContestId = Name<ContestTag>;

// A contest in one round: what a slice describes.
struct ContestRound {
  ContestId contest;
  std::uint32_t round = 1;
  auto operator<=>(const ContestRound&) const = default;
};

// Where exactly one protocol counts.
struct PlaceId {
  UnitId unit;
  ContestRound contest;
  auto operator<=>(const PlaceId&) const = default;
  // "146502-711 city_council-9/1", for messages.
  std::string str() const;
};

}  // namespace urna::model

template <class Tag>
struct std::hash<urna::model::Name<Tag>> {
  std::size_t operator()(const urna::model::Name<Tag>& name) const noexcept {
    return std::hash<std::string>{}(name.str());
  }
};

template <>
struct std::hash<urna::model::ContestRound> {
  std::size_t operator()(const urna::model::ContestRound& key) const noexcept {
    return std::hash<std::string>{}(key.contest.str()) * 31 + key.round;
  }
};

template <>
struct std::hash<urna::model::PlaceId> {
  std::size_t operator()(const urna::model::PlaceId& place) const noexcept {
    return std::hash<std::string>{}(place.unit.str()) * 1000003 ^
           std::hash<urna::model::ContestRound>{}(place.contest);
  }
};
