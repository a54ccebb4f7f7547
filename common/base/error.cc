#include "common/base/error.h"

namespace urna {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kMalformed: return "malformed";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kAlreadyExists: return "already_exists";
    case ErrorCode::kNotAuthorised: return "not_authorised";
    case ErrorCode::kUntrusted: return "untrusted";
    case ErrorCode::kWrongElection: return "wrong_election";
    case ErrorCode::kOutdated: return "outdated";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kNoSpace: return "no_space";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kLocked: return "locked";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

}  // namespace urna
