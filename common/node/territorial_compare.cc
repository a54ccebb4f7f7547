#include "common/node/territorial_compare.h"

#include <map>

#include "common/node/territorial.h"

namespace urna::node {

namespace {

using Protocol = v1::TerritorialProtocol;

template <class NameOf>
void compare_figures(const google::protobuf::RepeatedField<std::uint64_t>& signed_figures,
                     const google::protobuf::RepeatedField<std::uint64_t>& expected, NameOf name_of,
                     std::vector<std::string>& reasons) {
  if (signed_figures.size() != expected.size()) {
    add_reason(reasons, "it has another number of figures than its contest");
    return;
  }
  for (int i = 0; i < expected.size(); ++i) {
    if (signed_figures[i] == expected[i]) continue;
    const auto text = [](std::uint64_t cell) {
      return cell == 0 ? std::string("empty") : std::to_string(cell - 1);
    };
    add_reason(reasons, name_of(static_cast<std::size_t>(i)) + " is " + text(signed_figures[i]) +
                            ", worked out here it is " + text(expected[i]));
  }
}

std::string point_name(const model::Slice& slice, std::size_t at) {
  return slice.form().points(static_cast<int>(at)).code();
}

std::string vote_name(const model::Slice& slice, std::size_t at) {
  for (std::size_t i = 0; i < slice.options().size(); ++i) {
    const model::OptionCells& cells = slice.options()[i];
    const v1::Option& option = slice.data().options(static_cast<int>(i));
    if (at == cells.total) return "votes:" + option.code();
    if (at < cells.first_candidate || at >= cells.first_candidate + cells.candidates) continue;
    const int candidate = static_cast<int>(at - cells.first_candidate);
    return "votes:" + option.code() + "/" + std::to_string(option.candidates(candidate).position());
  }
  return "votes";
}

std::string outcome_key(const Protocol::Outcome& outcome) {
  std::string key = outcome.contest() + ", " + outcome.option();
  if (outcome.candidate() != 0) key += "/" + std::to_string(outcome.candidate());
  return key;
}

void compare_outcomes(const Protocol& body, const Protocol& expected,
                      std::vector<std::string>& reasons) {
  std::map<std::string, std::string> wanted;
  for (const auto& outcome : expected.outcomes()) wanted[outcome_key(outcome)] = outcome.outcome();
  for (const auto& outcome : body.outcomes()) {
    const auto found = wanted.find(outcome_key(outcome));
    if (found == wanted.end()) {
      add_reason(reasons, outcome_key(outcome) + " is named twice, or is not on the ballot");
      continue;
    }
    if (found->second != outcome.outcome()) {
      add_reason(reasons, outcome_key(outcome) + " is " + outcome.outcome() +
                              ", worked out here it is " + found->second);
    }
    wanted.erase(found);
  }
  for (const auto& [key, outcome] : wanted) {
    add_reason(reasons, key + " is missing; worked out here it is " + outcome);
  }
}

}  // namespace

void add_reason(std::vector<std::string>& reasons, std::string reason) {
  if (reasons.size() < kReasonsMax) reasons.push_back(std::move(reason));
}

void name_differences(const model::Slice& slice, const Protocol& body, const Protocol& expected,
                      std::vector<std::string>& reasons) {
  compare_figures(
      body.points(), expected.points(), [&](std::size_t at) { return point_name(slice, at); },
      reasons);
  compare_figures(
      body.votes(), expected.votes(), [&](std::size_t at) { return vote_name(slice, at); },
      reasons);
  compare_outcomes(body, expected, reasons);
}

}  // namespace urna::node
