#include "common/daemon/terminal.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>

namespace urna::daemon {

namespace {

struct Character {
  char32_t code;
  std::size_t bytes;
};

// The first character of `text`; nullopt when its bytes are no UTF-8.
std::optional<Character> first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return Character{lead, 1};
  const std::size_t bytes = lead >> 5 == 0x6 ? 2 : lead >> 4 == 0xe ? 3 : lead >> 3 == 0x1e ? 4 : 0;
  if (bytes == 0 || text.size() < bytes) return std::nullopt;
  char32_t code = lead & (0xff >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (byte(i) >> 6 != 0x2) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = 0xd800 <= code && code <= 0xdfff;
  if (code < kLeast[bytes] || surrogate || code > 0x10ffff) return std::nullopt;
  return Character{code, bytes};
}

bool obeyed(char32_t code) {
  return code < 0x20 || (0x7f <= code && code < 0xa0) || code == 0x061c ||
         (0x200b <= code && code <= 0x200f) || (0x2028 <= code && code <= 0x202e) ||
         (0x2060 <= code && code <= 0x206f) || code == 0xfeff;
}

std::string escaped(const char* format, unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

namespace {

constexpr std::size_t kPasswordBytesMax = 1024;

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
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &both, &mask_before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    sigaction(SIGTERM, &terminate_before_, nullptr);
    sigaction(SIGINT, &interrupt_before_, nullptr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  struct sigaction interrupt_before_ = {};
  struct sigaction terminate_before_ = {};
  sigset_t mask_before_ = {};
};

}  // namespace

Result<std::string> read_password(const std::string& prompt) {
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

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    const std::size_t bytes = character ? character->bytes : 1;
    if (!character || (bytes == 1 && obeyed(character->code))) {
      out += escaped("\\x%02x", static_cast<unsigned char>(text.front()));
    } else if (obeyed(character->code)) {
      out += escaped("\\u{%x}", static_cast<unsigned>(character->code));
    } else {
      out.append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return out;
}

void complain(std::string_view program, std::string_view message) {
  std::cerr << std::string(program) + ": " + printable(message) + "\n";
}

}  // namespace urna::daemon
