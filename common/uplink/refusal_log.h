// Tells of refused peers without letting them fill the log: one line for each kind of refusal of
// each peer in a minute, with the number of those left out. Pure: the clock comes in. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace urna::uplink {

class RefusalLog {
 public:
  static constexpr std::uint64_t kSilenceMs = 60'000;
  static constexpr std::size_t kPeersMax = 1'024;

  // The line to write now, or nullopt when this was told of lately. `peer`: what was verified of
  // it, empty when nothing was, so that inventing names gains nothing.
  std::optional<std::string> note(std::string_view code, std::string_view peer,
                                  const std::string& text, std::uint64_t now_ms) {
    auto key = std::pair(std::string(code), std::string(peer));
    auto found = told_.find(key);
    if (found == told_.end() && told_.size() >= kPeersMax) {
      std::erase_if(told_, [&](const auto& one) { return one.second.until_ms <= now_ms; });
      if (told_.size() >= kPeersMax) key.second.clear();
      found = told_.find(key);
    }
    if (found == told_.end()) {
      told_.emplace(std::move(key), Told{now_ms + kSilenceMs, 0});
      return text;
    }
    Told& told = found->second;
    if (now_ms < told.until_ms) {
      ++told.left_out;
      return std::nullopt;
    }
    const std::uint64_t left_out = std::exchange(told.left_out, 0);
    told.until_ms = now_ms + kSilenceMs;
    if (left_out == 0) return text;
    return text + " (and " + std::to_string(left_out) + " times since it was last told of)";
  }

 private:
  struct Told {
    std::uint64_t until_ms;
    std::uint64_t left_out;
  };
  std::map<std::pair<std::string, std::string>, Told> told_;
};

}  // namespace urna::uplink
