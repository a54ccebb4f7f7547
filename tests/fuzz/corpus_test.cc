// The kept corpora, and small changes of them, through every decoder: a crash found once stays
// found.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/targets.h"

namespace urna::fuzz {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, NoKeptInputAndNoChangedByteOfItBreaksTheDecoder) {
  const std::filesystem::path folder =
      std::filesystem::path(URNA_SOURCE_DIR) / "tests/fuzz/corpus" / GetParam().name;
  ASSERT_TRUE(std::filesystem::is_directory(folder)) << folder;
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string bytes = read(entry.path());
    GetParam().run(bytes);
    for (std::size_t i = 0; i < bytes.size(); i += 1 + bytes.size() / 512) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 0x55);
      GetParam().run(changed);
      GetParam().run(std::string_view(bytes).substr(0, i));
    }
    ++inputs;
  }
  EXPECT_GT(inputs, 0U);
}

INSTANTIATE_TEST_SUITE_P(Decoders, Corpus, testing::ValuesIn(kTargets),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace urna::fuzz
