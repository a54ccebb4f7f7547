#include "common/validation/builtins.h"

#include "common/validation/fields.h"

namespace urna::validation {

namespace {

using Fields = std::vector<std::vector<std::string>>;

// The candidates of one option, added up.
struct CandidateSum {
  std::int64_t sum = 0;
  bool complete = true;  // every candidate on the ballot has a figure
  bool any_struck_off = false;
  std::vector<std::string> struck_off_with_votes;
};

CandidateSum add_up(const v1::Option& option, const model::OptionCells& cells, const Facts& facts) {
  CandidateSum result;
  for (std::size_t i = 0; i < cells.candidates; ++i) {
    const v1::Candidate& candidate = option.candidates(static_cast<int>(i));
    const model::Cell cell = facts.votes[cells.first_candidate + i];
    if (candidate.struck_off()) {
      result.any_struck_off = true;
      if (!model::is_empty(cell)) {
        result.struck_off_with_votes.push_back(candidate_name(option, candidate));
      }
    } else if (model::is_empty(cell)) {
      result.complete = false;
    } else {
      result.sum += model::figure_of(cell);
    }
  }
  return result;
}

// E5 (none struck off: equal) and E6 (one struck off: votes given to that candidate stay with the
// list, so the list may have more; the candidate's own field stays empty).
Fields candidate_sums(const model::Slice& slice, const Facts& facts, bool with_struck_off) {
  Fields broken;
  for (std::size_t i = 0; i < slice.options().size(); ++i) {
    const model::OptionCells& cells = slice.options()[i];
    const v1::Option& option = slice.data().options(static_cast<int>(i));
    if (cells.candidates == 0 || option.struck_off()) continue;
    CandidateSum candidates = add_up(option, cells, facts);
    if (candidates.any_struck_off != with_struck_off) continue;
    std::vector<std::string> fields = std::move(candidates.struck_off_with_votes);
    const model::Cell total = facts.votes[cells.total];
    if (candidates.complete && !model::is_empty(total)) {
      const std::int64_t list = model::figure_of(total);
      const bool holds = with_struck_off ? list >= candidates.sum : list == candidates.sum;
      if (!holds) fields.insert(fields.begin(), option_name(option));
    }
    if (!fields.empty()) broken.push_back(std::move(fields));
  }
  return broken;
}

// E17. A list or candidate unknown to the definition has no field at all; one taken off the ballot
// has, and it must stay empty. (A candidate struck off a list that stands is E6.)
Fields on_ballot(const model::Slice& slice, const Facts& facts) {
  Fields broken;
  for (std::size_t i = 0; i < slice.options().size(); ++i) {
    const v1::Option& option = slice.data().options(static_cast<int>(i));
    if (!option.struck_off()) continue;
    const model::OptionCells& cells = slice.options()[i];
    for (std::size_t cell = cells.total; cell <= cells.total + cells.candidates; ++cell) {
      if (model::is_empty(facts.votes[cell])) continue;
      broken.push_back({option_name(option)});
      break;
    }
  }
  return broken;
}

// E16: at least half of the members, rounded up, sign; the chair or a deputy among them.
Fields quorum(const v1::Protocol& protocol, const Facts& facts, Completeness completeness) {
  const std::uint32_t size = facts.precinct == nullptr ? 0 : facts.precinct->commission_size();
  if (size == 0) return {};
  if (completeness == Completeness::kPartial && protocol.members().empty()) return {};
  std::uint64_t signatures = 0;
  bool led = false;
  for (const v1::Member& member : protocol.members()) {
    if (!member.signed_()) continue;
    ++signatures;
    led = led || member.function() == v1::MEMBER_FUNCTION_CHAIR ||
          member.function() == v1::MEMBER_FUNCTION_DEPUTY;
  }
  if (2 * signatures >= size && led) return {};
  return {{"members"}};
}

// W11.
Fields opening_hours(const v1::Protocol& protocol) {
  if (!protocol.has_opened_min() || !protocol.has_closed_min()) return {};
  if (protocol.opened_min() < protocol.closed_min()) return {};
  return {{"opened_min", "closed_min"}};
}

}  // namespace

Fields broken_fields(Builtin builtin, const model::Slice& slice, const v1::Protocol& protocol,
                     const Facts& facts, Completeness completeness) {
  switch (builtin) {
    case Builtin::kNone: return {};
    case Builtin::kCandidateSums: return candidate_sums(slice, facts, false);
    case Builtin::kStruckOff: return candidate_sums(slice, facts, true);
    case Builtin::kOnBallot: return on_ballot(slice, facts);
    case Builtin::kQuorum: return quorum(protocol, facts, completeness);
    case Builtin::kOpeningHours: return opening_hours(protocol);
  }
  return {};
}

}  // namespace urna::validation
