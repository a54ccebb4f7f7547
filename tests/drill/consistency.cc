#include "tests/drill/consistency.h"

#include <algorithm>
#include <iterator>

#include "common/model/place.h"

namespace urna::drill {

namespace {

constexpr std::size_t kRecords = 1'024;
constexpr std::size_t kBytes = 8 << 20;

std::string name_of(const std::string& contest, std::uint32_t round) {
  return contest + " " + std::to_string(round);
}

// "2 protocols and 1 lot", of what only `these` has.
std::string kinds_only_in(const std::vector<HeldRecord>& these,
                          const std::vector<HeldRecord>& others) {
  std::vector<HeldRecord> only;
  std::ranges::set_difference(these, others, std::back_inserter(only));
  std::map<trust::Kind, std::size_t> kinds;
  for (const HeldRecord& one : only) ++kinds[one.kind];
  std::string text;
  for (const auto& [kind, count] : kinds) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " of kind " +
            std::string(trust::kind_name(kind));
  }
  return text;
}

}  // namespace

Ways::Ways(const Dataset& data, const std::map<std::string, Route>& routes) : routes_(routes) {
  for (const DatasetPrecinct& precinct : data.precincts) lies_in_[precinct.id] = precinct.teryt;
  for (const DatasetContest& contest : data.contests) {
    areas_[name_of(contest.id, contest.round)] = contest.area;
  }
}

bool Ways::concern(const std::string& server, const std::string& unit) const {
  if (unit.empty()) return true;
  const auto precinct = lies_in_.find(unit);
  const auto way = routes_.find(precinct == lies_in_.end() ? unit : precinct->second);
  return way != routes_.end() && std::ranges::find(way->second, server) != way->second.end();
}

Result<std::string> Ways::unit_of(const v1::Body& body) const {
  if (const v1::Place* place = model::place_in(body)) return place->unit();
  if (!body.has_lot()) return std::string();
  const auto area = areas_.find(name_of(body.lot().contest(), body.lot().round()));
  if (area != areas_.end()) return area->second;
  return fail(ErrorCode::kMalformed, "a lot of " + body.lot().contest() + ", which is no contest");
}

Result<HeldRecords> records_in(journal::Store& journal, const Ways& ways) {
  HeldRecords records;
  for (std::uint64_t at = 0;;) {
    const auto entries = journal.read_election(at, kRecords, kBytes);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) break;
    for (const journal::StoredEntry& stored : *entries) {
      v1::SignedRecord record;
      v1::Payload payload;
      v1::Body body;
      if (!record.ParseFromString(stored.entry.record) ||
          !payload.ParseFromString(record.payload()) || !body.ParseFromString(payload.body())) {
        return fail(ErrorCode::kCorrupt,
                    "entry " + std::to_string(stored.position) + " does not decode");
      }
      auto unit = ways.unit_of(body);
      if (!unit) return std::unexpected(std::move(unit.error()));
      records[*unit].push_back({trust::record_id_of(record.payload_type(), record.payload()),
                                static_cast<trust::Kind>(body.kind_case())});
    }
    at += entries->size();
  }
  for (auto& [unit, held] : records) std::ranges::sort(held);
  return records;
}

std::vector<std::string> differences(const HeldRecords& centre, const HeldRecords& held,
                                     const std::string& server, const Ways& ways) {
  static const std::vector<HeldRecord> kNone;
  const auto of = [](const HeldRecords& records, const std::string& unit) -> const auto& {
    const auto found = records.find(unit);
    return found == records.end() ? kNone : found->second;
  };
  const auto about = [](const std::string& unit) {
    return unit.empty() ? std::string(" that concern everybody") : " about " + unit;
  };
  std::vector<std::string> found;
  for (const auto& [unit, records] : centre) {
    if (!ways.concern(server, unit)) continue;
    if (const auto missing = kinds_only_in(records, of(held, unit)); !missing.empty()) {
      found.push_back(server + " lacks records" + about(unit) + ": " + missing);
    }
  }
  for (const auto& [unit, records] : held) {
    if (!ways.concern(server, unit)) {
      found.push_back(server + " has records" + about(unit) +
                      ", which do not concern it: " + kinds_only_in(records, kNone));
    } else if (const auto more = kinds_only_in(records, of(centre, unit)); !more.empty()) {
      found.push_back(server + " has records" + about(unit) + " that the centre lacks: " + more);
    }
  }
  return found;
}

Result<std::map<std::string, std::uint64_t>> records_to_come(journal::Store& centre,
                                                             const std::vector<ServerPlan>& servers,
                                                             const Ways& ways) {
  std::map<std::string, std::uint64_t> by_unit;
  for (std::uint64_t at = 0;;) {
    const auto heads = centre.read_heads(at, kRecords);
    if (!heads) return std::unexpected(heads.error());
    if (heads->empty()) break;
    for (const journal::StoredHead& head : *heads) ++by_unit[head.unit];
    at += heads->size();
  }
  std::map<std::string, std::uint64_t> to_come;
  for (const ServerPlan& server : servers) {
    for (const auto& [unit, records] : by_unit) {
      if (ways.concern(server.unit, unit)) to_come[server.unit] += records;
    }
  }
  return to_come;
}

}  // namespace urna::drill
