#include "central/ca/password.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "common/service/files.h"

namespace urna::ca {

namespace {

constexpr std::size_t kPasswordBytesMax = 1024;
constexpr std::size_t kPemBytesMax = 64 * 1024;

// Typed characters are not shown while this object lives. Ctrl-C then ends the read instead of the
// process, which would leave the terminal silent.
class SilentTerminal {
 public:
  SilentTerminal() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    struct sigaction interrupt = {};
    interrupt.sa_handler = [](int) {};
    sigaction(SIGINT, &interrupt, &interrupt_before_);
    sigaction(SIGTERM, &interrupt, &terminate_before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    sigaction(SIGTERM, &terminate_before_, nullptr);
    sigaction(SIGINT, &interrupt_before_, nullptr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  struct sigaction interrupt_before_ = {};
  struct sigaction terminate_before_ = {};
};

Result<std::string> ask(const std::string& prompt) {
  if (isatty(STDIN_FILENO) == 0) {
    return fail(ErrorCode::kInvalidArgument,
                prompt + ": name a file with the password, there is no terminal to ask on");
  }
  const SilentTerminal silent;
  std::cerr << prompt << ": " << std::flush;
  char line[kPasswordBytesMax];
  const ssize_t got = ::read(STDIN_FILENO, line, sizeof line);
  if (got <= 0 || line[got - 1] != '\n') {
    return fail(ErrorCode::kCancelled, "no password was typed");
  }
  return std::string(line, static_cast<std::size_t>(got - 1));
}

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
  auto first = ask("New password for " + key.string());
  if (!first) return first;
  if (first->empty())
    return fail(ErrorCode::kInvalidArgument, "an empty password protects nothing");
  const auto second = ask("The same password again");
  if (!second) return second;
  if (*first != *second) return fail(ErrorCode::kInvalidArgument, "the two passwords differ");
  return first;
}

Result<Password> existing_password(const std::filesystem::path& key, const PasswordFile& file) {
  const auto pem = service::read_file(key, kPemBytesMax);
  if (!pem) return std::unexpected(pem.error());
  if (pem->find("ENCRYPTED PRIVATE KEY") == pem->npos) return Password();
  auto password = file ? from_file(*file) : ask("Password for " + key.string());
  if (!password) return std::unexpected(std::move(password.error()));
  return Password(*std::move(password));
}

}  // namespace urna::ca
