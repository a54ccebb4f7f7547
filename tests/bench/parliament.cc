#include "tests/bench/parliament.h"

#include "common/model/strict.h"
#include "common/trust/record.h"
#include "common/trust/sha256.h"

namespace urna::bench {

namespace {

constexpr std::uint32_t kLists = 10;
constexpr std::uint32_t kCandidates = 13;
constexpr const char* kVoivodeship = "020000";

drill::Dataset make_dataset(std::size_t precincts, const std::string& election) {
  drill::Dataset data;
  data.name = "parliament";
  data.election = election;
  data.date = "2019-10-13";
  data.units = {{"PL", v1::UNIT_KIND_NATIONAL, "", "Polska"},
                {kVoivodeship, v1::UNIT_KIND_VOIVODESHIP, "PL", "województwo"}};
  drill::DatasetContest contest;
  contest.contest = contest.id = contest.group = "sejm-1";
  contest.kind = v1::CONTEST_KIND_PARLIAMENT;
  contest.area = "PL";
  contest.rule_set = "2019";
  contest.form = "sejm-2019";
  contest.seats = 12;
  for (std::uint32_t list = 1; list <= kLists; ++list) {
    contest.options.push_back({std::to_string(list), "lista", kCandidates});
  }
  for (std::size_t i = 0; i < precincts; ++i) {
    const std::string number = std::to_string(100'000 + i);
    data.precincts.push_back({std::string(kVoivodeship) + "-" + number, kVoivodeship, number,
                              v1::PRECINCT_TYPE_PERMANENT});
    contest.precincts.push_back(i);
    drill::DatasetProtocol protocol;
    protocol.precinct = i;
    const auto each = static_cast<std::uint32_t>(1 + i % 7);
    const std::uint32_t votes = each * kLists * kCandidates;
    const std::uint32_t eligible = votes + votes / 2;
    protocol.points = {{"p1", eligible},  {"p2", eligible},   {"p3", eligible - votes - 3},
                       {"p4", votes + 3}, {"p5", 0},          {"p6", 0},
                       {"p7", 0},         {"p8", 0},          {"p8a", 0},
                       {"p8b", 0},        {"p8c", 0},         {"p8d", 0},
                       {"p8e", 0},        {"p9", votes + 3},  {"p9a", 0},
                       {"p10", 0},        {"p11", votes + 3}, {"p12", 3},
                       {"p12a", 1},       {"p12b", 1},        {"p12c", 1},
                       {"p13", votes}};
    for (std::uint32_t list = 0; list < kLists; ++list) {
      protocol.votes.push_back(model::cell_of(each * kCandidates));
      for (std::uint32_t j = 0; j < kCandidates; ++j) protocol.candidate_votes.push_back(each);
    }
    data.protocols.push_back(std::move(protocol));
  }
  data.contests.push_back(std::move(contest));
  return data;
}

}  // namespace

Parliament::Parliament(std::size_t precincts)
    : data_(make_dataset(precincts, keys_.election().str())),
      election_(sim::must(drill::build_election(data_))) {
  const sim::Licence& national =
      keys_.licence(sim::unit_id("PL"), trust::Role::kNationalCommission);
  v1::Body body;
  *body.mutable_manifest() = election_.manifest;
  manifest_ = national.sign(body, "", sim::kEpochMs);
  national_ = national.certificate->der;
  const StatementId statement = trust::statement_of(model::serialise(body));
  for (const drill::DatasetProtocol& protocol : data_.protocols) {
    const auto precinct = sim::unit_id(data_.precinct_of(protocol).id);
    const sim::Licence& chair = keys_.licence(precinct, trust::Role::kChair);
    records_.push_back(chair.sign(drill::body_of(data_, election_, protocol), statement.view(),
                                  sim::kEpochMs + 1'000));
    certificates_.push_back(chair.certificate->der);
  }
}

std::vector<v1::SignedBatch> Parliament::batches() {
  const auto& sender = keys_.node(sim::unit_id(kVoivodeship), trust::Role::kTerritorialNode);
  std::vector<v1::SignedBatch> made;
  for (std::size_t first = 0; first < records_.size(); first += node::kBatchRecordsMax) {
    v1::Batch batch;
    batch.set_election(keys_.election().str());
    batch.set_sender(kVoivodeship);
    batch.set_sequence(made.size() + 1);
    batch.set_created_at_ms(sim::kEpochMs + 2'000);
    batch.mutable_log()->set_log_id(std::string(16, 'L'));
    batch.mutable_log()->set_size(records_.size());
    batch.mutable_log()->set_root(std::string(32, 'r'));
    for (std::size_t i = first; i < std::min(first + node::kBatchRecordsMax, records_.size());
         ++i) {
      v1::BatchEntry& entry = *batch.add_entries();
      entry.set_position(i);
      entry.set_record(records_[i]);
      batch.add_blobs(certificates_[i]);
      batch.set_scanned_to(i + 1);
    }
    made.push_back(node::seal_batch(sender, batch));
  }
  return made;
}

}  // namespace urna::bench
