// The words of a desk's command line. Private to daemon.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/node/projection.h"
#include "urna/v1/decision.pb.h"

namespace urna::daemon {

// What a person asked for cannot be done: kInvalidArgument.
std::unexpected<Error> refuse(std::string why);

// Takes the next word off the front, with the spaces after it; empty at the end.
std::string_view take_word(std::string_view& rest);
// "B1,B3": the parts, without empty ones.
std::set<std::string> split(std::string_view text, char separator);
// "city_council-9 1". kInvalidArgument when the words are not a contest and a round.
Result<model::ContestRound> take_contest(std::string_view& rest);
// "3/12" (candidate 12 of option 3) or "3".
Result<v1::LotWinner> parse_winner(std::string_view word);
std::optional<node::TerritorialKind> parse_kind(std::string_view word);
// "; warnings B3, W2" of the body that counts at a place; empty when it has none.
std::string warnings_of(const node::Projection& projection, const model::PlaceId& place);

}  // namespace urna::daemon
