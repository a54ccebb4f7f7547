// Two decoders, one format: the library's and the one written from docs/formats.md, section 2, must
// say the same of any bytes.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "common/base/bytes.h"
#include "common/model/strict.h"
#include "tests/integration/formats/sample.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"
#include "urna/v1/body.pb.h"

namespace urna::formats {

namespace {

constexpr unsigned kSeed = 2014;
constexpr std::size_t kMutants = 4'000;

// One body of every kind, with every field of the format somewhere.
std::vector<Bytes> seeds() {
  const Sample sample;
  v1::Body protocol = sample.council_protocol(1, 300, 70);
  v1::Protocol& full = *protocol.mutable_protocol();
  full.set_revision(2);
  full.set_supersedes(std::string(32, 's'));
  full.add_remarks()->set_point("14");
  full.mutable_remarks(0)->set_text("za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87");
  full.add_explanations()->set_code("W3");
  full.add_members()->set_function(v1::MEMBER_FUNCTION_DEPUTY);
  full.mutable_members(0)->set_signed_(true);
  full.set_opened_min(0);
  full.set_closed_min(1'260);
  full.set_origin(v1::ENTRY_ORIGIN_EMERGENCY);
  std::vector<v1::Body> bodies(6, v1::Body());
  bodies[0] = protocol;
  bodies[1].mutable_revocation()->set_key_id(std::string(32, 'k'));
  bodies[2].mutable_settlement()->add_set_aside(std::string(32, 'a'));
  bodies[2].mutable_settlement()->add_set_aside(std::string(32, 'b'));
  bodies[3].mutable_lot()->add_winners()->set_candidate(3);
  v1::TerritorialProtocol& territorial = *bodies[4].mutable_territorial();
  territorial.set_kind(v1::TerritorialProtocol::KIND_FINAL);
  territorial.add_points(1'000'000'000'000);
  territorial.add_outcomes()->set_outcome("elected");
  bodies[5].mutable_manifest()->add_slices()->set_round(1);
  bodies[5].mutable_manifest()->set_version(~std::uint64_t{0});
  std::vector<Bytes> bytes;
  for (const v1::Body& body : bodies) bytes.push_back(model::serialise(body));
  return bytes;
}

// A few small wounds: changed, lost, repeated and foreign bytes.
Bytes mutate(Bytes bytes, const std::vector<Bytes>& seeds, std::mt19937& random) {
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  for (std::size_t wounds = 1 + below(3); wounds > 0; --wounds) {
    const std::size_t at = below(bytes.size() + 1);
    const std::size_t size = std::min<std::size_t>(1 + below(6), bytes.size() - at);
    switch (below(5)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1: bytes.erase(at, size); break;
      case 2: bytes.insert(at, bytes.substr(at, size)); break;
      case 3: bytes.insert(at, 1, static_cast<char>(below(256))); break;
      // Another whole body behind it: fields that come twice, other members of the oneof.
      case 4: bytes += seeds[below(seeds.size())]; break;
    }
  }
  return bytes;
}

std::string verdict_of_library(const Bytes& bytes) {
  v1::Body body;
  if (!model::parse_strict(bytes, body, "body")) return "refused";
  const Bytes again = model::serialise(body);
  return again.empty() ? "empty" : to_hex(again);
}

}  // namespace

TEST(TwoDecoders, SayTheSameOfAnyBytes) {
  const std::vector<Bytes> originals = seeds();
  std::mt19937 random(kSeed);
  std::vector<Bytes> cases = originals;
  while (cases.size() < kMutants) {
    cases.push_back(mutate(originals[random() % originals.size()], originals, random));
  }
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "bodies").string();
  {
    std::ofstream out(path, std::ios::binary);
    for (const Bytes& bytes : cases) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        out.put(static_cast<char>(bytes.size() >> shift & 0xff));
      }
      out << bytes;
    }
  }
  const auto ran = test::run(
      {URNA_PYTHON, "-B", URNA_SOURCE_DIR "/tests/integration/formats/decode_bodies.py", path});
  ASSERT_TRUE(ran) << ran.error().message;
  std::istringstream lines(*ran);
  std::size_t accepted = 0;
  for (const Bytes& bytes : cases) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(line, verdict_of_library(bytes)) << to_hex(bytes);
    accepted += line != "refused";
  }
  // Both sides of the question were asked often enough to mean something.
  EXPECT_GT(accepted, kMutants / 40);
  EXPECT_LT(accepted, kMutants * 9 / 10);
}

}  // namespace urna::formats
