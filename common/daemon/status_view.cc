#include "common/daemon/status_view.h"

#include <chrono>

namespace urna::daemon {

namespace {

std::string_view kind_of(v1::UnitKind kind) {
  switch (kind) {
    case v1::UNIT_KIND_NATIONAL: return "national";
    case v1::UNIT_KIND_VOIVODESHIP: return "voivodeship";
    case v1::UNIT_KIND_POWIAT: return "powiat";
    case v1::UNIT_KIND_CITY: return "city";
    case v1::UNIT_KIND_GMINA: return "gmina";
    case v1::UNIT_KIND_WARSAW_DISTRICT: return "district";
    default: return "";
  }
}

std::uint64_t point_total(const results::Totals& totals, const model::Slice& slice,
                          std::string_view code) {
  const auto at = slice.point(code);
  return at && *at < totals.points.size() ? totals.points[*at] : 0;
}

service::StatusContest contest_view(const results::Tally& tally, const model::ContestRound& key,
                                    model::UnitIndex here) {
  const model::Slice& slice = tally.slice(key);
  service::StatusContest contest;
  contest.contest = key.contest.str();
  contest.round = key.round;
  contest.title = slice.data().group();
  if (!slice.data().district().empty()) contest.title += " · " + slice.data().district();
  contest.expected = tally.expected(key, here);
  const results::Totals* totals = tally.totals(results::Which::kReceived, key, here);
  if (totals == nullptr) return contest;
  contest.received = totals->protocols;
  contest.eligible = point_total(*totals, slice, "p1");
  for (std::size_t i = 0; i < slice.options().size(); ++i) {
    const v1::Option& option = slice.data().options(static_cast<int>(i));
    const std::uint64_t votes = totals->votes.empty() ? 0 : totals->votes[slice.options()[i].total];
    contest.valid_votes += votes;
    contest.options.push_back({option.code(), option.name(), votes});
  }
  return contest;
}

}  // namespace

service::NodeStatus view_of(const node::Core& core, const std::string& software) {
  service::NodeStatus status;
  status.election = core.config().election.str();
  status.unit = core.config().unit.str();
  status.software = software;
  status.updated_ms = core.changed_at_ms();
  const v1::Checkpoint checkpoint = core.checkpoint();
  status.log = {checkpoint.size(), to_hex(checkpoint.root()), to_hex(checkpoint.log_id())};
  status.log.counted = core.known_records();
  status.refused = core.counters().refused;
  for (const node::State state : node::kAllStates) {
    status.states[std::string(node::state_name(state))] = core.projection().bodies_in(state);
  }
  const auto definition = core.book().in_force();
  if (definition == nullptr) return status;
  status.mode = definition->data().mode();
  status.definition_version = definition->version();
  status.definition = definition->id().hex();
  const results::Tally& tally = *core.projection().tally();
  const model::Units& units = definition->units();
  const model::UnitIndex here = units.find(core.config().unit);
  if (here == model::kNoUnit) return status;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> per_unit(units.size());
  for (const model::ContestRound& key : tally.contests()) {
    service::StatusContest contest = contest_view(tally, key, here);
    if (contest.expected == 0) continue;
    status.contests.push_back(std::move(contest));
    for (const model::UnitIndex unit : tally.units_of(key)) {
      const std::uint64_t expected = tally.expected(key, unit);
      if (expected == 0) continue;
      const results::Totals* totals = tally.totals(results::Which::kReceived, key, unit);
      per_unit[unit].first += totals == nullptr ? 0 : totals->protocols;
      per_unit[unit].second += expected;
    }
  }
  for (model::UnitIndex unit = 0; unit < units.size(); ++unit) {
    if (per_unit[unit].second == 0 || !units.lies_under(unit, here)) continue;
    const model::Units::Unit& entry = units.at(unit);
    const std::string parent =
        unit == here || entry.parent == model::kNoUnit ? "" : units.at(entry.parent).id.str();
    status.units.push_back({entry.id.str(), entry.name, parent, std::string(kind_of(entry.kind)),
                            per_unit[unit].first, per_unit[unit].second});
  }
  return status;
}

void MetricsFeed::update(const node::Core& core) {
  using service::RecordOutcome;
  const node::Counters& now = core.counters();
  const auto raise = [](std::uint64_t& from, std::uint64_t to, const auto& count) {
    for (; from < to; ++from) count();
  };
  for (const auto& [kind, total] : now.admitted_by_kind) {
    raise(counted_.admitted_by_kind[kind], total,
          [&] { metrics_.count_record(RecordOutcome::kAdmitted, trust::kind_name(kind)); });
  }
  for (const auto& [code, total] : now.refused_by_code) {
    raise(counted_.refused_by_code[code], total,
          [&] { metrics_.count_record(RecordOutcome::kRefused, "", code); });
  }
  raise(counted_.duplicates, now.duplicates,
        [&] { metrics_.count_record(RecordOutcome::kDuplicate, ""); });
  raise(counted_.deferred, now.deferred,
        [&] { metrics_.count_record(RecordOutcome::kDeferred, ""); });
  for (const auto& [code, total] : now.quarantined_by_code) {
    raise(counted_.quarantined_by_code[code], total,
          [&] { metrics_.count_quarantined_batch(code); });
  }
  metrics_.set_log_size(service::LogName::kElection, core.size());
  if (const auto definition = core.book().in_force()) {
    metrics_.set_definition_version(definition->version());
  }
}

}  // namespace urna::daemon
