#include "common/validation/numbering.h"

#include <charconv>

#include "common/base/check.h"

namespace urna::validation {

namespace {

constexpr unsigned kFirstMoved = 6;

bool is_digit(char c) { return '0' <= c && c <= '9'; }

// Takes a number off the front and appends what the form has instead.
void move_number(std::string_view& text, Numbering numbering, std::string& out) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  URNA_CHECK(error == std::errc());
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (numbering == Numbering::k2019 && number >= kFirstMoved) ++number;
  out += std::to_string(number);
}

}  // namespace

std::string renumber(std::string_view text, Numbering numbering) {
  std::string out;
  while (!text.empty()) {
    const char first = text.front();
    // A point begins a word; "ref:planned_print" has no digit after its p.
    const bool begins = out.empty() || out.back() == ' ';
    out += first;
    text.remove_prefix(1);
    if (begins && first == 'p' && !text.empty() && is_digit(text.front())) {
      move_number(text, numbering, out);
    }
  }
  return out;
}

std::string fill_in(std::string_view message, Numbering numbering, const RemarkWords& words) {
  constexpr std::string_view kRemark = "remark ";
  std::string out;
  for (;;) {
    const std::size_t open = message.find('{');
    out += message.substr(0, open);
    if (open == message.npos) return out;
    const std::size_t close = message.find('}', open);
    URNA_CHECK(close != message.npos);
    std::string_view mark = message.substr(open + 1, close - open - 1);
    message.remove_prefix(close + 1);
    if (!mark.starts_with(kRemark)) {
      move_number(mark, numbering, out);
      out += mark;  // its letter, if it has one
    } else if (numbering == Numbering::k2014) {
      out.append(words.numbered).append(mark.substr(kRemark.size()));
    } else {
      out += words.unnumbered;
    }
  }
}

}  // namespace urna::validation
