#include "tests/support/temporary_folder.h"

#include <cstdlib>
#include <string>

#include "common/base/check.h"

namespace urna::test {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "urna-XXXXXX").string();
  URNA_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace urna::test
