// How many connections a server may hold with the file descriptors the system gives it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/error.h"

namespace urna::uplink {

// Left for everything but connections from below: databases, logs, pages, streams to above.
inline constexpr std::size_t kDescriptorsReserved = 192;
// Connections beside those that carry streams: handshakes under way, health checks.
inline constexpr std::size_t kConnectionsBeside = 256;
// A server that could hold fewer connections than this does not start.
inline constexpr std::size_t kConnectionsMin = 16;

struct DescriptorPlan {
  std::size_t connections_max = 0;
  std::size_t streams_max = 0;  // as asked for, or fewer when descriptors do not suffice
  // A new connection whose descriptor would be this or higher is one too many: the system gives the
  // lowest number free, so all below are in use. Those above are left for everything else.
  int descriptor_end = 0;
};

// `limit`: descriptors the process may have; `open` of them are in use now. Pure.
// kInvalidArgument when fewer than kConnectionsMin would be left.
Result<DescriptorPlan> plan_descriptors(std::uint64_t limit, std::size_t open,
                                        std::size_t streams_max);

// Raises the limit of this process (RLIMIT_NOFILE) to the highest it may set itself and returns it.
std::uint64_t raise_descriptor_limit();

// Descriptors of this process in use now.
std::size_t descriptors_open();

}  // namespace urna::uplink
