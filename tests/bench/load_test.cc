#include "tests/bench/load.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "common/base/clock.h"
#include "common/node/seal.h"
#include "common/trust/certificate_book.h"
#include "common/trust/sha256.h"
#include "tests/support/temporary_folder.h"

namespace urna::bench {
namespace {

class Stored : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes) {
    const auto file = folder_.path() / "stream";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  static std::string number(std::uint32_t value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
  const test::TemporaryFolder folder_;
};

using StreamFileTest = Stored;

TEST_F(StreamFileTest, ThatIsNotThereIsNotFound) {
  const auto file = StreamFile::open(folder_.path() / "none");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
}

TEST_F(StreamFileTest, ThatIsEmptyHasNoBatches) {
  const auto file = StreamFile::open(write(""));
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->frames().empty());
}

TEST_F(StreamFileTest, ThatIsCutOffIsCorruptWhereverItEnds) {
  const std::string whole = number(2) + number(5) + "batch";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto file = StreamFile::open(write(whole.substr(0, size)));
    ASSERT_FALSE(file.has_value()) << size;
    EXPECT_EQ(file.error().code, ErrorCode::kCorrupt);
  }
  const auto file = StreamFile::open(write(whole));
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->frames().size(), 1U);
  EXPECT_EQ(file->frames()[0].records, 2U);
  EXPECT_EQ(file->frames()[0].batch, "batch");
}

// Everything a load says of itself, found again in its files as a node reads them.
TEST(Load, ItsBatchesHoldEveryRecordOnceInOrderWithTheLicencesTheyNeed) {
  const test::TemporaryFolder folder;
  const Country country({Shape::kParliament, 40, 2, 1});
  const auto office = Office::open(country, wall_clock_ms());
  ASSERT_TRUE(office.has_value()) << office.error().message;
  std::atomic<std::size_t> told{0};
  const auto load = Load::make(country, *office, folder.path(), {3, {7, 256}},
                               [&](std::size_t records) { told += records; });
  ASSERT_TRUE(load.has_value()) << load.error().message;
  EXPECT_EQ(load->records(), 80U);
  EXPECT_EQ(told, 80U);
  EXPECT_EQ(load->licences(), 40U);
  for (const std::size_t size : {std::size_t{7}, std::size_t{256}}) {
    for (std::size_t s = 0; s < 3; ++s) {
      trust::CertificateBook certificates(office->anchors());
      const auto file = StreamFile::open(stream_file(load->files(size), s));
      ASSERT_TRUE(file.has_value());
      std::size_t at = 0;
      std::uint64_t sequence = 0;
      for (const Frame& frame : file->frames()) {
        v1::SignedBatch sealed;
        ASSERT_TRUE(
            sealed.ParseFromArray(frame.batch.data(), static_cast<int>(frame.batch.size())));
        const auto opened =
            node::open_batch(sealed, {country.voivodeship(s)}, certificates, node::run_in_turn);
        ASSERT_EQ(opened.refusal, node::BatchRefusal::kNone) << opened.detail;
        EXPECT_EQ(opened.sequence, ++sequence);
        EXPECT_LE(opened.entries.size(), size);
        EXPECT_EQ(opened.entries.size(), frame.records);
        for (const auto& entry : opened.entries) {
          const auto* record = std::get_if<trust::OpenedRecord>(&entry.opened);
          ASSERT_NE(record, nullptr);
          EXPECT_EQ(record->id, load->streams()[s].at(at).id);
          EXPECT_EQ(trust::digest_of(record->bytes), load->streams()[s][at].bytes);
          ++at;
        }
      }
      EXPECT_EQ(at, load->streams()[s].size());
    }
  }
}

}  // namespace
}  // namespace urna::bench
