// Inputs of the targets that sign what they are given, and what these stand on: the keys, and the
// records of an evening.
#include <algorithm>
#include <vector>

#include "common/base/check.h"
#include "common/model/strict.h"
#include "common/node/transfer_file.h"
#include "common/trust/sha256.h"
#include "tests/fuzz/cast.h"
#include "tests/fuzz/seeds.h"
#include "urna/v1/transfer.pb.h"

namespace urna::fuzz {

namespace {

using tests::SmallElection;

constexpr const char* kCouncil = "council-140101";
constexpr const char* kMayor = "mayor-140101";

void write_keys(const std::filesystem::path& out, const tests::Holder& holder) {
  const trust::Subject& subject = holder.certificate->subject;
  const auto name = out / name_of_keys(subject.unit.str(), trust::role_name(subject.role));
  write_seed(name.string() + ".key", holder.key.to_pem(std::nullopt).value());
  write_seed(name.string() + ".crt", trust::der_to_pem(holder.certificate->der));
}

// The first two bytes of a record to sign: who signs it, and its kind.
std::string signed_by(trust::Role role, std::string_view unit, unsigned how, trust::Kind kind) {
  const auto at = std::ranges::find_if(
      kSigners, [&](const Signs& one) { return one.role == role && unit == one.unit; });
  URNA_CHECK(at != std::end(kSigners));
  const auto kinds = std::ranges::find(trust::kAllKinds, kind) - std::begin(trust::kAllKinds);
  return {static_cast<char>(static_cast<unsigned>(at - std::begin(kSigners)) | how),
          static_cast<char>(kinds)};
}

struct Evening {
  v1::Body confirmed, questionable, returned, revised;
  std::vector<Bytes> records;
  std::vector<Bytes> certificates;

  explicit Evening(SmallElection& election)
      : confirmed(election.protocol("140101-1", kCouncil)),
        questionable(election.questionable("140101-2", kCouncil)),
        returned(election.protocol("140101-1", kMayor)),
        revised(SmallElection::revision(election.protocol("140101-1", kMayor, 120), returned)) {
    const tests::Holder& gmina = election.commission("140101");
    for (const v1::Body& body :
         {confirmed, questionable, returned, election.protocol("140101-3", kCouncil),
          election.protocol("140101-1", "powiat-140100")}) {
      records.push_back(election.sign_by_chair(body));
    }
    records.push_back(election.sign(gmina, SmallElection::confirmation(confirmed)));
    records.push_back(election.sign(gmina, SmallElection::taken_back(returned)));
    for (const char* precinct : {"140101-1", "140101-2", "140101-3"}) {
      certificates.push_back(election.chair(precinct).certificate->der);
    }
    certificates.push_back(gmina.certificate->der);
  }
};

v1::Body lot() {
  v1::Body body;
  body.mutable_lot()->set_contest(kMayor);
  body.mutable_lot()->set_round(1);
  body.mutable_lot()->set_context(std::string(32, 'c'));
  body.mutable_lot()->add_winners()->set_option("1");
  return body;
}

v1::Body turnout(const SmallElection& election) {
  v1::Body body;
  v1::TurnoutReport& report = *body.mutable_turnout();
  report.mutable_place()->set_unit("140101-1");
  report.mutable_place()->set_contest(kCouncil);
  report.mutable_place()->set_round(1);
  report.set_at_min(720);
  report.set_eligible(1'000);
  report.set_issued(300);
  report.set_slice(trust::digest_of(election.slice(kCouncil)).str());
  return body;
}

v1::Body final_of_mayor(const SmallElection& election, const Evening& evening) {
  v1::Body body;
  v1::TerritorialProtocol& protocol = *body.mutable_territorial();
  protocol.set_kind(v1::TerritorialProtocol::KIND_FINAL);
  *protocol.mutable_place() = evening.revised.protocol().place();
  protocol.mutable_place()->set_unit("140101");
  protocol.set_revision(1);
  protocol.set_slice(trust::digest_of(election.slice(kMayor)).str());
  protocol.add_inputs(SmallElection::statement(evening.revised).str());
  for (int i = 0; i < evening.revised.protocol().points_size(); ++i) protocol.add_points(100);
  for (int i = 0; i < evening.revised.protocol().votes_size(); ++i) protocol.add_votes(10);
  protocol.add_outcomes()->set_contest(kMayor);
  protocol.mutable_outcomes(0)->set_option("1");
  protocol.mutable_outcomes(0)->set_outcome("elected");
  return body;
}

void write_records(const std::filesystem::path& out, SmallElection& election,
                   const Evening& evening) {
  using trust::Kind;
  using trust::Role;
  const auto seed = [&](const char* name, Role role, const char* unit, const v1::Body& body) {
    const auto kind = static_cast<Kind>(body.kind_case());
    write_seed(out / "sealed_record" / name,
               signed_by(role, unit, 0, kind) + model::serialise(body));
  };
  constexpr Role kGmina = Role::kPlenipotentiary;
  v1::Body second = election.protocol("140101-2", kCouncil, 90);
  seed("protocol", Role::kChair, "140101-2", second);
  seed("revision", Role::kChair, "140101-1", evening.revised);
  seed("confirmation", kGmina, "140101", SmallElection::confirmation(evening.questionable));
  seed("return", kGmina, "140101", SmallElection::taken_back(evening.confirmed));
  seed("approval", kGmina, "140101", SmallElection::approval(evening.questionable, {"B1"}));
  seed("settlement", kGmina, "140101", SmallElection::settlement(evening.questionable, {second}));
  seed("annulment", Role::kCommissioner, "KW-1", SmallElection::annulment(evening.confirmed));
  seed("revocation", Role::kNationalCommission, "PL",
       SmallElection::revocation(election.chair("140101-1")));
  seed("lot", kGmina, "140101", lot());
  seed("turnout", Role::kChair, "140101-1", turnout(election));
  seed("territorial", kGmina, "140101", final_of_mayor(election, evening));
  v1::Body manifest;
  *manifest.mutable_manifest() = election.first().manifest;
  manifest.mutable_manifest()->set_version(2);
  seed("manifest", Role::kNationalCommission, "PL", manifest);
  // Signed as it is, header and all.
  v1::SignedRecord record;
  URNA_CHECK(record.ParseFromString(election.sign_by_chair(second)));
  write_seed(out / "sealed_record" / "payload",
             signed_by(Role::kChair, "140101-2", 0x80, Kind::kProtocol) + record.payload());
}

v1::Batch batch(const SmallElection& election, const std::string& sender) {
  v1::Batch made;
  made.set_election(election.id());
  made.set_sender(sender);
  made.set_sequence(1);
  made.set_created_at_ms(kAtMs);
  made.mutable_log()->set_log_id(std::string(16, 'l'));
  made.mutable_log()->set_size(9);
  made.mutable_log()->set_root(std::string(32, 'r'));
  return made;
}

void write_batches(const std::filesystem::path& out, SmallElection& election,
                   const Evening& evening) {
  const auto seed = [&](const char* name, char how, const v1::Batch& one) {
    write_seed(out / "sealed_batch" / name, std::string(1, how) + model::serialise(one));
  };
  v1::Batch up = batch(election, "140101-1");
  up.add_entries()->set_record(
      election.sign_by_chair(election.protocol("140101-1", "assembly-14")));
  up.add_entries()->set_position(1);
  up.mutable_entries(1)->set_record(evening.records.front());
  up.add_entries()->set_position(2);
  up.mutable_entries(2)->set_record_id(std::string(32, 'n'));
  up.set_scanned_to(3);
  up.add_blobs(evening.certificates.front());
  v1::Receipt receipt;
  receipt.set_election(election.id());
  receipt.set_receiver("140101");
  receipt.set_sender("140101-1");
  receipt.mutable_log()->set_log_id(std::string(16, '\1'));
  receipt.mutable_log()->set_size(3);
  receipt.mutable_log()->set_root(std::string(32, 'r'));
  up.set_receiver_receipt(
      model::serialise(node::seal_receipt(election.node_identity("140101"), receipt)));
  seed("from-below", 0, up);
  v1::Batch down = batch(election, "PL");
  down.add_entries()->set_record(
      election.sign_by_chair(election.protocol("140101-2", "powiat-140100")));
  down.set_scanned_to(4);
  v1::SignedRecord known;
  URNA_CHECK(known.ParseFromString(evening.records.front()));
  v1::CentreNotice& notice = *down.add_notices();
  notice.set_record_id(trust::record_id_of(known.payload_type(), known.payload()).str());
  notice.set_log_id(std::string(16, 'l'));
  notice.set_position(7);
  down.set_notices_to(1);
  down.add_missing(std::string(32, 'm'));
  seed("from-above", 1, down);
  up.clear_receiver_receipt();
  up.set_final(true);
  seed("medium", 2, up);
}

void write_receipts(const std::filesystem::path& out, const SmallElection& election,
                    std::size_t records) {
  const auto seed = [&](const char* name, const auto& change) {
    v1::Receipt receipt;
    receipt.set_election(election.id());
    receipt.set_receiver("PL");
    receipt.set_sender("140101");
    receipt.set_created_at_ms(kAtMs);
    receipt.set_centre(true);
    receipt.mutable_log()->set_log_id(std::string(16, '\x09'));
    receipt.mutable_log()->set_size(20);
    receipt.mutable_log()->set_root(std::string(32, 'r'));
    change(receipt);
    write_seed(out / "sealed_receipt" / name, std::string(1, '\0') + model::serialise(receipt));
  };
  seed("outcomes", [&](v1::Receipt& receipt) {
    // The definition, then the evening.
    for (std::size_t i = 0; i <= records; ++i) {
      v1::Outcome& outcome = *receipt.add_outcomes();
      switch (i % 4) {
        case 0: outcome.set_admitted_at(i); break;
        case 1: outcome.set_duplicate_of(i); break;
        case 2: outcome.mutable_refused()->set_code("checks_failed"); break;
        default: outcome.mutable_deferred()->add_missing(std::string(32, 'm'));
      }
    }
  });
  seed("refused", [](v1::Receipt& receipt) { receipt.set_refused("malformed"); });
  seed("another-life", [](v1::Receipt& receipt) {
    receipt.mutable_sender_log()->set_log_id(std::string(16, '\1'));
    receipt.mutable_sender_log()->set_size(2);
    receipt.mutable_sender_log()->set_root(std::string(32, 'x'));
  });
}

void write_definitions(const std::filesystem::path& out, const SmallElection& election) {
  const auto seed = [&](const char* name, char part, const std::string& bytes) {
    write_seed(out / "definition_update" / name, std::string(1, part) + bytes);
  };
  v1::Manifest manifest = election.first().manifest;
  manifest.set_version(2);
  seed("next", '\xff', model::serialise(manifest));
  // Two contests, each with the other's slice.
  auto& slices = *manifest.mutable_slices();
  std::swap(*slices[2].mutable_slice(), *slices[4].mutable_slice());
  seed("swapped", '\xff', model::serialise(manifest));
  // Where a part stands in the definition file: behind the national commission's certificate.
  const auto& parts = election.first().parts;
  const auto part = [&](const char* name, std::size_t at, const Bytes& bytes) {
    seed(name, static_cast<char>(at + 1), bytes);
  };
  part("units", 0, parts[0]);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    v1::Slice slice;
    if (parts[i] != election.slice(kCouncil) || !slice.ParseFromString(parts[i])) continue;
    slice.mutable_options()->RemoveLast();
    part("one-list-less", i, model::serialise(slice));
    slice.mutable_precincts()->RemoveLast();
    part("one-precinct-less", i, model::serialise(slice));
    for (std::size_t k = i + 1; k < parts.size(); ++k) {
      if (trust::digest_of(parts[k]).view() == slice.reference()) part("figures", k, parts[k]);
    }
  }
}

}  // namespace

void write_sealed_seeds(const std::filesystem::path& out, SmallElection& election) {
  for (const Signs& one : kSigners) write_keys(out, election.person(one.role, one.unit));
  for (const char* unit : kNodes) write_keys(out, election.node(unit));
  const Evening evening(election);
  write_seed(out / "evening",
             node::write_medium(node::batches_of_records(evening.records, evening.certificates,
                                                         election.node_identity(kTown), kAtMs)));
  write_records(out, election, evening);
  write_batches(out, election, evening);
  write_receipts(out, election, evening.records.size());
  write_definitions(out, election);
}

}  // namespace urna::fuzz
