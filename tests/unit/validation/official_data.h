// Reads the official results these tests are held against. A data set that is not there skips the
// test, or fails it where the environment variable CI is set.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/model/definition.h"

namespace urna::validation {

using Row = std::map<std::string, std::string>;

// The folder of one data set, under URNA_DATA or beside the source folder.
std::filesystem::path data_folder(const std::string& data_set);

// Every row of a compressed CSV table, by the names of its header. Throws when the file cannot be
// read, a row is ragged or a field is quoted (these tables have none).
std::vector<Row> read_table(const std::filesystem::path& path);

// The cell for a published figure; an empty column is an empty field.
model::Cell cell_of_text(const std::string& text);

}  // namespace urna::validation

#define URNA_NEEDS_DATA(data_set)                                               \
  if (!std::filesystem::exists(::urna::validation::data_folder(data_set))) {    \
    ASSERT_EQ(std::getenv("CI"), nullptr)                                       \
        << "no data at " << ::urna::validation::data_folder(data_set);          \
    GTEST_SKIP() << "no data at " << ::urna::validation::data_folder(data_set); \
  }                                                                             \
  static_assert(true)
