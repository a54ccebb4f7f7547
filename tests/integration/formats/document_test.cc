// The worked example of docs/formats.md against this library and against the independent verifier.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/base/bytes.h"
#include "common/journal/merkle.h"
#include "common/model/strict.h"
#include "common/trust/key.h"
#include "common/trust/record.h"
#include "common/trust/sha256.h"
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

TEST(FreshExample, CanBeReadBack) {
  const Example example = read_example("```urna-example\n" + make_example() + "```\n");
  EXPECT_EQ(example.size(), 13U);
  EXPECT_EQ(example.at("record_id").size(), 64U);
}

}  // namespace urna::formats
