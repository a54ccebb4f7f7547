#include "tests/drill/dataset.h"

namespace urna::drill {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Cuts a run of digits off the front and returns it without leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  while (number.size() > 1 && number[0] == '0') number.remove_prefix(1);
  return number;
}

}  // namespace

bool natural_less(std::string_view left, std::string_view right) {
  const std::string_view whole_left = left;
  const std::string_view whole_right = right;
  while (!left.empty() && !right.empty()) {
    if (is_digit(left[0]) && is_digit(right[0])) {
      const std::string_view a = take_number(left);
      const std::string_view b = take_number(right);
      if (a.size() != b.size()) return a.size() < b.size();
      if (a != b) return a < b;
    } else if (left[0] != right[0]) {
      return left[0] < right[0];
    } else {
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
  }
  if (left.empty() != right.empty()) return left.empty();
  return whole_left < whole_right;  // "01" and "1" differ still
}

std::size_t first_candidate(const DatasetContest& contest, std::size_t option) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < option; ++i) at += contest.options[i].candidates;
  return at;
}

bool is_uncontested(const DatasetContest& contest) {
  std::uint64_t standing = 0;
  for (const DatasetOption& option : contest.options) {
    const bool is_list = contest.kind != v1::CONTEST_KIND_COUNCIL_SMALL_GMINA;
    standing += is_list ? option.candidates : 1;
  }
  return contest.kind != v1::CONTEST_KIND_MAYOR && standing > 0 && standing <= contest.seats;
}

std::uint32_t DatasetProtocol::figure(std::string_view point) const {
  const auto found = points.find(point);
  return found == points.end() ? 0 : found->second;
}

std::uint64_t DatasetProtocol::votes_total() const {
  std::uint64_t total = 0;
  for (model::Cell cell : votes) {
    if (!model::is_empty(cell)) total += model::figure_of(cell);
  }
  return total;
}

}  // namespace urna::drill
