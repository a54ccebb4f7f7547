#include "central/ca/password.h"

#include "common/daemon/terminal.h"
#include "common/service/files.h"

namespace urna::ca {

namespace {

constexpr std::size_t kPasswordBytesMax = 1024;
constexpr std::size_t kPemBytesMax = 64 * 1024;

Result<std::string> from_file(const std::filesystem::path& file) {
  auto text = service::read_file(file, kPasswordBytesMax);
  if (!text) return std::unexpected(std::move(text.error()));
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (text->empty() || text->find('\n') != text->npos) {
    return fail(ErrorCode::kInvalidArgument, file.string() + " must hold one line, the password");
  }
  return *std::move(text);
}

}  // namespace

Result<std::string> new_password(const std::filesystem::path& key, const PasswordFile& file) {
  if (file) return from_file(*file);
  auto first = daemon::read_password("New password for " + key.string());
  if (!first) return first;
  if (first->empty())
    return fail(ErrorCode::kInvalidArgument, "an empty password protects nothing");
  const auto second = daemon::read_password("The same password again");
  if (!second) return second;
  if (*first != *second) return fail(ErrorCode::kInvalidArgument, "the two passwords differ");
  return first;
}

Result<Password> existing_password(const std::filesystem::path& key, const PasswordFile& file) {
  const auto pem = service::read_file(key, kPemBytesMax);
  if (!pem) return std::unexpected(pem.error());
  if (pem->find("ENCRYPTED PRIVATE KEY") == pem->npos) return Password();
  auto password = file ? from_file(*file) : daemon::read_password("Password for " + key.string());
  if (!password) return std::unexpected(std::move(password.error()));
  return Password(*std::move(password));
}

}  // namespace urna::ca
