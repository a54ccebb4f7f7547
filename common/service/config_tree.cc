#include "common/service/config_tree.h"

#include <toml++/toml.h>

namespace urna::service {
namespace {

ConfigNode::Kind kind_of(const toml::node& node) {
  if (node.is_table()) return ConfigNode::Kind::kTable;
  if (node.is_array()) return ConfigNode::Kind::kArray;
  if (node.is_string()) return ConfigNode::Kind::kString;
  if (node.is_integer()) return ConfigNode::Kind::kInteger;
  if (node.is_boolean()) return ConfigNode::Kind::kBoolean;
  return ConfigNode::Kind::kOther;
}

ConfigNode copy(const toml::node& source, std::string path) {
  ConfigNode node;
  node.kind = kind_of(source);
  node.line = source.source().begin.line;
  if (const auto* table = source.as_table()) {
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      ConfigNode entry = copy(value, path.empty() ? name : path + "." + name);
      if (entry.line == 0) entry.line = key.source().begin.line;
      node.entries.emplace(name, std::move(entry));
    }
  } else if (const auto* array = source.as_array()) {
    for (const auto& value : *array) {
      node.items.push_back(copy(value, path + "[" + std::to_string(node.items.size()) + "]"));
    }
  } else if (const auto* text = source.as_string()) {
    node.text = text->get();
  } else if (const auto* integer = source.as_integer()) {
    node.integer = integer->get();
  } else if (const auto* boolean = source.as_boolean()) {
    node.boolean = boolean->get();
  }
  node.path = std::move(path);
  return node;
}

}  // namespace

void ConfigTree::complain(unsigned line, std::string_view path, std::string_view what) {
  if (problem) return;
  std::string message = file.string();
  if (line > 0) message += ":" + std::to_string(line);
  if (!path.empty()) message += ": " + std::string(path);
  problem = Error{ErrorCode::kInvalidArgument, message + ": " + std::string(what)};
}

Result<std::shared_ptr<ConfigTree>> parse_config_tree(std::string_view text,
                                                      const std::filesystem::path& file) {
  try {
    const toml::table table = toml::parse(text, file.string());
    auto tree = std::make_shared<ConfigTree>();
    tree->file = file;
    tree->folder = std::filesystem::absolute(file).parent_path();
    tree->root = copy(table, "");
    return tree;
  } catch (const toml::parse_error& error) {
    std::string reason(error.description());
    for (char& c : reason) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    return fail(ErrorCode::kMalformed,
                file.string() + ":" + std::to_string(error.source().begin.line) + ": " + reason);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kMalformed, file.string() + ": " + error.what());
  }
}

}  // namespace urna::service
