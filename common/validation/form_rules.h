// The built-in forms, written out: their points and rules. Private to validation.
#pragma once

#include <span>

#include "urna/v1/common.pb.h"
#include "urna/v1/definition.pb.h"

namespace urna::validation {

// Which forms a point or rule belongs to.
inline constexpr unsigned kOnCouncil = 1;
inline constexpr unsigned kOnCouncilAb = 2;
inline constexpr unsigned kOnMayor = 4;
inline constexpr unsigned kOnMayorSingle = 8;
inline constexpr unsigned kOnPublic2018 = 16;
inline constexpr unsigned kOnLocal2010 = 32;
inline constexpr unsigned kOnSejm2019 = 64;
inline constexpr unsigned kOnMayors = kOnMayor | kOnMayorSingle;
inline constexpr unsigned kOnAb = kOnCouncilAb | kOnMayors;
inline constexpr unsigned kOnAll2014 = kOnCouncil | kOnAb;
// Every form of local elections that an entire protocol is typed into.
inline constexpr unsigned kOnFull = kOnAll2014 | kOnLocal2010;
// Of these, with candidates on lists.
inline constexpr unsigned kOnCouncils = kOnCouncil | kOnCouncilAb | kOnLocal2010;

// Rows are written in the numbers of 2014, which numbering.h turns into those of sejm-2019; rows of
// that form alone are written in its own.
struct PointText {
  const char* code;
  unsigned forms;
  const char* label_pl;
  const char* label_en;
};

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
  // "{8a}" is the number of a point, "{remark 15}" where a remark is written: numbering.h.
  const char* message_pl;
  const char* message_en;
};

// Points in the order of the paper; rules errors first, then blocking warnings, then warnings.
std::span<const PointText> points();
std::span<const RuleText> rules();

}  // namespace urna::validation
