// The official results that tests read. They stand outside the source tree and may be missing.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace urna::test {

inline std::filesystem::path data_dir() {
  const char* named = std::getenv("URNA_DATA");
  if (named != nullptr && *named != '\0') return named;
  return std::filesystem::path(URNA_SOURCE_DIR).parent_path() / "shared" / "data";
}

}  // namespace urna::test

// Skips the test without the data set; under CI its absence is a failure, so that nothing is
// skipped unnoticed.
#define URNA_NEED_DATA(set)                                                      \
  if (!std::filesystem::exists(urna::test::data_dir() / (set))) {                \
    if (std::getenv("CI") != nullptr) {                                          \
      FAIL() << "no data set " << (urna::test::data_dir() / (set)).string();     \
    }                                                                            \
    GTEST_SKIP() << "no data set " << (urna::test::data_dir() / (set)).string(); \
  }
