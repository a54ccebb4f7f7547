#include <cstdlib>
#include <string>

#include "common/validation/check.h"
#include "common/validation/fields.h"

namespace urna::validation {

namespace {

std::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kMalformed, "protocol: " + std::move(message));
}

Result<void> check_counts(const model::Slice& slice, const v1::Protocol& protocol) {
  const auto points = static_cast<std::size_t>(protocol.points_size());
  const auto votes = static_cast<std::size_t>(protocol.votes_size());
  if (points != slice.point_cells()) {
    return malformed(std::to_string(points) + " points, the form has " +
                     std::to_string(slice.point_cells()));
  }
  if (votes != slice.vote_cells()) {
    return malformed(std::to_string(votes) + " vote fields, the contest has " +
                     std::to_string(slice.vote_cells()));
  }
  return {};
}

Result<void> check_cells(const model::Slice& slice, const v1::Protocol& protocol) {
  const auto above_max = [](model::Cell cell) {
    return !model::is_empty(cell) && model::figure_of(cell) > model::kFigureMax;
  };
  for (int i = 0; i < protocol.points_size(); ++i) {
    const v1::FormPoint& point = slice.form().points(i);
    if (above_max(protocol.points(i))) return malformed(point.code() + " is above 999,999,999");
    if (point.required() && model::is_empty(protocol.points(i))) {
      return malformed(point.code() + " is empty");
    }
  }
  std::string wrong;
  for_each_vote_field(slice, [&](std::size_t index, bool on_ballot, auto name) {
    if (!wrong.empty()) return;
    const model::Cell cell = protocol.votes(static_cast<int>(index));
    if (above_max(cell)) {
      wrong = name() + " is above 999,999,999";
    } else if (on_ballot == model::is_empty(cell)) {
      wrong = name() + (on_ballot ? " is empty" : " was struck off and must stay empty");
    }
  });
  if (!wrong.empty()) return malformed(wrong);
  return {};
}

Result<void> check_revision(const v1::Protocol& protocol) {
  if (protocol.revision() == 0) return malformed("revision must be 1 or more");
  if (protocol.revision() == 1 && !protocol.supersedes().empty()) {
    return malformed("revision 1 supersedes nothing");
  }
  if (protocol.revision() > 1 && protocol.supersedes().size() != 32) {
    return malformed("revision " + std::to_string(protocol.revision()) +
                     " must name the 32-byte statement it supersedes");
  }
  return {};
}

// The number of a remark's point, 1 to 999 without leading zeros; 0 when it is none.
int remark_number(const std::string& point) {
  if (point.empty() || point.size() > 3 || point.front() == '0') return 0;
  for (char c : point) {
    if (c < '0' || c > '9') return 0;
  }
  return std::atoi(point.c_str());
}

Result<void> check_text(const std::string& text, const std::string& what) {
  // An absent text stands for "none"; an empty one would be a second way to write it.
  if (text.empty()) return malformed(what + " is empty");
  if (text.size() > kRemarkBytesMax) {
    return malformed(what + " is longer than " + std::to_string(kRemarkBytesMax) + " bytes");
  }
  return {};
}

Result<void> check_remarks(const v1::Protocol& protocol) {
  if (protocol.remarks_size() > kRemarksMax) return malformed("too many remarks");
  int last = 0;
  for (const v1::Remark& remark : protocol.remarks()) {
    const int number = remark_number(remark.point());
    if (number == 0) return malformed("a remark is not at a point number");
    if (number <= last) return malformed("remarks out of order at point " + remark.point());
    last = number;
    if (auto ok = check_text(remark.text(), "remark " + remark.point()); !ok) return ok;
  }
  return {};
}

Result<void> check_explanations(const v1::Protocol& protocol) {
  if (protocol.explanations_size() > kExplanationsMax) return malformed("too many explanations");
  const std::string* last = nullptr;
  for (const v1::Explanation& explanation : protocol.explanations()) {
    const std::string& code = explanation.code();
    if (code.size() > 8 || !model::is_name(code))
      return malformed("an explanation has no rule's code");
    if (last != nullptr && code <= *last) return malformed("explanations out of order at " + code);
    last = &code;
    if (auto ok = check_text(explanation.text(), "explanation " + code); !ok) return ok;
  }
  return {};
}

Result<void> check_people_and_hours(const v1::Protocol& protocol) {
  if (protocol.members_size() > kMembersMax) {
    return malformed("more than " + std::to_string(kMembersMax) + " members");
  }
  for (const v1::Member& member : protocol.members()) {
    if (member.name().empty() || member.name().size() > kNameBytesMax) {
      return malformed("a member's name is empty or longer than " + std::to_string(kNameBytesMax) +
                       " bytes");
    }
    if (member.function() == v1::MEMBER_FUNCTION_UNSPECIFIED) {
      return malformed("a member has no function");
    }
  }
  if (protocol.seat().size() > kSeatBytesMax) {
    return malformed("the seat is longer than " + std::to_string(kSeatBytesMax) + " bytes");
  }
  if (protocol.opened_min() > kMinutesMax || protocol.closed_min() > kMinutesMax) {
    return malformed("opening or closing lies beyond the day after the vote");
  }
  return {};
}

}  // namespace

Result<void> check_shape(const model::Slice& slice, const v1::Protocol& protocol) {
  if (auto ok = check_counts(slice, protocol); !ok) return ok;
  if (auto ok = check_cells(slice, protocol); !ok) return ok;
  if (auto ok = check_revision(protocol); !ok) return ok;
  if (auto ok = check_remarks(protocol); !ok) return ok;
  if (auto ok = check_explanations(protocol); !ok) return ok;
  return check_people_and_hours(protocol);
}

}  // namespace urna::validation
