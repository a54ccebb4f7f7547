#include "tests/bench/usage.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>

namespace urna::bench {

namespace {

// Empty when the process is gone, before or while it is read: a stream would throw then.
std::string read_all(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::string text;
  char buffer[4'096];
  for (ssize_t got; (got = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(descriptor);
  return text;
}

std::optional<ProcessStat> stat_of(pid_t process) {
  return parse_stat(read_all("/proc/" + std::to_string(process) + "/stat"));
}

std::optional<std::uint64_t> status_kib(pid_t process, std::string_view field) {
  std::istringstream in(read_all("/proc/" + std::to_string(process) + "/status"));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(field) || line.substr(field.size(), 1) != ":") continue;
    return std::stoull(line.substr(field.size() + 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view text) {
  // The name stands in brackets and may hold anything, brackets too.
  const std::size_t end = text.rfind(')');
  if (end == std::string_view::npos) return std::nullopt;
  std::istringstream fields{std::string(text.substr(end + 1))};
  std::string state;
  ProcessStat stat;
  fields >> state >> stat.parent;
  // Fields 14 to 17 of proc(5); two of them have been read behind the name.
  std::string skipped;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  std::uint64_t children_user = 0;
  std::uint64_t children_system = 0;
  if (!(fields >> user >> system >> children_user >> children_system)) return std::nullopt;
  const auto tick = static_cast<double>(::sysconf(_SC_CLK_TCK));
  stat.cpu_s = static_cast<double>(user + system) / tick;
  stat.children_cpu_s = static_cast<double>(children_user + children_system) / tick;
  return stat;
}

double cpu_seconds(pid_t process) {
  const auto stat = stat_of(process);
  return stat ? stat->cpu_s : 0;
}

double family_cpu_seconds(pid_t process) {
  const auto parent = stat_of(process);
  if (!parent) return 0;
  double total = parent->cpu_s + parent->children_cpu_s;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto child = stat_of(static_cast<pid_t>(std::stol(name)));
    if (child && child->parent == process) total += child->cpu_s + child->children_cpu_s;
  }
  return total;
}

std::optional<std::uint64_t> resident_kib(pid_t process) { return status_kib(process, "VmRSS"); }
std::optional<std::uint64_t> peak_resident_kib(pid_t process) {
  return status_kib(process, "VmHWM");
}

}  // namespace urna::bench
