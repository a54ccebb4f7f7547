// Errors are values: a code from one closed list, a message for a person, nothing else.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace urna {

// The closed list. Each code is mapped once to a gRPC and an HTTP status, at those edges.
enum class ErrorCode {
  kInvalidArgument,  // input that breaks a rule of its format or its range
  kMalformed,        // bytes that do not decode, or carry what the format does not know
  kTooLarge,         // over a stated limit
  kNotFound,         // a thing named is not here
  kAlreadyExists,    // would replace something that must stay
  kNotAuthorised,    // the peer or signer may not do this
  kUntrusted,        // a signature or a chain of certificates does not hold
  kWrongElection,    // belongs to another election
  kOutdated,         // older than what is held
  kConflict,         // contradicts what is stored
  kCorrupt,          // stored bytes do not match their digest or their log
  kNoSpace,          // the disk is full
  kUnavailable,      // a peer or database cannot be reached now
  kLocked,           // another process uses this store
  kCancelled,        // shutting down
  kInternal,         // an invariant broke: a defect
};

// "invalid_argument", "malformed", …
std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  // One line for a person: what happened, to what, and what to do.
  std::string message;

  // The same error seen from one step further out: "reading slice 3: …".
  Error within(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace urna
