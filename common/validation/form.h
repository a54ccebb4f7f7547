// A protocol form made ready for checking: its rules with every name resolved to a cell.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/model/definition.h"
#include "urna/v1/common.pb.h"

namespace urna::validation {

// Limits on what a form may hold; a definition beyond them is refused when compiled.
inline constexpr int kRulesMax = 256;
inline constexpr int kTermsMax = 64;  // per comparison

// Half-open range of positions in one of Program's vectors.
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const Range&) const = default;
};

struct Variable {
  enum class Kind : std::uint8_t {
    kConstant,   // 1
    kPoint,      // index: cell in Protocol.points
    kVotes,      // the sum over all options that were not struck off
    kOption,     // index: cell in Protocol.votes
    kReference,  // index: ReferenceKind
    kAbsent,     // an option this contest does not have: the comparison never applies
  };
  Kind kind = Kind::kConstant;
  std::uint32_t index = 0;
  bool operator==(const Variable&) const = default;
};

enum ReferenceKind : std::uint32_t {
  kEligible = 0,
  kEligibleA = 1,
  kEligibleB = 2,
  kPlannedPrint = 3,
};
inline constexpr std::size_t kReferenceKinds = 4;

struct CompiledTerm {
  std::int64_t coefficient;
  Variable variable;
  bool operator==(const CompiledTerm&) const = default;
};

struct CompiledComparison {
  Range left;  // of Program.terms
  Range right;
  v1::Comparison::Op op;
  bool operator==(const CompiledComparison&) const = default;
};

struct CompiledGuard {
  v1::Guard::Kind kind;
  CompiledComparison when;  // for KIND_WHEN
  bool operator==(const CompiledGuard&) const = default;
};

// Rules that are not linear.
enum class Builtin : std::uint8_t {
  kNone,
  kCandidateSums,  // "candidate_sums": list = Σ its candidates, where none is struck off (E5)
  kStruckOff,      // "struck_off": list >= Σ its candidates, where one is; its field empty (E6)
  kOnBallot,       // "on_ballot": no figure for an option that was struck off (E17)
  kQuorum,         // "quorum": half of the members, rounded up, with chair or deputy, sign (E16)
  kOpeningHours,   // "opening_hours": opened before closed (W11)
};

struct CompiledRule {
  std::string code;
  v1::Severity severity;
  Builtin builtin;
  Range comparisons;
  Range guards;
  bool operator==(const CompiledRule&) const = default;
};

struct Program {
  std::vector<CompiledRule> rules;
  std::vector<CompiledComparison> comparisons;
  std::vector<CompiledGuard> guards;
  std::vector<CompiledTerm> terms;
  bool operator==(const Program&) const = default;
};

// The form of one contest. Immutable and safe to share between threads. Keeps a pointer to the
// slice it was compiled from, which must outlive it.
class CompiledForm {
 public:
  // kInvalidArgument, naming the rule, for a point the form lacks, a name that is no variable, an
  // operator, guard, severity or builtin that is not known, a rule with neither or both of
  // comparisons and builtin, more than kRulesMax rules or kTermsMax terms; also for candidates in
  // the slice when the form takes no candidate votes.
  static Result<CompiledForm> compile(const model::Slice& slice);

  const model::Slice& slice() const { return *slice_; }
  const Program& program() const { return *program_; }
  // Takes the program among `known` that equals this one's, or adds this one's to them: contests of
  // one form mostly have the same.
  void share_program(std::vector<std::shared_ptr<const Program>>& known);

 private:
  explicit CompiledForm(const model::Slice& slice) : slice_(&slice) {}

  const model::Slice* slice_;
  std::shared_ptr<const Program> program_;
};

}  // namespace urna::validation
