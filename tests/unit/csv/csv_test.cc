#include "common/csv/csv.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace urna::csv {
namespace {

namespace fs = std::filesystem;

// Hands out a string in pieces, so that a field may straddle two reads.
class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text, std::size_t piece = 7)
      : text_(std::move(text)), piece_(piece) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t count = std::min({piece_, size, text_.size() - at_});
    std::copy_n(text_.data() + at_, count, into);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

using Rows = std::vector<std::vector<std::string>>;

Result<Rows> read_all(Result<CsvReader> reader) {
  if (!reader) return std::unexpected(reader.error());
  Rows rows{reader->header()};
  for (;;) {
    auto more = reader->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return rows;
    rows.push_back(reader->row());
  }
}

Result<Rows> read_text(std::string text, CsvLimits limits = {}) {
  return read_all(CsvReader::from(std::make_unique<TextSource>(std::move(text)), "t.csv", limits));
}

class Folder {
 public:
  fs::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
    return folder_.path() / name;
  }

 private:
  const test::TemporaryFolder folder_;
};

struct Refused {
  const char* text;
  const char* message;
};

TEST(Csv, MalformedInputIsRefusedWithFileLineAndReason) {
  const Refused cases[] = {
      {"", "t.csv:1: the header line is missing"},
      {"a,b", "t.csv:1: cut short: no line break at its end"},
      {"a,a\n", "t.csv:1: column 'a' is empty or stands twice in the header"},
      {"a,\n", "t.csv:1: column '' is empty or stands twice in the header"},
      {"\xef\xbb\xbf"
       "a,b\n",
       "t.csv:1: begins with a byte order mark"},
      {"a,b\n1\n", "t.csv:2: 1 fields where the header has 2"},
      {"a,b\n1,2,3\n", "t.csv:2: 3 fields where the header has 2"},
      {"a,b\n1,2\n\n", "t.csv:3: an empty line"},
      {"a,b\n1,2\n3,4", "t.csv:3: cut short: no line break at its end"},
      {"a,b\n1,x\"y\"\n", "t.csv:2: a quote inside an unquoted field"},
      {"a,b\n1,\"x\"y\n", "t.csv:2: text after a closing quote"},
      {"a,b\n\"1\n2\",\"x\n", "t.csv:2: a quote is never closed"},
      {"a,b\n\"1\n2\",3\n4\n", "t.csv:4: 1 fields where the header has 2"},
      {"a,b\n1,\"x\"", "t.csv:2: cut short: no line break at its end"},
      {"a,b\n1,2\r3,4\n", "t.csv:2: a carriage return without a line feed"},
      {"a,b\n1,\x01\n", "t.csv:2: a control character"},
      {"a,b\n1,\xff\n", "t.csv:2: not UTF-8"},
      {"a,b\n1,\xc0\xaf\n", "t.csv:2: not UTF-8"},
      {"a,b\n1,\xed\xa0\x80\n", "t.csv:2: not UTF-8"},
      {"a,b\n1,\xc4\n", "t.csv:2: not UTF-8"},
  };
  for (const Refused& c : cases) {
    const auto rows = read_text(c.text);
    ASSERT_FALSE(rows) << c.text;
    EXPECT_EQ(rows.error().message, c.message) << c.text;
    EXPECT_EQ(rows.error().code, ErrorCode::kMalformed) << c.text;
  }
}

TEST(Csv, ARowOverTheLimitIsRefusedAndOneAtTheLimitIsNot) {
  EXPECT_TRUE(read_text("a\n1234567\n", {.row_bytes_max = 8}));
  const auto rows = read_text("a\n12345678\n", {.row_bytes_max = 8});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(rows.error().message, "t.csv:2: a row of over 8 bytes");
}

TEST(Csv, AQuoteNeverClosedStopsAtTheLimitAndNotAtTheEndOfTheFile) {
  const auto rows = read_text("a\n\"" + std::string(1000, 'x'), {.row_bytes_max = 100});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kTooLarge);
}

TEST(Csv, AfterAnErrorTheReaderStaysAtThatError) {
  auto reader = CsvReader::from(std::make_unique<TextSource>("a,b\n1\n1,2\n"), "t.csv");
  ASSERT_TRUE(reader);
  const auto first = reader->next();
  ASSERT_FALSE(first);
  const auto second = reader->next();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, first.error().message);
}

TEST(Csv, AMissingFileAndAMissingColumnAreNamed) {
  EXPECT_EQ(CsvReader::open("/nonexistent/x.csv").error().code, ErrorCode::kNotFound);
  const auto reader = CsvReader::from(std::make_unique<TextSource>("a,b\n"), "t.csv");
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->column("b").value(), 1u);
  EXPECT_EQ(reader->column("c").error().message, "t.csv:1: the column 'c' is missing");
}

TEST(Csv, EveryTruncationOfAGzipFileIsRefused) {
  const Folder folder;
  const std::string packed = test::gzip("a,b\n1,2\n3,\"4,5\"\n");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(read_all(CsvReader::open(folder.write("t.csv.gz", packed.substr(0, size)))))
        << size << " of " << packed.size() << " bytes";
  }
  const auto whole = read_all(CsvReader::open(folder.write("t.csv.gz", packed)));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(*whole, (Rows{{"a", "b"}, {"1", "2"}, {"3", "4,5"}}));
}

TEST(Csv, APlainFileNamedGzAndBytesAfterTheLastMemberAreRefused) {
  const Folder folder;
  EXPECT_FALSE(CsvReader::open(folder.write("plain.csv.gz", "a,b\n")));
  const auto rows =
      read_all(CsvReader::open(folder.write("tail.csv.gz", test::gzip("a,b\n") + "garbage")));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kCorrupt);
}

TEST(Csv, SeveralGzipMembersReadAsOneFile) {
  const Folder folder;
  const auto rows = read_all(
      CsvReader::open(folder.write("t.csv.gz", test::gzip("a,b\n1,") + test::gzip("2\n"))));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*rows, (Rows{{"a", "b"}, {"1", "2"}}));
}

TEST(Csv, QuotesCommasLineBreaksAndPolishLettersComeThrough) {
  const auto rows = read_text("a,b\r\n\"x \"\"y\"\"\",\"1,\n2\"\r\nŻółć,\n");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*rows, (Rows{{"a", "b"}, {"x \"y\"", "1,\n2"}, {"Żółć", ""}}));
}

TEST(Csv, FiguresAreDigitsWithoutSignLeadingZeroOrExcess) {
  for (const char* bad : {"", "-1", "+1", "01", "1 ", " 1", "1.0", "1000000000", "x", "1x"}) {
    EXPECT_FALSE(parse_figure(bad)) << bad;
  }
  EXPECT_EQ(parse_figure("0"), 0u);
  EXPECT_EQ(parse_figure("999999999"), 999'999'999u);
}

RC_GTEST_PROP(Csv, WhatIsWrittenIsReadBack, ()) {
  const auto width = *rc::gen::inRange<std::size_t>(1, 5);
  const auto field =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc01 ,\"\n\r\t;'")));
  const auto rows =
      *rc::gen::container<Rows>(rc::gen::container<std::vector<std::string>>(width, field));
  Rows expected;
  std::vector<std::string> header;
  for (std::size_t i = 0; i < width; ++i) header.push_back("c" + std::to_string(i));
  expected.push_back(header);
  expected.insert(expected.end(), rows.begin(), rows.end());
  std::string text;
  for (const auto& row : expected) text += csv_line(row);
  const auto piece = *rc::gen::inRange<std::size_t>(1, 40);
  const auto read = read_all(CsvReader::from(std::make_unique<TextSource>(text, piece), "t.csv"));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == expected);
}

}  // namespace
}  // namespace urna::csv
