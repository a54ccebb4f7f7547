#include "common/service/files.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/service/data_lock.h"
#include "tests/unit/service/temporary_folder.h"

namespace urna::service {
namespace {

std::size_t entries_of(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(Files, WritingIntoAFolderThatIsNotThereNamesTheFile) {
  const auto written = write_file_atomically("/no/such/folder/file", "x");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kNotFound);
  EXPECT_NE(written.error().message.find("/no/such/folder/file"), std::string::npos);
}

TEST(Files, AFailedReplacementLeavesTheTargetAndNothingBesideIt) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "target" / "child");
  EXPECT_FALSE(write_file_atomically(folder / "target", "x").has_value());
  EXPECT_TRUE(std::filesystem::is_directory(folder / "target" / "child"));
  EXPECT_EQ(entries_of(folder.path()), 1u);
}

// R25: media, keys, addresses and certificates are all written by this one function.
TEST(Files, AFullDiskIsToldAndTheOldFileStands) {
  const TemporaryFolder folder;
  const auto disk = folder / "disk";
  std::filesystem::create_directories(disk);
  if (::mount("none", disk.c_str(), "tmpfs", 0, "size=64k,mode=700") != 0) {
    GTEST_SKIP() << "a file system cannot be mounted here";
  }
  const std::string old_bytes(20'000, 'a');
  EXPECT_TRUE(write_file_atomically(disk / "file", old_bytes).has_value());
  const auto written = write_file_atomically(disk / "file", std::string(60'000, 'b'));
  EXPECT_FALSE(written.has_value());
  const Error error = written ? Error{} : written.error();
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_NE(error.message.find((disk / "file").string()), std::string::npos) << error.message;
  EXPECT_EQ(read_file(disk / "file", 100'000).value(), old_bytes);
  EXPECT_EQ(entries_of(disk), 1u);
  EXPECT_TRUE(write_file_atomically(disk / "file", "c").has_value()) << "it goes on";
  ::umount2(disk.c_str(), MNT_DETACH);
}

TEST(Files, ADeviceIsNotReplacedByAFile) {
  const auto written = write_file_atomically("/dev/full", "x");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(Files, AFileIsReplacedWhole) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  ASSERT_TRUE(write_file_atomically(file, std::string(200'000, 'a')).has_value());
  ASSERT_TRUE(write_file_atomically(file, std::string("b\0c", 3)).has_value());
  EXPECT_EQ(read_file(file, 100).value(), std::string("b\0c", 3));
  EXPECT_EQ(entries_of(folder.path()), 1u);
}

TEST(Files, ThePermissionIsTheOneAskedForWhateverTheMask) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0077);
  ASSERT_TRUE(write_file_atomically(folder / "public", "x", 0644).has_value());
  ::umask(0);
  ASSERT_TRUE(write_file_atomically(folder / "secret", "x", 0600).has_value());
  ::umask(before);
  struct stat info{};
  ASSERT_EQ(::stat((folder / "public").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0644u);
  ASSERT_EQ(::stat((folder / "secret").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
}

TEST(Files, AFileOverTheLimitIsRefusedAndOneAtTheLimitIsRead) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "file", "12345").has_value());
  EXPECT_EQ(read_file(folder / "file", 5).value(), "12345");
  const auto read = read_file(folder / "file", 4);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kTooLarge);
}

TEST(Files, AnEndlessFileIsRefusedAtTheLimit) {
  EXPECT_EQ(read_file("/dev/zero", 1000).error().code, ErrorCode::kTooLarge);
}

TEST(Files, AFolderCannotBeReadAsAFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_file(folder.path(), 10).error().code, ErrorCode::kUnavailable);
}

TEST(Files, AnAddressFileHoldsOneLine) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_address_file(folder / "address", "127.0.0.1:8080").has_value());
  EXPECT_EQ(read_file(folder / "address", 100).value(), "127.0.0.1:8080\n");
}

TEST(DataLock, ASecondHolderIsRefusedAndTheFirstNamed) {
  const TemporaryFolder folder;
  const auto first = DataLock::take(folder / "data");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const auto second = DataLock::take(folder / "data");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kLocked);
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().message;
}

TEST(DataLock, ItIsFreeAgainWhenItsHolderIsKilled) {
  const TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = DataLock::take(folder / "data");
    [[maybe_unused]] const ssize_t told = ::write(ready[1], lock ? "y" : "n", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  EXPECT_EQ(DataLock::take(folder / "data").error().code, ErrorCode::kLocked);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(DataLock::take(folder / "data").has_value());
}

TEST(DataLock, ANewDataFolderIsForItsOwnerAlone) {
  const TemporaryFolder folder;
  const auto lock = DataLock::take(folder / "data");
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(std::filesystem::status(folder / "data").permissions(),
            std::filesystem::perms::owner_all);
}

TEST(DataLock, AFileInPlaceOfTheFolderIsRefused) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "data", "x").has_value());
  EXPECT_FALSE(DataLock::take(folder / "data").has_value());
}

}  // namespace
}  // namespace urna::service
