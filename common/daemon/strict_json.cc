#include "common/daemon/strict_json.h"

#include <algorithm>
#include <set>

namespace urna::daemon {

using Json = nlohmann::json;

namespace {

constexpr int kDepthMax = 32;

std::string place_in(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - begin + 1);
}

// Watches the parser: a key that stands twice would silently keep its last value.
class KeyWatch {
 public:
  bool see(int depth, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > kDepthMax && problem_.empty()) problem_ = "more than 32 levels";
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event == Event::key && !open_.back().insert(parsed.get<std::string>()).second &&
        problem_.empty()) {
      problem_ = "\"" + parsed.get<std::string>() + "\" stands twice in one object";
    }
    return true;
  }
  const std::string& problem() const { return problem_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string problem_;
};

}  // namespace

Result<Json> parse_strict_json(std::string_view text, std::string_view what) {
  const std::string begin = what.empty() ? "" : std::string(what) + ": ";
  KeyWatch watch;
  try {
    Json json = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      return watch.see(depth, event, parsed);
    });
    if (!watch.problem().empty()) return fail(ErrorCode::kMalformed, begin + watch.problem());
    if (!json.is_object()) return fail(ErrorCode::kMalformed, begin + "not a JSON object");
    return json;
  } catch (const Json::parse_error& error) {
    return fail(ErrorCode::kMalformed,
                begin + "not a JSON object: wrong at " + place_in(text, error.byte));
  } catch (const Json::exception&) {
    return fail(ErrorCode::kMalformed, begin + "not a JSON object: a number is out of range");
  }
}

Result<JsonReader> JsonReader::parse(std::string_view text, std::string_view what) {
  auto json = parse_strict_json(text, what);
  if (!json) return std::unexpected(std::move(json.error()));
  return JsonReader(std::move(*json), std::string(what));
}

void JsonField::complain(std::string_view what) const {
  if (reader_->problem_) return;
  std::string message;
  for (const std::string& context : {reader_->what_, path_}) {
    if (!context.empty()) message += context + ": ";
  }
  reader_->problem_ = Error{ErrorCode::kInvalidArgument, message.append(what)};
}

JsonField JsonField::operator[](std::string_view key) const {
  JsonField field(*reader_, nullptr, (path_.empty() ? "" : path_ + ".") + std::string(key));
  if (!is_object()) {
    complain(given() ? "must be an object" : "is missing");
    return field;
  }
  const auto found = value_->find(key);
  if (found != value_->end()) field.value_ = &*found;
  return field;
}

const JsonField& JsonField::only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, field] : entries()) {
    if (std::ranges::find(keys, key) == keys.end()) field.complain("unknown key \"" + key + "\"");
  }
  return *this;
}

std::vector<std::pair<std::string, JsonField>> JsonField::entries() const {
  std::vector<std::pair<std::string, JsonField>> fields;
  if (!is_object()) {
    complain(given() ? "must be an object" : "is missing");
    return fields;
  }
  for (const auto& [key, value] : value_->items()) {
    fields.emplace_back(key, JsonField(*reader_, &value, (path_.empty() ? "" : path_ + ".") + key));
  }
  return fields;
}

std::vector<JsonField> JsonField::elements() const {
  std::vector<JsonField> fields;
  if (value_ == nullptr || !value_->is_array()) {
    complain(given() ? "must be a list" : "is missing");
    return fields;
  }
  for (std::size_t i = 0; i < value_->size(); ++i) {
    fields.emplace_back(*reader_, &(*value_)[i], path_ + "[" + std::to_string(i) + "]");
  }
  return fields;
}

std::string JsonField::text() const {
  if (value_ == nullptr || !value_->is_string()) {
    complain(given() ? "must be a text" : "is missing");
    return "";
  }
  return value_->get<std::string>();
}

std::uint64_t JsonField::number(std::uint64_t min, std::uint64_t max) const {
  if (!given()) {
    complain("is missing");
    return 0;
  }
  const bool whole = value_->is_number_unsigned();
  const std::uint64_t number = whole ? value_->get<std::uint64_t>() : 0;
  if (!whole || number < min || number > max) {
    complain("must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return 0;
  }
  return number;
}

bool JsonField::truth() const {
  if (value_ == nullptr || !value_->is_boolean()) {
    complain(given() ? "must be true or false" : "is missing");
    return false;
  }
  return value_->get<bool>();
}

std::string JsonField::text_or(std::string_view fallback) const {
  return given() ? text() : std::string(fallback);
}

std::uint64_t JsonField::number_or(std::uint64_t fallback, std::uint64_t min,
                                   std::uint64_t max) const {
  return given() ? number(min, max) : fallback;
}

bool JsonField::truth_or(bool fallback) const { return given() ? truth() : fallback; }

}  // namespace urna::daemon
