#include "common/uplink/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

namespace urna::uplink {

Result<DescriptorPlan> plan_descriptors(std::uint64_t limit, std::size_t open,
                                        std::size_t streams_max) {
  const std::uint64_t taken = open + kDescriptorsReserved;
  const std::uint64_t available = limit > taken ? limit - taken : 0;
  if (available < kConnectionsMin) {
    return fail(ErrorCode::kInvalidArgument,
                "a limit of " + std::to_string(limit) +
                    " open files is too low for a server: raise it to at least " +
                    std::to_string(taken + streams_max + kConnectionsBeside) +
                    " (ulimit -n, LimitNOFILE=)");
  }
  DescriptorPlan plan;
  const std::uint64_t wanted = streams_max + kConnectionsBeside;
  plan.connections_max = static_cast<std::size_t>(std::min(wanted, available));
  plan.streams_max = std::min(streams_max, plan.connections_max);
  plan.descriptor_end = static_cast<int>(
      std::min<std::uint64_t>(open + plan.connections_max, std::numeric_limits<int>::max()));
  return plan;
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

std::size_t descriptors_open() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  if (error) return 64;
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace urna::uplink
