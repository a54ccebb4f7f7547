// The worked example of docs/formats.md against this library and against the independent verifier.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/base/bytes.h"
#include "common/journal/merkle.h"
#include "common/model/strict.h"
#include "common/node/events.h"
#include "common/node/seal.h"
#include "common/node/transfer_file.h"
#include "common/trust/key.h"
#include "common/trust/record.h"
#include "common/trust/role.h"
#include "common/trust/sha256.h"
#include "common/validation/check.h"
#include "tests/integration/formats/example.h"
#include "tests/support/process.h"
#include "urna/v1/body.pb.h"
#include "urna/v1/record.pb.h"

namespace urna::formats {

namespace {

constexpr const char* kDocument = URNA_SOURCE_DIR "/docs/formats.md";

std::string read_document() {
  std::ifstream in(kDocument);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class DocumentedExample : public testing::Test {
 protected:
  Bytes bytes(std::string_view name) const {
    const auto found = example_.find(name);
    if (found == example_.end()) {
      ADD_FAILURE() << "the document's example has no line '" << name << "'";
      return {};
    }
    auto decoded = from_hex(found->second);
    EXPECT_TRUE(decoded) << name << " is not hexadecimal";
    return decoded.value_or("");
  }

  const Example example_ = read_example(read_document());
};

}  // namespace

TEST_F(DocumentedExample, NamesEveryHashAsTheLibraryComputesIt) {
  v1::SignedRecord record;
  ASSERT_TRUE(model::parse_strict(bytes("record"), record, "record"));
  EXPECT_EQ(model::serialise(record), bytes("record"));
  EXPECT_EQ(record.payload(), bytes("payload"));
  EXPECT_EQ(record.signature(), bytes("signature"));
  EXPECT_EQ(record.key_id(), bytes("key_id"));
  EXPECT_EQ(trust::key_id_of(bytes("certificate")).view(), bytes("key_id"));
  v1::Payload payload;
  ASSERT_TRUE(payload.ParseFromString(record.payload()));
  EXPECT_EQ(payload.body(), bytes("body"));
  EXPECT_EQ(payload.header().manifest(), bytes("manifest"));
  EXPECT_EQ(trust::statement_of(payload.body()).view(), bytes("statement_id"));
  EXPECT_EQ("\"" + trust::pae_prefix(record.payload_type(), record.payload()) + "\"",
            example_.at("pae_prefix"));
  const RecordId id = trust::record_id_of(record.payload_type(), record.payload());
  EXPECT_EQ(id.view(), bytes("record_id"));
  EXPECT_EQ(trust::digest_of(bytes("record")).view(), bytes("record_sha256"));
  EXPECT_EQ(journal::hash_view(journal::record_leaf(bytes("record"), id)), bytes("leaf"));
}

TEST_F(DocumentedExample, StatesTheFiguresTheTextReadsFromIt) {
  v1::Body body;
  ASSERT_TRUE(model::parse_strict(bytes("body"), body, "body"));
  const v1::Protocol& protocol = body.protocol();
  EXPECT_EQ(protocol.place().unit(), "140101-1");
  EXPECT_EQ(protocol.place().contest(), "mayor-140101");
  EXPECT_EQ(protocol.slice(), bytes("slice"));
  // 10 votes for A, 20 for B: cells 11 and 21.
  ASSERT_EQ(protocol.votes_size(), 2);
  EXPECT_EQ(protocol.votes(0), 11U);
  EXPECT_EQ(protocol.votes(1), 21U);
}

TEST_F(DocumentedExample, HoldsBeforeTheIndependentVerifier) {
  const auto ran =
      test::run({URNA_PYTHON, "-B", URNA_SOURCE_DIR "/tests/integration/formats/check_document.py",
                 kDocument});
  EXPECT_TRUE(ran) << ran.error().message;
}

// The closed lists of sections 3, 4 and 13, in backquotes.
TEST(Document, NamesEveryCodeRoleAndType) {
  const std::string document = read_document();
  const auto expect_named = [&](std::string_view word) {
    EXPECT_NE(document.find("`" + std::string(word) + "`"), std::string::npos) << word;
  };
  for (const trust::RefusalCode code : trust::kAllRefusalCodes) {
    expect_named(trust::refusal_code_name(code));
  }
  for (auto code = static_cast<int>(node::BatchRefusal::kMalformed);
       code <= static_cast<int>(node::BatchRefusal::kTooLarge); ++code) {
    expect_named(node::batch_refusal_name(static_cast<node::BatchRefusal>(code)));
  }
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    expect_named(error_code_name(static_cast<ErrorCode>(code)));
  }
  for (const trust::Role role : trust::kAllRoles) expect_named(trust::role_name(role));
  for (const trust::Kind kind : trust::kAllKinds) expect_named(trust::kind_name(kind));
}

TEST(Document, StatesTheLimitsOfTheCode) {
  const std::string document = read_document();
  const std::pair<const char*, std::string> rows[] = {
      {"a record", std::to_string(trust::kRecordBytesMax)},
      {"a manifest's record", std::to_string(trust::kManifestBytesMax)},
      {"a figure", std::to_string(model::kFigureMax)},
      {"a batch", std::to_string(node::kBatchRecordsMax) + " records; 1 MiB"},
      {"`SignedBatch.payload`", std::to_string(node::kSignedBatchBytesMax >> 20) + " MiB"},
      {"in one batch: blobs; certificates among them; notices; missing",
       std::to_string(node::kBatchBlobsMax) + "; " + std::to_string(node::kBatchCertificatesMax) +
           "; " + std::to_string(node::kBatchNoticesMax) + "; " +
           std::to_string(node::kBatchMissingMax)},
      {"a `FollowRequest`", "256 KiB; " + std::to_string(node::kWantedMax)},
      {"a transfer file", std::to_string(node::kTransferFileBytesMax >> 20) + " MiB"},
      {"unanswered batches in a stream", std::to_string(node::kBatchesInFlightMax)},
      {"rules of a form; terms of a comparison",
       std::to_string(validation::kRulesMax) + "; " + std::to_string(validation::kTermsMax)},
      {"remarks; explanations; members", std::to_string(validation::kRemarksMax) + "; " +
                                             std::to_string(validation::kExplanationsMax) + "; " +
                                             std::to_string(validation::kMembersMax)},
      {"a remark or explanation; a name; a seat",
       std::to_string(validation::kRemarkBytesMax) + "; " +
           std::to_string(validation::kNameBytesMax) + "; " +
           std::to_string(validation::kSeatBytesMax) + " bytes"},
      {"opening, closing", std::to_string(validation::kMinutesMax)},
      {"findings; fields in one", std::to_string(validation::kFindingsMax) + "; " +
                                      std::to_string(validation::kFindingPointsMax)},
  };
  EXPECT_EQ(node::kBatchBytesMax, std::size_t{1} << 20);
  std::string plain = document;  // "262,144" is 262144
  for (std::size_t at = 1; at + 1 < plain.size(); ++at) {
    if (plain[at] == ',' && std::isdigit(plain[at - 1]) && std::isdigit(plain[at + 1])) {
      plain.erase(at, 1);
    }
  }
  for (const auto& [what, limit] : rows) {
    const std::string row = std::string("| ") + what + " | " + limit;
    EXPECT_NE(plain.find(row), std::string::npos) << row;
  }
}

// Every place in backquotes that traceability.md names is there, and every test it names exists.
TEST(Document, TracesOnlyToWhatExists) {
  const auto ran =
      test::run({URNA_PYTHON, "-B", URNA_SOURCE_DIR "/tests/integration/formats/check_traces.py",
                 URNA_SOURCE_DIR});
  EXPECT_TRUE(ran) << ran.error().message;
}

TEST(FreshExample, CanBeReadBack) {
  const Example example = read_example("```urna-example\n" + make_example() + "```\n");
  EXPECT_EQ(example.size(), 13U);
  EXPECT_EQ(example.at("record_id").size(), 64U);
}

}  // namespace urna::formats
