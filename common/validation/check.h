// What is wrong with a protocol: the same call while an operator types and wherever a protocol is
// admitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/model/definition.h"
#include "common/validation/form.h"
#include "urna/v1/common.pb.h"
#include "urna/v1/protocol.pb.h"

namespace urna::validation {

// Not a rule of law but of the form itself: a required field is empty, a figure is above
// model::kFigureMax, or the number of fields is not the form's. Always an error.
inline constexpr std::string_view kFieldCode = "E0";

// Findings returned for one protocol, and field names in one finding, at most.
inline constexpr std::size_t kFindingsMax = 100;
inline constexpr std::size_t kFindingPointsMax = 100;

// Limits on the text of a protocol, in bytes of UTF-8, and on its lists.
inline constexpr std::size_t kRemarkBytesMax = 4000;  // also an explanation
inline constexpr std::size_t kNameBytesMax = 200;
inline constexpr std::size_t kSeatBytesMax = 500;
inline constexpr int kMembersMax = 50;
inline constexpr int kRemarksMax = 100;
inline constexpr int kExplanationsMax = 100;
// Opening and closing lie before the end of the day after the election day.
inline constexpr std::uint32_t kMinutesMax = 2 * 24 * 60 - 1;

enum class Completeness {
  kPartial,  // while typing: fields may still be empty
  kFinal,    // every required field must be filled
};

struct Finding {
  std::string code;
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  // Fields concerned, as v1::Finding.points: "p8", "votes", "votes:3", "votes:3/2", "members",
  // "opened_min", "closed_min".
  std::vector<std::string> points;

  bool operator==(const Finding&) const = default;
};

// Applies every rule of the form to the protocol's figures. `precinct` gives the type, postal
// voting, commission size and reference figures; a unit that is no place of the contest has none of
// these. The protocol's place, slice, texts and revision are not looked at.
//
// A comparison that mentions an empty field or an unknown reference figure does not apply; the
// other comparisons of the same rule do (LAW.md, "Rules"). A rule whose arithmetic leaves 64 bits
// is reported under its own code as an error: it is never taken to hold. Findings come errors
// first, then blocking warnings, then warnings, each in the form's order; at most kFindingsMax.
// Never fails; safe for protocols that check_shape would refuse.
std::vector<Finding> check(const CompiledForm& form, const v1::Protocol& protocol,
                           const model::UnitId& precinct, Completeness completeness);

bool has_errors(const std::vector<Finding>& findings);
bool has_blocking_warnings(const std::vector<Finding>& findings);

// Whether the commission said something about this code in the protocol.
bool explains(const v1::Protocol& protocol, std::string_view code);
// Warnings without the commission's word on them: they block signing, and every tier refuses them.
// Blocking warnings need an approval instead. DESIGN §6.
std::vector<Finding> unexplained_warnings(const std::vector<Finding>& findings,
                                          const v1::Protocol& protocol);

v1::Finding to_proto(const Finding& finding);

// Whether a finished protocol has the shape its slice and the contract demand, before any rule:
//   - cells are as many as the form's points and the slice's options with candidates; none is above
//     the cell of kFigureMax; required points and every option and candidate on the ballot are
//     filled, those struck off are empty;
//   - revision is 1 or more, and `supersedes` is a statement id exactly when it is above 1;
//   - remarks ascend by point number and explanations by the bytes of their code, each once, none
//     empty; texts, members and minutes lie within the limits above; members have name and
//     function.
// kMalformed, naming the first field that is wrong. Does not look at the place or the slice digest.
Result<void> check_shape(const model::Slice& slice, const v1::Protocol& protocol);

}  // namespace urna::validation
