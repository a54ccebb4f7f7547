// A fresh folder, removed with all that is in it.
#pragma once

#include <filesystem>

namespace urna::test {

class TemporaryFolder {
 public:
  // Under TMPDIR, else /tmp. Stops the program when it cannot be made: no test can go on.
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace urna::test
