// The kept corpora, and small changes of them, through every decoder: a crash found once stays
// found.
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <tuple>

#include "tests/fuzz/targets.h"

namespace urna::fuzz {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, NoKeptInputAndNoChangedByteOfItBreaksTheDecoder) {
  google::protobuf::LogSilencer quiet;
  const std::filesystem::path folder =
      std::filesystem::path(URNA_SOURCE_DIR) / "tests/fuzz/corpus" / GetParam().name;
  ASSERT_TRUE(std::filesystem::is_directory(folder)) << folder;
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string bytes = read(entry.path());
    GetParam().run(bytes);
    ++inputs;
    for (std::size_t i = 0; i < bytes.size(); i += 1 + bytes.size() / 512) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 0x55);
      GetParam().run(changed);
      GetParam().run(std::string_view(bytes).substr(0, i));
    }
  }
  EXPECT_GT(inputs, 0U);
}

// Inputs that are signed when they are run must get past all that refuses, or what lies behind it
// is not reached by their changes either.
TEST(SealedSeeds, AreTakenInByTheTown) {
  google::protobuf::LogSilencer quiet;
  const std::filesystem::path corpus = std::filesystem::path(URNA_SOURCE_DIR) / "tests/fuzz/corpus";
  using Outcome = std::string (*)(std::string_view);
  const std::tuple<const char*, Outcome, std::set<std::string>> targets[] = {
      {"sealed_record", outcome_of_sealed_record, {"admitted"}},
      {"sealed_batch", outcome_of_sealed_batch, {"admitted"}},
      {"sealed_receipt", outcome_of_sealed_receipt, {"taken", "the log continues under a new id"}},
      {"definition_update", outcome_of_definition_update, {"admitted"}}};
  for (const auto& [name, outcome_of, expected] : targets) {
    for (const auto& entry : std::filesystem::directory_iterator(corpus / name)) {
      if (entry.path().filename().string().starts_with("found-")) continue;
      EXPECT_TRUE(expected.contains(outcome_of(read(entry.path()))))
          << entry.path() << ": " << outcome_of(read(entry.path()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Decoders, Corpus, testing::ValuesIn(kTargets),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace urna::fuzz
