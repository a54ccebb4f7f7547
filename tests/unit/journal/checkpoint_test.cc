#include "common/journal/checkpoint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace urna::journal {
namespace {

// SHA-256 of nothing, and its Base64 as `openssl base64` writes it.
constexpr std::string_view kHex =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kBase64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

Checkpoint sample() {
  Checkpoint checkpoint{"urna.example/pl-2014", 20852163, {}};
  const Bytes bytes = *from_hex(kHex);
  std::copy(bytes.begin(), bytes.end(), checkpoint.root.begin());
  return checkpoint;
}

std::string text_with(std::string_view size, std::string_view root) {
  return "origin\n" + std::string(size) + "\n" + std::string(root) + "\n";
}

TEST(Checkpoint, OtherTextsAreMalformed) {
  const std::string root(kBase64);
  std::string leftover_bits = root;
  leftover_bits[42] = 'V';
  std::string url_alphabet = root;
  url_alphabet[12] = '-';
  const std::string texts[] = {"",
                               "\n",
                               "origin",
                               "origin\n1\n",
                               "origin\n1\n" + root,
                               "origin\r\n1\n" + root + "\n",
                               "\n1\n" + root + "\n",
                               "a\tb\n1\n" + root + "\n",
                               text_with("1", root) + "\n",
                               text_with("1", root) + "extension\n",
                               text_with("", root),
                               text_with("01", root),
                               text_with("+1", root),
                               text_with("-1", root),
                               text_with(" 1", root),
                               text_with("1 ", root),
                               text_with("0x1", root),
                               text_with("18446744073709551616", root),
                               text_with("1", ""),
                               text_with("1", root.substr(0, 43)),
                               text_with("1", root + "="),
                               text_with("1", leftover_bits),
                               text_with("1", url_alphabet),
                               text_with("1", root.substr(0, 42) + "=="),
                               text_with("1", " " + root.substr(1))};
  for (const std::string& text : texts) {
    const auto parsed = parse_checkpoint(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformed) << text;
  }
}

TEST(Checkpoint, OriginThatIsNotOneLineCannotBeWritten) {
  for (const char* origin : {"", "two\nlines", "tab\there", "\x7f"}) {
    Checkpoint checkpoint = sample();
    checkpoint.origin = origin;
    EXPECT_EQ(format_checkpoint(checkpoint).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Checkpoint, TextIsOriginSizeAndRootInBase64) {
  const std::string text = "urna.example/pl-2014\n20852163\n" + std::string(kBase64) + "\n";
  EXPECT_EQ(*format_checkpoint(sample()), text);
  EXPECT_EQ(*parse_checkpoint(text), sample());
}

TEST(Checkpoint, LargestSizeIsRead) {
  EXPECT_EQ(parse_checkpoint(text_with("18446744073709551615", kBase64))->size,
            18446744073709551615ULL);
  EXPECT_EQ(parse_checkpoint(text_with("0", kBase64))->size, 0U);
}

RC_GTEST_PROP(Checkpoint, TextAndCheckpointAreOneToOne, ()) {
  Checkpoint checkpoint{"origin", *rc::gen::arbitrary<std::uint64_t>(), {}};
  for (unsigned char& byte : checkpoint.root) byte = *rc::gen::arbitrary<unsigned char>();
  const auto text = format_checkpoint(checkpoint);
  RC_ASSERT(parse_checkpoint(*text).value() == checkpoint);
  // Any other text is another checkpoint, or none.
  std::string changed = *text;
  const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
  changed[at] = *rc::gen::distinctFrom(changed[at]);
  const auto parsed = parse_checkpoint(changed);
  RC_ASSERT(!parsed || *parsed != checkpoint);
}

}  // namespace
}  // namespace urna::journal
