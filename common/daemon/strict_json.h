// Files that people write as JSON, read strictly: what is not understood is an error that names the
// file and the path of the field, never ignored.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace urna::daemon {

// One JSON object, and nothing after it. `what` begins every message, a file's
// name; it may be empty. kMalformed for
// what is no JSON (with line and column), a document that is no object, a key that stands twice in
// one object, or more than 32 levels.
Result<nlohmann::json> parse_strict_json(std::string_view text, std::string_view what);

// Walks such a document. Problems are remembered, so that a reader need not test after each field:
// the first one comes out of JsonReader::problem(), and what could not be read is empty or 0.
class JsonReader;

// One field with its path, e.g. "contests[2].options[0].name". Lives as long as its reader.
class JsonField {
 public:
  JsonField(JsonReader& reader, const nlohmann::json* value, std::string path)
      : reader_(&reader), value_(value), path_(std::move(path)) {}

  // Is it there, and not null?
  bool given() const { return value_ != nullptr && !value_->is_null(); }
  bool is_object() const { return value_ != nullptr && value_->is_object(); }
  const std::string& path() const { return path_; }

  // A field of this object. A problem when this is no object.
  JsonField operator[](std::string_view key) const;
  // A problem for every key that is not one of these.
  const JsonField& only(std::initializer_list<std::string_view> keys) const;
  // All fields of this object, in ascending order of keys; the elements of this list.
  std::vector<std::pair<std::string, JsonField>> entries() const;
  std::vector<JsonField> elements() const;

  // Required: a problem when it is not there.
  std::string text() const;
  std::uint64_t number(std::uint64_t min, std::uint64_t max) const;
  bool truth() const;
  // When it is there.
  std::string text_or(std::string_view fallback) const;
  std::uint64_t number_or(std::uint64_t fallback, std::uint64_t min, std::uint64_t max) const;
  bool truth_or(bool fallback) const;

  void complain(std::string_view what) const;

 private:
  JsonReader* reader_;
  const nlohmann::json* value_;  // nullptr: not there
  std::string path_;
};

class JsonReader {
 public:
  // As parse_strict_json.
  static Result<JsonReader> parse(std::string_view text, std::string_view what);

  JsonField root() { return {*this, json_.get(), ""}; }
  // kInvalidArgument: "FILE: PATH: what is wrong"; nullopt when all was well so far.
  const std::optional<Error>& problem() const { return problem_; }

 private:
  friend class JsonField;
  JsonReader(nlohmann::json json, std::string what)
      : json_(std::make_unique<nlohmann::json>(std::move(json))), what_(std::move(what)) {}

  std::unique_ptr<nlohmann::json> json_;  // fields point into it
  std::string what_;
  std::optional<Error> problem_;
};

}  // namespace urna::daemon
