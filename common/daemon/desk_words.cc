#include "common/daemon/desk_words.h"

#include <charconv>

namespace urna::daemon {

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}

std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return word;
}

std::set<std::string> split(std::string_view text, char separator) {
  std::set<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (!part.empty()) parts.emplace(part);
  }
  return parts;
}

Result<model::ContestRound> take_contest(std::string_view& rest) {
  const auto contest = model::ContestId::parse(take_word(rest));
  const auto round = number(take_word(rest));
  if (!contest || !round || *round < 1 || *round > 2) {
    return fail(ErrorCode::kInvalidArgument, "name the contest and its round, as in \"mayor 1\"");
  }
  return model::ContestRound{*contest, *round};
}

Result<v1::LotWinner> parse_winner(std::string_view word) {
  v1::LotWinner winner;
  const std::size_t slash = word.find('/');
  winner.set_option(std::string(word.substr(0, slash)));
  if (slash != std::string_view::npos) {
    const auto candidate = number(word.substr(slash + 1));
    if (!candidate || *candidate == 0) {
      return fail(ErrorCode::kInvalidArgument,
                  "\"" + std::string(word) + "\": a winner is OPTION or OPTION/CANDIDATE");
    }
    winner.set_candidate(*candidate);
  }
  return winner;
}

std::optional<node::TerritorialKind> parse_kind(std::string_view word) {
  for (const auto kind :
       {v1::TerritorialProtocol::KIND_DISTRICT_TABULATION, v1::TerritorialProtocol::KIND_COLLECTIVE,
        v1::TerritorialProtocol::KIND_FINAL}) {
    if (word == node::territorial_kind_name(kind)) return kind;
  }
  return std::nullopt;
}

std::string warnings_of(const node::Projection& projection, const model::PlaceId& place) {
  const node::ProtocolBody* body = projection.counting(place);
  if (body == nullptr) return {};
  std::string text;
  for (const auto* codes : {&body->blocking, &body->warnings}) {
    for (const std::string& code : *codes) text += (text.empty() ? "; warnings " : ", ") + code;
  }
  return text;
}

}  // namespace urna::daemon
