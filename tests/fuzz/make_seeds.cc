// Writes one good input of each kind, and the anchors they were signed under, into the corpus
// folder.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "common/model/strict.h"
#include "common/node/seal.h"
#include "common/node/transfer_file.h"
#include "tests/unit/node/small_election.h"

namespace {

using namespace urna;

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string two_bytes(std::size_t n) {
  return {static_cast<char>(n >> 8 & 0xff), static_cast<char>(n & 0xff)};
}

v1::Batch batch_of(tests::SmallElection& election, const Bytes& record) {
  v1::Batch batch;
  batch.set_election(election.id());
  batch.set_sender("140101-1");
  batch.set_sequence(1);
  batch.set_created_at_ms(tests::kElectionDayMs);
  batch.set_final(true);
  batch.add_entries()->set_record(record);
  batch.add_blobs(election.chair("140101-1").certificate->der);
  return batch;
}

v1::Receipt receipt_of(tests::SmallElection& election) {
  v1::Receipt receipt;
  receipt.set_election(election.id());
  receipt.set_receiver("PL");
  receipt.set_sender("140101");
  receipt.set_sequence(1);
  receipt.add_outcomes()->set_admitted_at(7);
  receipt.add_outcomes()->mutable_refused()->set_code("checks_failed");
  return receipt;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: urna-fuzz-seeds CORPUS_FOLDER\n";
    return 2;
  }
  const std::filesystem::path out = argv[1];
  tests::SmallElection election;
  std::string pem = election.anchors_pem();
  write(out / "trust.pem", pem);
  const v1::Body body = election.protocol("140101-1", "council-140101");
  const Bytes record = election.sign_by_chair(body);
  write(out / "record/protocol", record);
  write(out / "record/manifest", election.first().record);
  const auto node = election.node_identity("140101-1");
  const v1::SignedBatch batch = node::seal_batch(node, batch_of(election, record));
  write(out / "batch/one-record", model::serialise(batch));
  write(out / "receipt/two-outcomes",
        model::serialise(node::seal_receipt(election.node_identity("PL"), receipt_of(election))));
  write(out / "medium/one-batch", node::write_medium({batch}));
  v1::DefinitionFile definition;
  definition.set_manifest(election.first().record);
  definition.add_blobs(election.national().certificate->der);
  for (const Bytes& part : election.first().parts) definition.add_blobs(part);
  write(out / "definition/small", node::write_definition(definition));
  const Bytes& slice = election.slice("council-140101");
  std::string form;
  for (const Bytes& part : election.first().parts) {
    v1::Form parsed;
    if (parsed.ParseFromString(part) && parsed.id() == "council-2014-ab") form = part;
  }
  write(out / "slice/protocol", two_bytes(slice.size()) + two_bytes(form.size()) + slice + form +
                                    model::serialise(body.protocol()));
  write(out / "config/territorial",
        "data = \"data\"\nthreads = 2\n[[upstream]]\nunit = \"PL\"\n[log]\nlevel = \"info\"\n");
  write(
      out / "protocol_file/full",
      R"({"contest":"c","round":1,"points":{"p1":3},"votes":{"1":{"total":2,"candidates":{"1":2}}},)"
      R"("remarks":{"14":"x"},"explanations":{"W1":"y"},"members":[{"name":"A","function":"chair",)"
      R"("signed":true}],"opened":"07:00","closed":"21:00","seat":"s","revision":1,"supersedes":""})");
  return 0;
}
