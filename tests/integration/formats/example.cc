#include "tests/integration/formats/example.h"

#include <sstream>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/journal/merkle.h"
#include "common/trust/record.h"
#include "common/trust/sha256.h"
#include "tests/integration/formats/sample.h"
#include "urna/v1/record.pb.h"

namespace urna::formats {

namespace {

constexpr std::string_view kFence = "```";
constexpr std::size_t kColumns = 96;

// "name = value", long values over several indented lines.
void write_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(" =");
  if (value.size() + name.size() + 3 <= kColumns) {
    out.append(" ").append(value).append("\n");
    return;
  }
  out.append("\n");
  for (std::size_t at = 0; at < value.size(); at += kColumns) {
    out.append("  ").append(value.substr(at, kColumns)).append("\n");
  }
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

std::string make_example() {
  Sample sample;
  // Of precinct 1: 10 votes for A, 20 for B.
  const v1::Body body = sample.mayor_protocol(1, 10, 20);
  const Bytes record_bytes = sample.sign(body);
  v1::SignedRecord record;
  v1::Payload payload;
  URNA_CHECK(record.ParseFromString(record_bytes) && payload.ParseFromString(record.payload()));
  const RecordId id = trust::record_id_of(record.payload_type(), record.payload());
  const journal::LeafHash leaf = journal::record_leaf(record_bytes, id);
  const std::vector<std::pair<const char*, std::string>> lines = {
      {"certificate", to_hex(sample.chair("140101-1").der)},
      {"key_id", to_hex(record.key_id())},
      {"slice", to_hex(trust::digest_of(sample.slice(kMayor)).view())},
      {"manifest", sample.manifest().hex()},
      {"body", to_hex(payload.body())},
      {"statement_id", trust::statement_of(payload.body()).hex()},
      {"payload", to_hex(record.payload())},
      {"pae_prefix", quoted(trust::pae_prefix(record.payload_type(), record.payload()))},
      {"record_id", id.hex()},
      {"signature", to_hex(record.signature())},
      {"record", to_hex(record_bytes)},
      {"record_sha256", trust::digest_of(record_bytes).hex()},
      {"leaf", to_hex(journal::hash_view(leaf))},
  };
  std::string out;
  for (const auto& [name, value] : lines) write_line(out, name, value);
  return out;
}

Example read_example(std::string_view document) {
  Example example;
  std::istringstream in{std::string(document)};
  std::string line;
  std::string* value = nullptr;
  bool inside = false;
  while (std::getline(in, line)) {
    if (line.starts_with(kFence)) {
      if (inside) break;
      inside = line == "```urna-example";
    } else if (inside && line.starts_with("  ")) {
      if (value != nullptr) value->append(line.substr(2));
    } else if (const std::size_t equals = line.find(" ="); inside && equals != std::string::npos) {
      value = &example[line.substr(0, equals)];
      if (line.size() > equals + 3) value->append(line.substr(equals + 3));
    }
  }
  return example;
}

}  // namespace urna::formats
