// Made-up files in the shape of a data set, for tests of its reader.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace urna::drill {

class DatasetFiles {
 public:
  explicit DatasetFiles(const std::string& dataset) : dir_(folder_.path() / dataset) {
    std::filesystem::create_directory(dir_);
  }
  // What readers are given: the folder that holds the data set's.
  const std::filesystem::path& data_dir() const { return folder_.path(); }
  // Compressed when the name says so.
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name, std::ios::binary)
        << (name.ends_with(".gz") ? test::gzip(text) : text);
  }

 private:
  const test::TemporaryFolder folder_;
  const std::filesystem::path dir_;
};

}  // namespace urna::drill
