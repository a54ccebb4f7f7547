// What processes have used, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace urna::bench {

struct ProcessStat {
  pid_t parent = 0;
  double cpu_s = 0;           // its own
  double children_cpu_s = 0;  // of children that ended and were waited for
};
// Of the text of /proc/PID/stat; nullopt when it has another form.
std::optional<ProcessStat> parse_stat(std::string_view text);

// Processor time of a process in seconds, user and system; 0 when it is gone.
double cpu_seconds(pid_t process);
// The same of a process with all its children, those that ended included: a PostgreSQL server.
double family_cpu_seconds(pid_t process);
// Resident memory, KiB: now, and the most it ever was; nullopt when the process is gone.
std::optional<std::uint64_t> resident_kib(pid_t process);
std::optional<std::uint64_t> peak_resident_kib(pid_t process);

}  // namespace urna::bench
