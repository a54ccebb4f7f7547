// One HTTP connection that must be done in time: all of the request within one deadline, all of the
// answer within another. A deadline for each read would let a peer that sends a byte now and then
// keep its thread for ever. Not thread-safe.
#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace urna::service {

class DeadlineStream final : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  // The time for the request runs from here, that for the answer from its first byte. `socket`
  // stays the caller's.
  DeadlineStream(int socket, std::chrono::milliseconds request_time,
                 std::chrono::milliseconds answer_time)
      : socket_(socket), read_until_(Clock::now() + request_time), answer_time_(answer_time) {}

  using httplib::Stream::write;
  bool is_readable() const override;
  bool is_writable() const override { return true; }
  // -1 when the peer is gone or the time is up.
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  // Nobody asks who it is: everything comes from this machine.
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  // False when nothing happened until the deadline.
  bool wait(short events, Clock::time_point until) const;

  const int socket_;
  const Clock::time_point read_until_;
  const std::chrono::milliseconds answer_time_;
  std::optional<Clock::time_point> write_until_;
  std::array<char, 4'096> buffer_;
  std::size_t begin_ = 0;  // of what was received and not read
  std::size_t end_ = 0;
};

}  // namespace urna::service
