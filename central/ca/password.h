// Passwords of key files: from a file or typed without being shown, never from the command line,
// where every user of the machine could read them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/base/error.h"

namespace urna::ca {

using Password = std::optional<std::string>;
using PasswordFile = std::optional<std::filesystem::path>;

// For a key about to be written to `key`: the file's only line, else typed twice. kInvalidArgument:
// empty, the two differ, or there is no terminal to ask on. kCancelled: interrupted.
Result<std::string> new_password(const std::filesystem::path& key, const PasswordFile& file);

// Of the key in `key`: none when it is not encrypted, the file's only line, else typed. The same
// errors, and those of reading `key`.
Result<Password> existing_password(const std::filesystem::path& key, const PasswordFile& file);

}  // namespace urna::ca
