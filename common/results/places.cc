#include "common/results/places.h"

#include <algorithm>

#include "common/results/council_input.h"

namespace urna::results {

namespace {

TieQuestion question_of(const Field& field, const Positions& tied) {
  TieQuestion question;
  question.contest = &field.contest;
  question.rules = field.rules.name;
  for (const std::size_t i : tied) {
    const Candidate& one = field.candidates[i];
    question.among.push_back({one.name, *one.votes, std::nullopt});
    question.columns.push_back(i);
  }
  if (field.precincts && !field.precincts->candidates.empty()) {
    question.table = {field.precincts->candidates, field.candidates.size()};
  }
  return question;
}

}  // namespace

Positions rank_standing(std::span<const Candidate> candidates, std::size_t first,
                        std::size_t count) {
  Positions order;
  order.reserve(count);
  for (std::size_t i = first; i < first + count; ++i) {
    if (candidates[i].votes) order.push_back(i);
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const Candidate& x = candidates[a];
    const Candidate& y = candidates[b];
    return *x.votes != *y.votes ? *x.votes > *y.votes : x.name < y.name;
  });
  return order;
}

Result<Places> give_places(const Field& field, const Positions& order, std::size_t places,
                           LotKind kind, const TieRule& rule, const std::string& figures,
                           LotBook& lots) {
  Places given;
  if (places >= order.size()) {
    given.certain = order;
    return given;
  }
  if (places == 0) return given;
  const auto votes = [&](std::size_t i) { return *field.candidates[i].votes; };
  const auto cut = order.begin() + static_cast<std::ptrdiff_t>(places);
  if (votes(*cut) < votes(*(cut - 1))) {
    given.certain.assign(order.begin(), cut);
    return given;
  }
  const auto level = std::ranges::equal_range(order, votes(*cut), std::ranges::greater{}, votes);
  given.certain.assign(order.begin(), level.begin());
  const Positions tied(level.begin(), level.end());
  TieQuestion question = question_of(field, tied);
  question.kind = kind;
  question.rule = &rule;
  question.places = static_cast<std::uint32_t>(places - given.certain.size());
  question.figures = figures + candidate_lines(field.candidates, order);
  auto answer = settle_tie(std::move(question), lots);
  if (!answer) return std::unexpected(std::move(answer.error()));
  for (const std::size_t i : answer->winners) given.certain.push_back(tied[i]);
  for (const std::size_t i : answer->undrawn) given.undrawn.push_back(tied[i]);
  given.pending = std::move(answer->pending);
  given.tie = std::move(answer->tie);
  return given;
}

}  // namespace urna::results
