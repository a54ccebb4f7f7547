// Strict configuration: every key a program knows it asks for, and a key nobody asked for is an
// error.
//
//   auto config = Config::load("urna-territorial.toml");
//   if (!config) return config.error();
//   Settings settings;
//   settings.unit = config->root().required_string("unit");
//   settings.data = config->root().required_path("data");
//   settings.port = config->root().section("http").integer("port", 0, {.min = 0, .max = 65535});
//   for (ConfigSection upstream : config->root().sections("upstream")) …
//   if (auto good = config->finish(); !good) return good.error();
//
// A getter never fails: it returns its default and remembers the first problem, and finish()
// reports it in one line with file, line and key. So a program reads all its settings, then checks
// once. Values read before a finish() that failed must not be used. Not for use from several
// threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace urna::service {

struct ConfigNode;
struct ConfigTree;

// Both ends belong to it.
struct IntegerRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// One table of the file. Lives as long as any copy of it.
class ConfigSection {
 public:
  // Is the key there? Does not count as asking for it.
  bool has(std::string_view key) const;

  // A required string must not be empty; a default is taken as it is.
  std::string string(std::string_view key, std::string_view fallback = "");
  std::string required_string(std::string_view key);
  // One of `choices`, which the message lists.
  std::string choice(std::string_view key, const std::vector<std::string>& choices,
                     std::string_view fallback);

  bool boolean(std::string_view key, bool fallback);

  std::int64_t integer(std::string_view key, std::int64_t fallback, IntegerRange range = {});
  std::int64_t required_integer(std::string_view key, IntegerRange range = {});

  // Absolute and normalised; a relative path starts at the folder of the configuration file.
  // nullopt when the key is not there. Whether anything is at the path is for the user of it to
  // find out.
  std::optional<std::filesystem::path> path(std::string_view key);
  std::filesystem::path required_path(std::string_view key);

  // An array of strings; empty when the key is not there.
  std::vector<std::string> strings(std::string_view key);

  // A table `[key]`; an empty section when it is not there, so that its defaults apply.
  ConfigSection section(std::string_view key);
  // An array of tables `[[key]]`, in the file's order; empty when it is not there.
  std::vector<ConfigSection> sections(std::string_view key);

  // For rules between keys: makes finish() fail with this message, at this key or this section.
  void complain(std::string_view key, std::string_view what);

 private:
  friend class Config;
  ConfigSection(std::shared_ptr<ConfigTree> tree, ConfigNode* node, std::string path)
      : tree_(std::move(tree)), node_(node), path_(std::move(path)) {}

  // nullptr when it is not there or is not of the kind wanted, which is remembered as a problem.
  ConfigNode* find(std::string_view key, int kind, std::string_view kind_name);
  void missing(std::string_view key);
  std::string path_of(std::string_view key) const;

  std::shared_ptr<ConfigTree> tree_;
  ConfigNode* node_;  // nullptr: a section that is not in the file
  std::string path_;
};

class Config {
 public:
  // At most 1 MiB. kNotFound, kMalformed (not TOML: file, line and reason), kTooLarge.
  static Result<Config> load(const std::filesystem::path& file);
  // The same from memory; `file` names it in messages and is where relative paths start from.
  static Result<Config> parse(std::string_view text, const std::filesystem::path& file);

  ConfigSection root();

  // kInvalidArgument with the first problem: a missing key, a value of a wrong type or out of
  // range, or a key that nobody asked for.
  Result<void> finish();

 private:
  explicit Config(std::shared_ptr<ConfigTree> tree) : tree_(std::move(tree)) {}

  std::shared_ptr<ConfigTree> tree_;
};

}  // namespace urna::service
