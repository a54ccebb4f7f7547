#include "common/model/ids.h"

namespace urna::model {

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 40) return false;
  const auto alphanumeric = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  if (!alphanumeric(text.front())) return false;
  for (char c : text) {
    if (!alphanumeric(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

std::string PlaceId::str() const {
  return unit.str() + " " + contest.contest.str() + "/" + std::to_string(contest.round);
}

}  // namespace urna::model
