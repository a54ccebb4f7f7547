#include "common/service/logging.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/service/files.h"
#include "tests/unit/service/temporary_folder.h"

namespace urna::service {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

// 2014-11-16T20:00:00Z, the end of voting, as `date -u -d 2014-11-16T20:00Z +%s` gives it.
constexpr system_clock::time_point kClosing{std::chrono::seconds(1'416'168'000)};

json parsed(std::string_view message, LogFields fields = {}) {
  return json::parse(format_log_line(kClosing, LogLevel::kInfo, "test", message, fields));
}

TEST(Logging, AFileThatCannotBeOpenedIsAnError) {
  const auto logger = Logger::open({.file = "/proc/no/such/log"});
  ASSERT_FALSE(logger.has_value());
  EXPECT_EQ(logger.error().code, ErrorCode::kUnavailable);
}

TEST(Logging, AFullDiskLosesLinesAndCountsThem) {
  const auto logger = Logger::open({.file = "/dev/full"});
  ASSERT_TRUE(logger.has_value());
  (*logger)->info("a", "b");
  (*logger)->info("a", "b");
  EXPECT_GE((*logger)->dropped(), 1u);
}

TEST(Logging, ALineHasItsTimeLevelEventMessageAndFields) {
  const std::string line = format_log_line(
      kClosing + milliseconds(7), LogLevel::kWarning, "batch_refused", "refused a batch",
      {{"peer", "146502"}, {"records", 256u}, {"delta", -3}, {"share", 0.5}, {"first", true}});
  EXPECT_EQ(line,
            R"({"ts":"2014-11-16T20:00:00.007Z","level":"warning","event":"batch_refused",)"
            R"("message":"refused a batch","peer":"146502","records":256,"delta":-3,"share":0.5,)"
            R"("first":true})");
}

TEST(Logging, QuotesLineEndsAndControlCharactersCannotEndALine) {
  const std::string nasty = "a\"b\\c\nd\re\tf\x01g\x7F";
  const std::string line = format_log_line(kClosing, LogLevel::kInfo, "test", nasty, {});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(line)["message"], nasty);
}

TEST(Logging, TextThatIsNotUtf8IsReplacedByteByByte) {
  EXPECT_EQ(parsed("\xFF")["message"], "\uFFFD");
  EXPECT_EQ(parsed("\xC0\x80")["message"], "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(parsed("\xED\xA0\x80")["message"], "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(parsed("a\xC4")["message"], "a\uFFFD");                    // cut short
}

TEST(Logging, PolishTextStaysAsItIs) {
  EXPECT_EQ(parsed("zażółć gęślą jaźń 😀")["message"], "zażółć gęślą jaźń 😀");
}

TEST(Logging, AFieldCannotTakeThePlaceOfAFixedOne) {
  const json line = parsed("true text", {{"message", "forged"}, {"ts", "never"}});
  EXPECT_EQ(line["message"], "true text");
  EXPECT_EQ(line["message_"], "forged");
  EXPECT_EQ(line["ts_"], "never");
}

TEST(Logging, LongTextIsCut) {
  const std::string text = parsed(std::string(100'000, 'x'))["message"];
  EXPECT_LT(text.size(), 5'000u);
}

TEST(Logging, ANumberThatJsonCannotWriteIsNull) {
  EXPECT_TRUE(parsed("", {{"x", std::nan("")}})["x"].is_null());
  EXPECT_TRUE(parsed("", {{"x", INFINITY}})["x"].is_null());
}

// 44051401458 is the example number of the ministry's own description of PESEL (check digit:
// 4·1+4·3+0·7+5·9+1·1+4·3+0·7+1·9+4·1+5·3 = 102, 10 − 2 = 8).
TEST(Logging, R50_APeselIsNeverWritten) {
  EXPECT_EQ(parsed("voter 44051401458 came")["message"], "voter [pesel] came");
  EXPECT_EQ(parsed("", {{"x", "44051401458"}})["x"], "[pesel]");
  EXPECT_EQ(parsed("(44051401458,44051401458)")["message"], "([pesel],[pesel])");
}

TEST(Logging, OtherNumbersAndDigestsAreWritten) {
  for (const char* text : {"44051401459", "144051401458", "a44051401458b", "4405140145"}) {
    EXPECT_EQ(parsed(text)["message"], text);
  }
}

TEST(Logging, LevelsBelowTheOneSetAreLeftOut) {
  std::vector<std::string> lines;
  const auto logger = Logger::to([&](std::string_view line) { lines.emplace_back(line); },
                                 {.level = LogLevel::kWarning, .clock = [] { return kClosing; }});
  logger->debug("a", "");
  logger->info("b", "");
  logger->warning("c", "");
  logger->error("d", "", {{"n", 1}});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(json::parse(lines[0])["event"], "c");
  EXPECT_EQ(json::parse(lines[1])["level"], "error");
}

TEST(Logging, AFileIsAppendedTo) {
  const TemporaryFolder folder;
  for (int i = 0; i < 2; ++i) {
    const auto logger = Logger::open({.file = folder / "log"});
    ASSERT_TRUE(logger.has_value());
    (*logger)->info("start", "100% {} of %v");
  }
  const std::string text = read_file(folder / "log", 10'000).value();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_NE(text.find(R"("message":"100% {} of %v"})"), std::string::npos);
}

TEST(Logging, LevelNamesAndLevelsMatch) {
  EXPECT_FALSE(parse_log_level("loud").has_value());
  for (const auto level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_EQ(parse_log_level(log_level_name(level)), level);
  }
}

RC_GTEST_PROP(Logging, AnyBytesGiveOneLineOfJson, (const std::string& a, const std::string& b)) {
  const std::string line =
      format_log_line(kClosing, LogLevel::kInfo, a, b, {{a.c_str(), b}, {"n", 1}});
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(json::parse(line)["n"] == 1);
}

}  // namespace
}  // namespace urna::service
