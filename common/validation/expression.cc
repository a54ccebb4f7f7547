#include "common/validation/expression.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace urna::validation {

namespace {

using Terms = google::protobuf::RepeatedPtrField<v1::Term>;

constexpr std::pair<std::string_view, v1::Comparison::Op> kOperators[] = {
    // Two characters before one, so that "<=" is not read as "<".
    {"<=", v1::Comparison::OP_LE}, {">=", v1::Comparison::OP_GE}, {"!=", v1::Comparison::OP_NE},
    {"=", v1::Comparison::OP_EQ},  {"<", v1::Comparison::OP_LT},  {">", v1::Comparison::OP_GT}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_char(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == ':' || c == '.';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) { skip(); }

  bool at_end() const { return rest_.empty(); }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    skip();
    return true;
  }

  std::optional<v1::Comparison::Op> take_operator() {
    for (const auto& [word, op] : kOperators) {
      if (take(word)) return op;
    }
    return std::nullopt;
  }

  // False when no side can be read here.
  bool take_side(Terms& terms) {
    bool negative = take("-");
    do {
      if (!take_term(negative, *terms.Add())) return false;
      negative = rest_.starts_with('-');
    } while (take("+") || take("-"));
    return true;
  }

 private:
  bool take_term(bool negative, v1::Term& term) {
    const std::string_view digits = take_while(is_digit);
    if (digits.size() > 18) return false;  // 64 bits hold every number of 18 digits
    std::int64_t coefficient = digits.empty() ? 1 : 0;
    for (char c : digits) coefficient = coefficient * 10 + (c - '0');
    std::string_view name;
    if (!rest_.empty() && is_letter(rest_.front())) name = take_while(is_name_char);
    if (digits.empty() && name.empty()) return false;
    term.set_coefficient(negative ? -coefficient : coefficient);
    term.set_variable(name.empty() ? std::string("1") : std::string(name));
    return true;
  }

  template <class Predicate>
  std::string_view take_while(Predicate predicate) {
    std::size_t length = 0;
    while (length < rest_.size() && predicate(rest_[length])) ++length;
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    skip();
    return taken;
  }

  void skip() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

void write_side(const Terms& terms, std::string& text) {
  bool first = true;
  for (const v1::Term& term : terms) {
    const bool negative = term.coefficient() < 0;
    // Negation in unsigned arithmetic is defined for the smallest number too.
    const auto raw = static_cast<std::uint64_t>(term.coefficient());
    const std::uint64_t magnitude = negative ? 0 - raw : raw;
    if (!first) text += negative ? " - " : " + ";
    if (first && negative) text += "-";
    first = false;
    if (term.variable() == "1") {
      text += std::to_string(magnitude);
      continue;
    }
    if (magnitude != 1) text += std::to_string(magnitude) + " ";
    text += term.variable();
  }
}

}  // namespace

Result<v1::Comparison> parse_comparison(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kInvalidArgument, "rule '" + std::string(text) + "' cannot be read");
  };
  v1::Comparison comparison;
  Reader reader(text);
  if (!reader.take_side(*comparison.mutable_left())) return bad();
  const auto op = reader.take_operator();
  if (!op) return bad();
  comparison.set_op(*op);
  if (!reader.take_side(*comparison.mutable_right()) || !reader.at_end()) return bad();
  return comparison;
}

std::string to_text(const v1::Comparison& comparison) {
  std::string text;
  write_side(comparison.left(), text);
  std::string_view sign = "?";
  for (const auto& [word, op] : kOperators) {
    if (op == comparison.op()) sign = word;
  }
  text += " " + std::string(sign) + " ";
  write_side(comparison.right(), text);
  return text;
}

}  // namespace urna::validation
