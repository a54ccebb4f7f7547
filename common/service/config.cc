#include "common/service/config.h"

#include <algorithm>

#include "common/service/config_tree.h"
#include "common/service/files.h"

namespace urna::service {
namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;

using Kind = ConfigNode::Kind;

// The first key, in the file's order, that nobody asked for.
const ConfigNode* find_unasked(const ConfigNode& node) {
  const ConfigNode* first = nullptr;
  const auto consider = [&first](const ConfigNode* found) {
    if (found && (!first || found->line < first->line)) first = found;
  };
  for (const auto& [key, entry] : node.entries) {
    consider(entry.asked ? find_unasked(entry) : &entry);
  }
  for (const ConfigNode& item : node.items) {
    if (item.kind == Kind::kTable) consider(find_unasked(item));
  }
  return first;
}

}  // namespace

std::string ConfigSection::path_of(std::string_view key) const {
  if (path_.empty() || key.empty()) return path_ + std::string(key);
  return path_ + "." + std::string(key);
}

bool ConfigSection::has(std::string_view key) const {
  return node_ && node_->entries.find(key) != node_->entries.end();
}

ConfigNode* ConfigSection::find(std::string_view key, int kind, std::string_view kind_name) {
  if (!has(key)) return nullptr;
  ConfigNode& node = node_->entries.find(key)->second;
  node.asked = true;
  if (node.kind == static_cast<Kind>(kind)) return &node;
  tree_->complain(node.line, node.path, "must be " + std::string(kind_name));
  return nullptr;
}

void ConfigSection::missing(std::string_view key) {
  tree_->complain(node_ ? node_->line : 0, path_of(key), "is required");
}

void ConfigSection::complain(std::string_view key, std::string_view what) {
  const unsigned line = has(key) ? node_->entries.find(key)->second.line : node_ ? node_->line : 0;
  tree_->complain(line, path_of(key), what);
}

std::string ConfigSection::string(std::string_view key, std::string_view fallback) {
  const ConfigNode* node = find(key, static_cast<int>(Kind::kString), "a string");
  return node ? node->text : std::string(fallback);
}

std::string ConfigSection::required_string(std::string_view key) {
  if (!has(key)) missing(key);
  std::string text = string(key);
  if (has(key) && text.empty()) complain(key, "must not be empty");
  return text;
}

std::string ConfigSection::choice(std::string_view key, const std::vector<std::string>& choices,
                                  std::string_view fallback) {
  std::string text = string(key, fallback);
  if (!has(key) || std::ranges::find(choices, text) != choices.end()) return text;
  std::string list;
  for (const std::string& each : choices) list += (list.empty() ? "\"" : ", \"") + each + "\"";
  complain(key, "must be one of " + list);
  return std::string(fallback);
}

bool ConfigSection::boolean(std::string_view key, bool fallback) {
  const ConfigNode* node = find(key, static_cast<int>(Kind::kBoolean), "true or false");
  return node ? node->boolean : fallback;
}

std::int64_t ConfigSection::integer(std::string_view key, std::int64_t fallback,
                                    IntegerRange range) {
  const ConfigNode* node = find(key, static_cast<int>(Kind::kInteger), "an integer");
  if (!node) return fallback;
  if (node->integer >= range.min && node->integer <= range.max) return node->integer;
  complain(key, "must be from " + std::to_string(range.min) + " to " + std::to_string(range.max));
  return fallback;
}

std::int64_t ConfigSection::required_integer(std::string_view key, IntegerRange range) {
  if (!has(key)) missing(key);
  return integer(key, range.min, range);
}

std::optional<std::filesystem::path> ConfigSection::path(std::string_view key) {
  if (!has(key)) return std::nullopt;
  return required_path(key);
}

std::filesystem::path ConfigSection::required_path(std::string_view key) {
  const std::string text = required_string(key);
  if (text.empty()) return {};
  return (tree_->folder / text).lexically_normal();
}

std::vector<std::string> ConfigSection::strings(std::string_view key) {
  std::vector<std::string> texts;
  const ConfigNode* array = find(key, static_cast<int>(Kind::kArray), "an array of strings");
  if (!array) return texts;
  for (const ConfigNode& item : array->items) {
    if (item.kind != Kind::kString) tree_->complain(item.line, item.path, "must be a string");
    texts.push_back(item.text);
  }
  return texts;
}

ConfigSection ConfigSection::section(std::string_view key) {
  return {tree_, find(key, static_cast<int>(Kind::kTable), "a table"), path_of(key)};
}

std::vector<ConfigSection> ConfigSection::sections(std::string_view key) {
  std::vector<ConfigSection> tables;
  ConfigNode* array = find(key, static_cast<int>(Kind::kArray), "an array of tables");
  if (!array) return tables;
  for (ConfigNode& item : array->items) {
    if (item.kind != Kind::kTable) {
      tree_->complain(item.line, item.path, "must be a table");
      continue;
    }
    tables.push_back({tree_, &item, item.path});
  }
  return tables;
}

Result<Config> Config::load(const std::filesystem::path& file) {
  Result<Bytes> text = read_file(file, kConfigBytesMax);
  if (!text) return std::unexpected(std::move(text.error()).within("configuration"));
  return parse(*text, file);
}

Result<Config> Config::parse(std::string_view text, const std::filesystem::path& file) {
  auto tree = parse_config_tree(text, file);
  if (!tree) return std::unexpected(tree.error());
  return Config(std::move(*tree));
}

ConfigSection Config::root() { return {tree_, &tree_->root, ""}; }

Result<void> Config::finish() {
  if (!tree_->problem) {
    if (const ConfigNode* node = find_unasked(tree_->root)) {
      tree_->complain(node->line, node->path, "unknown key");
    }
  }
  if (tree_->problem) return std::unexpected(*tree_->problem);
  return {};
}

}  // namespace urna::service
