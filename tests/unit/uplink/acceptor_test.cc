#include "common/uplink/acceptor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace urna::uplink {
namespace {

std::string fresh_path() { return "/tmp/urna-acceptor-" + std::to_string(::getpid()) + ".sock"; }

TEST(Acceptor, AnAddressThatCannotBeBoundIsNamedWithTheReason) {
  const auto first = Acceptor::bind("127.0.0.1:0");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const struct {
    std::string address;
    std::string why;
  } cases[] = {{(*first)->address(), "Address already in use"},
               {"unix:/no/such/folder/x", "No such file or directory"},
               {"192.0.2.1:0", "Cannot assign requested address"},
               {"unix:" + std::string(200, 'x'), "1 to 107 bytes"},
               {"127.0.0.1", "no port"}};
  for (const auto& [address, why] : cases) {
    const auto bound = Acceptor::bind(address);
    ASSERT_FALSE(bound.has_value()) << address;
    EXPECT_EQ(bound.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(bound.error().message.find("cannot listen on " + address + ": "), 0U);
    EXPECT_NE(bound.error().message.find(why), std::string::npos) << bound.error().message;
  }
  EXPECT_FALSE(Acceptor::bind("127.0.0.1:http!").has_value());
}

TEST(Acceptor, AUnixSocketReplacesOneLeftThereAndIsRemovedInTheEnd) {
  const std::string path = fresh_path();
  // Left behind by a program that was killed.
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::mknod(path.c_str(), S_IFSOCK | 0600, 0), 0);
  ::close(left);
  {
    const auto acceptor = Acceptor::bind("unix:" + path);
    ASSERT_TRUE(acceptor.has_value()) << acceptor.error().message;
    EXPECT_TRUE(std::filesystem::is_socket(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Acceptor, AFileThatIsNoSocketIsLeftAlone) {
  const std::string path = fresh_path();
  std::ofstream(path) << "precious";
  EXPECT_FALSE(Acceptor::bind("unix:" + path).has_value());
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
  std::filesystem::remove(path);
}

TEST(Acceptor, IPv6AddressesStandInBrackets) {
  const auto acceptor = Acceptor::bind("[::1]:0");
  if (!acceptor) GTEST_SKIP() << acceptor.error().message;
  EXPECT_EQ((*acceptor)->address().find("[::1]:"), 0U);
  EXPECT_NE((*acceptor)->address(), "[::1]:0");
}

}  // namespace
}  // namespace urna::uplink
