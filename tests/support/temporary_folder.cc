#include "tests/support/temporary_folder.h"

#include <cstdlib>
#include <string>

#include "common/base/check.h"

namespace urna::test {

TemporaryFolder::TemporaryFolder(const std::filesystem::path& parent) {
  std::string name = (parent / "urna-XXXXXX").string();
  URNA_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder TemporaryFolder::in_memory() {
  const std::filesystem::path shared = "/dev/shm";
  return TemporaryFolder(
      std::filesystem::is_directory(shared) ? shared : std::filesystem::temp_directory_path());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace urna::test
