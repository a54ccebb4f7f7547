// A fresh folder, removed with all that is in it.
#pragma once

#include <filesystem>

namespace urna::test {

class TemporaryFolder {
 public:
  // Under TMPDIR, else /tmp. Stops the program when it cannot be made: no test can go on.
  TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
  // In memory where the system has such a folder, so that flushing files costs nothing.
  static TemporaryFolder in_memory();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(const std::filesystem::path& parent);

  std::filesystem::path path_;
};

}  // namespace urna::test
