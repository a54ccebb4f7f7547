// Writes one good input of each kind, and the anchors they were signed under, into the corpus
// folder.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "common/model/strict.h"
#include "common/node/seal.h"
#include "common/node/transfer_file.h"
#include "common/trust/note.h"
#include "common/trust/sha256.h"
#include "common/validation/forms.h"
#include "tests/fuzz/seeds.h"
#include "tests/support/gzip.h"
#include "tests/unit/node/small_election.h"
#include "urna/v1/transfer.pb.h"

namespace urna::fuzz {

void write_seed(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace urna::fuzz

namespace {

using namespace urna;

void write(const std::filesystem::path& file, const std::string& bytes) {
  fuzz::write_seed(file, bytes);
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

std::string form_seed(char form) {
  // Three options, the kind of precinct, reference figures; then cells 1, 2, 3, …
  std::string seed = {form, 3, 2, 0, 3, 0, 1, 0, 1, 1, 1, 7, 120, 11, char(200)};
  for (char cell = 1; cell < 46; ++cell) seed.push_back(cell);
  return seed;
}

// For the auditors' tools.
void write_audit_seeds(const std::filesystem::path& out) {
  using std::string_literals::operator""s;
  write(out / "csv/quotes", "a,b\r\n\"x \"\"y\"\"\",\"1,\n2\"\r\nŻółć,\n\"\"\n,\n");
  write(out / "csv/protocols",
        "protocol,teryt,precinct,p1_eligible,p4_issued\n1592,026401,112,2039,786\n");
  write(out / "csv_gz/two-members", test::gzip("a,b\n") + test::gzip("1,\"2\n3\"\n"));
  for (char form = 0; form < 7; ++form) {
    write(out / ("form/form-" + std::to_string(form)), form_seed(form));
  }
  // The first byte chooses the form; see check_files in audit_targets.cc.
  write(out / "check_files/in-row",
        "\x05"
        "control_symbol,precinct_type,p1,p4,p9,p13_valid_votes,l1,l1c1,l1c2\n"
        "a,P,9,8,8,5,5,3,2\nb,,9,8,8,5,5,struck,2\n");
  write(out / "check_files/joined",
        "\0protocol,teryt,precinct,p12\na,1,1,5\nb,1,2,5\n\0"
        "protocol,teryt,precinct,list,votes\nb,1,2,1,5\na,1,1,1,3\na,1,1,2,2\n"s);
  write(out / "check_files/yes-no",
        "\4protocol,teryt,precinct,eligible,issued,from_urn,invalid_votes\na,1,1,20,10,10,1\n\0"
        "protocol,teryt,precinct,candidate,votes,votes_no\na,1,1,1,6,3\n"s);
  write(out / "check_files/across",
        "\x42"
        "contest,teryt,precinct,p1,p1a,p4,p5\nmayor,1,1,100,95,50,0\n"
        "city_council,1,1,101,95,20,1\n");
}

// For urna-results; see determine_files and mayors_files in audit_targets.cc.
void write_results_seeds(const std::filesystem::path& out) {
  using std::string_literals::operator""s;
  const std::string districts = "teryt,district,seats\n020101,1,1\n020200,1,3\n020200,2,2\n";
  const std::string candidates =
      "council,teryt,district,list,position,committee_kind,votes\n"
      "gmina_council_up_to_20000,020101,1,1,1,,20\ngmina_council_up_to_20000,020101,1,2,1,,20\n"
      "powiat_council,020200,1,1,1,party,60\npowiat_council,020200,1,1,2,party,\n"
      "powiat_council,020200,1,2,1,coalition,30\npowiat_council,020200,1,2,2,coalition,30\n"
      "powiat_council,020200,2,1,1,party,\npowiat_council,020200,2,2,1,coalition,\n";
  write(out / "determine_files/open-ties", "\x41" + districts + "\0"s + candidates);
  write(out / "determine_files/ties-of-2010", "\x60" + districts + "\0"s + candidates);
  write(out / "determine_files/lots", "\x52" + districts + "\0"s + candidates +
                                          "\0teryt,district,list,position\n020101,1,2,1\n"s);
  write(out / "mayors_files/two-rounds",
        "\1round,teryt,position,votes,votes_no,outcome\nR1,020101,1,40,,runoff\n"
        "R1,020101,2,30,,runoff\nR1,020101,3,30,,no\nR1,020102,1,7,5,x\n"
        "R2,020101,1,50,,no\nR2,020101,2,50,,no\n");
  write(out / "mayors_files/one-round",
        "\0teryt,candidate,votes\n020101,1,51\n020101,2,49\n020102,1,\n020102,2,5\n020103,1,9\n"s);
}

void write_territorial_seeds(const std::filesystem::path& out, tests::SmallElection& election) {
  const auto seed = [&](v1::TerritorialProtocol::Kind kind, const std::string& unit,
                        const std::string& contest, int points, int votes) {
    v1::TerritorialProtocol protocol;
    protocol.set_kind(kind);
    protocol.mutable_place()->set_unit(unit);
    protocol.mutable_place()->set_contest(contest);
    protocol.mutable_place()->set_round(1);
    protocol.set_revision(1);
    protocol.set_slice(trust::digest_of(election.slice(contest)).str());
    for (int i = 0; i < points; ++i) protocol.add_points(100);
    for (int i = 0; i < votes; ++i) protocol.add_votes(10);
    protocol.add_inputs(std::string(32, 'i'));
    if (kind == v1::TerritorialProtocol::KIND_FINAL) {
      auto& outcome = *protocol.add_outcomes();
      outcome.set_contest(contest);
      outcome.set_option("1");
      outcome.set_outcome("elected");
    }
    write(out / "territorial" / (contest + "-" + std::to_string(kind)), model::serialise(protocol));
  };
  const auto points = [&](const std::string& form) {
    return urna::validation::builtin_form(form)->points_size();
  };
  seed(v1::TerritorialProtocol::KIND_DISTRICT_TABULATION, "140100", "powiat-140100",
       points("council-2014"), 6);
  seed(v1::TerritorialProtocol::KIND_COLLECTIVE, "146200", "assembly-14", points("council-2014"),
       9);
  seed(v1::TerritorialProtocol::KIND_FINAL, "140101", "mayor-140101", points("mayor-2014"), 2);
  seed(v1::TerritorialProtocol::KIND_FINAL, "140100", "powiat-140100", points("council-2014"), 0);
}

// What is no record; see input_targets.cc.
void write_input_seeds(const std::filesystem::path& out, tests::SmallElection& election,
                       const Bytes& record) {
  using std::string_literals::operator""s;
  const tests::Holder& chair = election.chair("140101-1");
  write(out / "certificate/chair", chair.certificate->der);
  write(out / "certificate/node", election.node("140101").certificate->der);
  write(out / "pem/anchors", election.anchors_pem());
  // Made for this: it opens nothing.
  write(out / "pem/key", trust::PrivateKey::generate()->to_pem(std::nullopt).value());
  write(out / "record_file/protocol", node::write_record(record, chair.certificate->der));
  v1::FollowRequest request;
  request.set_election(election.id());
  request.set_unit("140101");
  write(out / "follow/from-the-start", "\0"s + model::serialise(request));
  request.set_log_id("\1"s + std::string(15, '\0'));
  request.set_position(1);
  request.mutable_known()->set_log_id(request.log_id());
  request.mutable_known()->set_size(1);
  request.mutable_known()->set_root(std::string(32, 'r'));
  request.set_notices_from(3);
  request.add_wanted(trust::digest_of(election.slice("council-140101")).str());
  write(out / "follow/from-the-middle", "\1"s + model::serialise(request));
  write(out / "note/checkpoint", "urna.example/log\n17\n" + std::string(43, 'A') + "=\n");
  const auto signer = trust::NoteSigner::generate("fuzz");
  const trust::NoteSigner* signers[] = {&*signer};
  write(out / "note/note", trust::sign_note("a\n", signers).value());
  write(out / "note/key", signer->verifier().vkey());
  write(out / "desk_line/confirm", "confirm 0123-4567-89AB-CDE0 seen");
  write(out / "desk_line/approve", "approve 0123456789abcde0 B1,B3 counted again");
  write(out / "desk_line/lot", "lot council-140101 1 3/12 4");
  write(out / "description/small",
        R"({"election":"fuzz","version":1,"date":"2026-11-01","mode":"rehearsal","units":[)"
        R"({"id":"PL","kind":"national","name":"P"},{"id":"14","kind":"voivodeship","name":"M",)"
        R"("parent":"PL"},{"id":"1401","kind":"powiat","name":"A","parent":"14"},)"
        R"({"id":"140101","kind":"gmina","name":"G","parent":"1401"}],"precincts":[)"
        R"({"id":"140101-1","type":"permanent","commission_size":3,"seat":"S"}],"contests":[)"
        R"({"id":"m","kind":"mayor","area":"140101","seats":1,"form":"mayor-2014","options":[)"
        R"({"code":"1","name":"A"},{"code":"2","name":"B"}],"reference":{"140101-1":)"
        R"({"eligible":9,"eligible_a":9,"eligible_b":0,"planned_print":8}}}]})");
  const auto issued = [](char digit, const std::string& role) {
    return R"({"event":"issued","at":"2026-11-22T05:19:51Z","key_id":")" + std::string(64, digit) +
           R"(","role":")" + role + R"(","unit":"PL","from":"2026-11-22","to":"2027-11-22"})" +
           "\n";
  };
  write(out / "ca_index/two-and-a-revocation",
        issued('1', "national") + issued('2', "central-node") +
            R"({"event":"revoked","at":"2026-11-22T06:19:51Z","key_id":")" + std::string(64, '2') +
            R"(","reason":"lost","by":")" + std::string(64, '1') + R"(","record":")" +
            std::string(64, '3') + "\"}\n");
  write(out / "status_json/in-force",
        R"({"definition_version":2,"definition":")" + std::string(64, 'a') + R"(","x":[1]})");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: urna-fuzz-seeds CORPUS_FOLDER\n";
    return 2;
  }
  const std::filesystem::path out = argv[1];
  write_audit_seeds(out);
  write_results_seeds(out);
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
  write_territorial_seeds(out, election);
  write_input_seeds(out, election, record);
  fuzz::write_sealed_seeds(out, election);
  for (const std::string tier : {"central", "territorial", "precinct"}) {
    std::ifstream in(URNA_SOURCE_DIR "/deploy/examples/urna-" + tier + ".toml");
    write(out / "config" / tier, std::string{std::istreambuf_iterator<char>(in), {}});
  }
  write(
      out / "protocol_file/full",
      R"({"contest":"c","round":1,"points":{"p1":3},"votes":{"1":{"total":2,"candidates":{"1":2}}},)"
      R"("remarks":{"14":"x"},"explanations":{"W1":"y"},"members":[{"name":"A","function":"chair",)"
      R"("signed":true}],"opened":"07:00","closed":"21:00","seat":"s","revision":1,"supersedes":""})");
  return 0;
}
