// The rules of the 2014 forms, written out. Private to validation.
#pragma once

#include <span>

#include "urna/v1/common.pb.h"
#include "urna/v1/definition.pb.h"

namespace urna::validation {

// Which forms a point or rule belongs to.
inline constexpr unsigned kOnCouncil = 1;
inline constexpr unsigned kOnCouncilAb = 2;
inline constexpr unsigned kOnMayor = 4;
inline constexpr unsigned kOnCouncils = kOnCouncil | kOnCouncilAb;
inline constexpr unsigned kOnAb = kOnCouncilAb | kOnMayor;
inline constexpr unsigned kOnAll = kOnCouncils | kOnMayor;

struct RuleText {
  const char* code;
  unsigned forms;
  v1::Severity severity;
  // Comparisons that must hold, separated by ';'; or "builtin:" and a name.
  const char* rule;
  // Applies only when this kind of guard holds (KIND_UNSPECIFIED: always) …
  v1::Guard::Kind guard;
  // … and this comparison does (empty: always).
  const char* when;
  const char* message_pl;
  const char* message_en;
};

std::span<const RuleText> rules_2014();

}  // namespace urna::validation
