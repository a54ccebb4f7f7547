// The independent verifier (verify.py, written from docs/formats.md) on files made by this library.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/model/definition.h"
#include "common/node/transfer_file.h"
#include "tests/integration/formats/sample.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace urna::formats {

namespace {

using testing::HasSubstr;

struct Verdict {
  bool accepted;
  std::string said;
};

class IndependentVerifier : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) {
    const std::filesystem::path path = folder_.path() / name;
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path.string();
  }

  Verdict verify(const std::string& trust, const std::string& definition,
                 const std::string& medium) {
    auto ran = test::run({URNA_PYTHON, "-B", URNA_SOURCE_DIR "/tests/integration/formats/verify.py",
                          "--trust", write("trust.pem", trust), "--definition",
                          write("definition", definition), "--medium", write("medium", medium)});
    if (ran) return {true, *ran};
    EXPECT_EQ(ran.error().message.find("Traceback"), std::string::npos) << ran.error().message;
    return {false, ran.error().message};
  }

  Verdict verify(const std::string& medium) {
    return verify(sample_.trust_pem(), sample_.definition_file(), medium);
  }

  // What this library says of the same medium.
  bool library_accepts(const std::string& medium) {
    trust::CertificateBook certificates(sample_.anchors());
    return node::read_medium(medium, certificates).has_value();
  }

  std::vector<Bytes> council_and_mayor() {
    return {sample_.sign(sample_.council_protocol(1, 120, 80)),
            sample_.sign(sample_.council_protocol(2, 70, 30)),
            sample_.sign(sample_.mayor_protocol(1, 101, 99))};
  }

  Sample sample_;
  test::TemporaryFolder folder_;
};

}  // namespace

TEST_F(IndependentVerifier, NamesAFlippedBitWhereverItIsInTheMedium) {
  const std::string good = sample_.medium({sample_.sign(sample_.mayor_protocol(1, 10, 20))});
  // Steps of a prime, so that every field of the file is met somewhere.
  for (std::size_t at = 0; at < good.size(); at += 67) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1 << at % 8);
    const Verdict verdict = verify(bad);
    EXPECT_FALSE(verdict.accepted) << "byte " << at;
    EXPECT_THAT(verdict.said, HasSubstr("fault: ")) << "byte " << at;
    EXPECT_FALSE(library_accepts(bad)) << "byte " << at;
  }
}

TEST_F(IndependentVerifier, NamesAFlippedBitWhereverItIsInTheDefinition) {
  const std::string good = sample_.definition_file();
  const std::string medium = sample_.medium(council_and_mayor());
  for (std::size_t at = 0; at < good.size(); at += 997) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1 << at % 8);
    const Verdict verdict = verify(sample_.trust_pem(), bad, medium);
    EXPECT_FALSE(verdict.accepted) << "byte " << at;
    EXPECT_THAT(verdict.said, HasSubstr("fault: ")) << "byte " << at;
  }
}

TEST_F(IndependentVerifier, RefusesAMediumThatIsCutOffAtAnyBatch) {
  const auto batches = sample_.batches(council_and_mayor(), 1);
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_THAT(verify(node::write_medium({batches[0], batches[1]})).said,
              HasSubstr("fault: the medium ends before its last batch"));
  EXPECT_THAT(verify(node::write_medium({batches[0], batches[2]})).said,
              HasSubstr("fault: batch 2: out of order"));
  const std::string whole = node::write_medium(batches);
  EXPECT_THAT(verify(whole.substr(0, whole.size() - 1)).said,
              HasSubstr("fault: the medium is cut off"));
}

// A node can seal any bytes into a batch: the record's own signature must say so.
TEST_F(IndependentVerifier, NamesARecordWhoseSignatureDoesNotHoldInABatchThatDoes) {
  auto records = council_and_mayor();
  records[1].back() = static_cast<char>(records[1].back() ^ 1);
  EXPECT_THAT(verify(sample_.medium(records)).said, HasSubstr("fault: record 1: bad signature"));
}

TEST_F(IndependentVerifier, NamesTheBrokenSum) {
  const auto verdict_on = [&](std::size_t point, std::uint32_t figure) {
    v1::Body body = sample_.mayor_protocol(1, 10, 20);
    body.mutable_protocol()->set_points(static_cast<int>(point), model::cell_of(figure));
    return verify(sample_.medium({sample_.sign(body)})).said;
  };
  // mayor-2014: p1 p1a p1b p2 p3 p4 p4a p4b p5 p6 p7 p7a p7b p7c p7d p7e p8 p8a p9 p10 p11 …
  EXPECT_THAT(verdict_on(5, 401), HasSubstr("140101-1 mayor-140101/1: E1"));
  EXPECT_THAT(verdict_on(16, 34), HasSubstr("140101-1 mayor-140101/1: E2"));
  EXPECT_THAT(verdict_on(20, 4), HasSubstr("140101-1 mayor-140101/1: E3"));
  v1::Body body = sample_.mayor_protocol(1, 10, 20);
  body.mutable_protocol()->set_votes(1, model::cell_of(21));
  EXPECT_THAT(verify(sample_.medium({sample_.sign(body)})).said,
              HasSubstr("140101-1 mayor-140101/1: E4"));
}

TEST_F(IndependentVerifier, NamesAnotherSliceAndAnotherChair) {
  v1::Body body = sample_.mayor_protocol(1, 10, 20);
  EXPECT_THAT(verify(sample_.medium({sample_.sign_as("140101-2", body)})).said,
              HasSubstr("a chair at 140101-2 may not sign this protocol"));
  body.mutable_protocol()->set_slice(std::string(32, 'x'));
  EXPECT_THAT(verify(sample_.medium({sample_.sign(body)})).said, HasSubstr("wrong slice"));
}

TEST_F(IndependentVerifier, TrustsNoOtherElectionsAuthorities) {
  const Sample other;
  EXPECT_THAT(verify(other.trust_pem(), sample_.definition_file(), sample_.medium({})).said,
              HasSubstr("not issued by this election's authority"));
  EXPECT_THAT(verify(sample_.trust_pem(), other.definition_file(), sample_.medium({})).said,
              HasSubstr("not issued by this election's authority"));
}

TEST_F(IndependentVerifier, AddsUpWhatTheMediumCarries) {
  const std::string medium = sample_.medium(council_and_mayor(), 2);
  ASSERT_TRUE(library_accepts(medium));
  const Verdict verdict = verify(medium);
  ASSERT_TRUE(verdict.accepted) << verdict.said;
  // 120 + 70, 80 + 30; 400 eligible voters a precinct.
  EXPECT_THAT(verdict.said,
              HasSubstr("council-1/1: protocols 2 eligible 800 valid_votes 300 votes 1=190 2=110"));
  EXPECT_THAT(
      verdict.said,
      HasSubstr("mayor-140101/1: protocols 1 eligible 400 valid_votes 200 votes A=101 B=99"));
}

TEST_F(IndependentVerifier, CountsARecordOnceAndTwoBodiesOfOnePlaceNotAtAll) {
  const Bytes once = sample_.sign(sample_.mayor_protocol(1, 10, 20));
  const std::string twice = verify(sample_.medium({once, once})).said;
  EXPECT_THAT(twice,
              HasSubstr("mayor-140101/1: protocols 1 eligible 400 valid_votes 30 votes A=10 B=20"));
  const std::string two =
      verify(sample_.medium({once, sample_.sign(sample_.mayor_protocol(1, 9, 21))})).said;
  EXPECT_THAT(two, HasSubstr("not counted: 140101-1 mayor-140101/1"));
}

}  // namespace urna::formats
