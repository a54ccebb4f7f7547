// The example configurations: loaded by the code that reads real ones, every key explained and
// used.

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "common/daemon/node_settings.h"
#include "tests/integration/programs/scene.h"

namespace urna::tests {
namespace {

std::filesystem::path example(const std::string& name) {
  return std::filesystem::path(URNA_SOURCE_DIR) / "deploy" / "examples" / name;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool is_setting(const std::string& line) {
  return !line.empty() && line.front() != '#' && line.front() != '[' &&
         line.find(" = ") != line.npos;
}

struct Tried {
  const char* file;
  bool listens;
  bool database;
};

class Examples : public testing::TestWithParam<Tried> {};
INSTANTIATE_TEST_SUITE_P(Files, Examples,
                         testing::Values(Tried{"urna-central.toml", true, true},
                                         Tried{"urna-territorial.toml", true, false},
                                         Tried{"urna-precinct.toml", false, false}),
                         [](const auto& tested) {
                           return tested.param.database  ? "Central"
                                  : tested.param.listens ? "Territorial"
                                                         : "Precinct";
                         });

TEST_P(Examples, LoadsAndEveryKeyIsKnown) {
  auto config = service::Config::load(example(GetParam().file));
  ASSERT_TRUE(config.has_value()) << config.error().message;
  const auto settings = daemon::read_node_settings(config->root(), GetParam().listens);
  if (GetParam().database) {
    EXPECT_NE(config->root().section("database").required_string("connection"), "");
  }
  const auto good = config->finish();
  EXPECT_TRUE(good.has_value()) << good.error().message;
  EXPECT_EQ(settings.uplink.listen.empty(), !GetParam().listens);
  EXPECT_EQ(settings.upstreams.empty(), GetParam().database);
}

TEST_P(Examples, EveryKeyIsExplainedInACommentAboveIt) {
  const auto lines = lines_of(example(GetParam().file));
  ASSERT_FALSE(lines.empty());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_setting(lines[i])) continue;
    ASSERT_GT(i, 0U);
    EXPECT_TRUE(lines[i - 1].starts_with("#")) << lines[i];
  }
}

// The keys that the program knows, as it says when one is wrong, are those of the example.
TEST_P(Examples, ShowsEveryKeyThereIs) {
  std::set<std::string> shown;
  for (const std::string& line : lines_of(example(GetParam().file))) {
    std::string text = line.starts_with("# ") ? line.substr(2) : line;
    if (const std::size_t end = text.find(" = "); end != text.npos && text.find(' ') == end) {
      shown.insert(text.substr(0, end));
    }
  }
  std::set<std::string> known = {"data",     "definition",    "threads", "anchors", "certificate",
                                 "key",      "password_file", "unit",    "address", "failover_ms",
                                 "retry_ms", "file",          "level"};
  if (GetParam().listens) known.insert({"listen", "address_file", "streams_max"});
  if (GetParam().database) {
    known.insert("connection");
    for (const char* upward : {"unit", "address", "failover_ms"}) known.erase(upward);
  }
  for (const std::string& key : known) EXPECT_TRUE(shown.contains(key)) << key;
}

}  // namespace
}  // namespace urna::tests
