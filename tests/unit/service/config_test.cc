#include "common/service/config.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "tests/unit/service/temporary_folder.h"

namespace urna::service {
namespace {

Config parse(std::string_view text) {
  auto config = Config::parse(text, "/etc/urna/node.toml");
  EXPECT_TRUE(config.has_value()) << config.error().message;
  return std::move(*config);
}

std::string problem_of(Config& config) {
  const Result<void> done = config.finish();
  return done ? "" : done.error().message;
}

TEST(Config, AMissingFileIsOneLineThatNamesIt) {
  const auto config = Config::load("/no/such/node.toml");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().code, ErrorCode::kNotFound);
  EXPECT_NE(config.error().message.find("/no/such/node.toml"), std::string::npos);
  EXPECT_EQ(config.error().message.find('\n'), std::string::npos);
}

TEST(Config, AFolderIsNotAConfiguration) {
  const TemporaryFolder folder;
  EXPECT_FALSE(Config::load(folder.path()).has_value());
}

TEST(Config, AFileOverOneMebibyteIsRefused) {
  const TemporaryFolder folder;
  std::ofstream(folder / "node.toml") << "# " << std::string(1024 * 1024, 'x');
  const auto config = Config::load(folder / "node.toml");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().code, ErrorCode::kTooLarge);
}

TEST(Config, TextThatIsNotTomlNamesFileAndLine) {
  const auto config = Config::parse("unit = \"PL\"\nport = = 3\n", "node.toml");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().code, ErrorCode::kMalformed);
  EXPECT_TRUE(config.error().message.starts_with("node.toml:2: ")) << config.error().message;
  EXPECT_EQ(config.error().message.find('\n'), std::string::npos);
}

TEST(Config, AKeyGivenTwiceIsRefused) {
  EXPECT_FALSE(Config::parse("unit = \"a\"\nunit = \"b\"\n", "node.toml").has_value());
}

TEST(Config, AnUnknownKeyIsNamedWithItsLine) {
  Config config = parse("unit = \"PL\"\n\n[http]\nport = 1\nprot = 2\n");
  config.root().string("unit");
  config.root().section("http").integer("port", 0);
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:5: http.prot: unknown key");
}

TEST(Config, AnUnknownTableIsNamed) {
  Config config = parse("[upstraem]\naddress = \"a\"\n");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: upstraem: unknown key");
}

TEST(Config, AnUnknownKeyInTheSecondOfSeveralTablesIsNamed) {
  Config config = parse("[[upstream]]\naddress = \"a\"\n[[upstream]]\naddress = \"b\"\nx = 1\n");
  for (ConfigSection upstream : config.root().sections("upstream")) upstream.string("address");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:5: upstream[1].x: unknown key");
}

TEST(Config, TheFirstOfSeveralUnknownKeysIsTheFirstInTheFile) {
  Config config = parse("zebra = 1\nant = 2\n");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: zebra: unknown key");
}

TEST(Config, AMissingRequiredKeyIsNamed) {
  Config config = parse("[identity]\nkey = \"k\"\n");
  ConfigSection identity = config.root().section("identity");
  identity.required_path("key");
  identity.required_path("certificate");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: identity.certificate: is required");
}

TEST(Config, AMissingRequiredKeyOfAMissingTableIsNamed) {
  Config config = parse("");
  config.root().section("identity").required_string("key");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml: identity.key: is required");
}

TEST(Config, AnEmptyRequiredStringIsRefused) {
  Config config = parse("unit = \"\"\n");
  config.root().required_string("unit");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: unit: must not be empty");
}

TEST(Config, AValueOfAnotherTypeIsRefused) {
  struct Case {
    const char* text;
    const char* problem;
  };
  const Case cases[] = {
      {"s = 1", "s: must be a string"},
      {"i = \"1\"", "i: must be an integer"},
      {"i = 1.5", "i: must be an integer"},
      {"b = 1", "b: must be true or false"},
      {"t = 1", "t: must be a table"},
      {"a = 1", "a: must be an array of strings"},
      {"a = [\"x\", 2]", "a[1]: must be a string"},
      {"n = {x = 1}", "n: must be an array of tables"},
      {"n = [1]", "n[0]: must be a table"},
  };
  for (const Case& each : cases) {
    Config config = parse(each.text);
    ConfigSection root = config.root();
    root.string("s");
    root.integer("i", 0);
    root.boolean("b", false);
    root.section("t");
    root.strings("a");
    root.sections("n");
    EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: " + std::string(each.problem));
  }
}

TEST(Config, AnIntegerOutOfItsRangeIsRefusedAndTheDefaultUsed) {
  for (const char* text : {"port = -1", "port = 65536", "port = 9223372036854775807"}) {
    Config config = parse(text);
    EXPECT_EQ(config.root().integer("port", 7, {.min = 0, .max = 65535}), 7);
    EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: port: must be from 0 to 65535");
  }
}

TEST(Config, AWordThatIsNoneOfTheChoicesIsRefusedWithTheList) {
  Config config = parse("level = \"loud\"");
  config.root().choice("level", {"info", "error"}, "info");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: level: must be one of \"info\", \"error\"");
}

TEST(Config, TheFirstProblemAskedForIsTheOneReported) {
  Config config = parse("a = 1\nb = 2\n");
  config.root().string("b");
  config.root().string("a");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:2: b: must be a string");
}

TEST(Config, ARuleBetweenKeysIsReportedAtItsKey) {
  Config config = parse("low = 3\nhigh = 2\n");
  ConfigSection root = config.root();
  if (root.integer("low", 0) > root.integer("high", 9)) root.complain("high", "is below low");
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:2: high: is below low");
}

TEST(Config, ValuesComeAsWritten) {
  Config config = parse(
      "unit = \"PL\"\non = true\nlist = [\"a\", \"b\"]\nlevel = \"error\"\n[http]\nport = 0\n");
  ConfigSection root = config.root();
  EXPECT_EQ(root.required_string("unit"), "PL");
  EXPECT_TRUE(root.boolean("on", false));
  EXPECT_EQ(root.strings("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(root.choice("level", {"info", "error"}, "info"), "error");
  EXPECT_EQ(root.section("http").required_integer("port"), 0);
  EXPECT_EQ(problem_of(config), "");
}

TEST(Config, WhatIsNotThereTakesItsDefault) {
  Config config = parse("");
  ConfigSection root = config.root();
  EXPECT_EQ(root.string("a", "x"), "x");
  EXPECT_EQ(root.integer("b", 5, {.min = 1, .max = 9}), 5);
  EXPECT_TRUE(root.boolean("c", true));
  EXPECT_FALSE(root.path("d").has_value());
  EXPECT_TRUE(root.strings("e").empty());
  EXPECT_TRUE(root.sections("f").empty());
  EXPECT_EQ(root.section("g").section("h").integer("i", 3), 3);
  EXPECT_EQ(problem_of(config), "");
}

TEST(Config, ARelativePathStartsAtTheFolderOfTheFile) {
  Config config = parse("a = \"keys/node.pem\"\nb = \"/var/lib/urna\"\nc = \"../ca.pem\"\n");
  ConfigSection root = config.root();
  EXPECT_EQ(root.required_path("a"), "/etc/urna/keys/node.pem");
  EXPECT_EQ(root.path("b"), "/var/lib/urna");
  EXPECT_EQ(root.path("c"), "/etc/ca.pem");
  EXPECT_EQ(problem_of(config), "");
}

TEST(Config, AskingWhetherAKeyIsThereDoesNotMakeItKnown) {
  Config config = parse("x = 1\n");
  EXPECT_TRUE(config.root().has("x"));
  EXPECT_EQ(problem_of(config), "/etc/urna/node.toml:1: x: unknown key");
}

RC_GTEST_PROP(Config, AnyTextIsParsedOrRefusedInOneLine, (const std::string& text)) {
  const auto config = Config::parse(text, "node.toml");
  if (!config) RC_ASSERT(config.error().message.find('\n') == std::string::npos);
}

}  // namespace
}  // namespace urna::service
