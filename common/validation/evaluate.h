// Evaluates compiled comparisons and guards over one protocol. Private to validation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "common/validation/form.h"
#include "urna/v1/protocol.pb.h"

namespace urna::validation {

// The figures rules speak of. Spans point into the protocol.
struct Facts {
  std::span<const model::Cell> points;
  std::span<const model::Cell> votes;
  // Σ over options on the ballot; nullopt while one of them is empty.
  std::optional<std::int64_t> votes_sum;
  std::array<model::Cell, kReferenceKinds> references{};
  const v1::Precinct* precinct = nullptr;  // nullptr: not a place of the contest
};

// The protocol has exactly the cells of the slice.
Facts gather(const model::Slice& slice, const v1::Protocol& protocol,
             const model::UnitId& precinct);

enum class Verdict {
  kHolds,
  kBroken,
  kNotApplicable,  // over something empty or unknown
  kOverflow,       // left 64 bits: cannot be judged
};

Verdict evaluate(const Program& program, const CompiledComparison& comparison, const Facts& facts);
Verdict evaluate(const Program& program, const CompiledGuard& guard, const Facts& facts);

}  // namespace urna::validation
