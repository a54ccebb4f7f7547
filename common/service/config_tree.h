// A parsed configuration file, free of the library that parsed it. For config.cc only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace urna::service {

struct ConfigNode {
  enum class Kind { kTable, kArray, kString, kInteger, kBoolean, kOther };

  Kind kind = Kind::kTable;
  std::string path;  // "http.listen", "upstream[1].address"
  unsigned line = 0;
  // Set when a getter asked for it; what nobody asked for is an unknown key.
  bool asked = false;

  std::map<std::string, ConfigNode, std::less<>> entries;  // of a table
  std::vector<ConfigNode> items;                           // of an array
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
};

struct ConfigTree {
  std::filesystem::path file;
  std::filesystem::path folder;  // what relative paths in the file start from
  ConfigNode root;
  // The first thing wrong, by order of asking.
  std::optional<Error> problem;

  // Remembers the first problem: "node.toml:12: upstream.adress: …".
  void complain(unsigned line, std::string_view path, std::string_view what);
};

// kMalformed names the file and line where the text is not TOML. Exceptions of the parser stop
// here.
Result<std::shared_ptr<ConfigTree>> parse_config_tree(std::string_view text,
                                                      const std::filesystem::path& file);

}  // namespace urna::service
