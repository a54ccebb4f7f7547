#include "tests/drill/transfer.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/base/clock.h"
#include "common/service/files.h"
#include "tests/drill/in_parallel.h"
#include "tests/drill/progress.h"
#include "tests/drill/straight.h"

namespace urna::drill {

namespace {

// Parts of the definition kept: more than there are clients at once.
constexpr std::size_t kPartsKept = 256;

std::uint64_t in_conflict(const nlohmann::json& status) {
  const auto states = status.find("states");
  return states == status.end() ? 0 : states->value("in_conflict", std::uint64_t{0});
}

}  // namespace

std::shared_ptr<const node::OpenedDefinition> DefinitionParts::of(
    const std::vector<std::size_t>& contests) {
  std::promise<std::shared_ptr<const node::OpenedDefinition>> made;
  {
    std::unique_lock lock(mutex_);
    const auto [known, fresh] = parts_.try_emplace(contests);
    if (!fresh) {
      const Part part = known->second;
      lock.unlock();
      return part.get();
    }
    known->second = made.get_future().share();
    order_.push_back(contests);
    if (order_.size() > kPartsKept) {
      parts_.erase(order_.front());
      order_.pop_front();
    }
  }
  auto part = std::make_shared<const node::OpenedDefinition>(definition_of(setup_, contests));
  made.set_value(part);
  return part;
}

Transfer::Transfer(Run& run)
    : run_(run),
      definitions_(run.setup),
      contests_(run.data.precincts.size()),
      protocols_(run.data.precincts.size()) {
  for (std::size_t i = 0; i < run.data.contests.size(); ++i) {
    for (const std::size_t precinct : run.data.contests[i].precincts) {
      contests_[precinct].push_back(i);
    }
  }
  for (std::size_t i = 0; i < run.data.protocols.size(); ++i) {
    protocols_[run.data.protocols[i].precinct].push_back(i);
  }
  for (const Spoil& spoil : run.outcome.spoiled) spoil_of_[spoil.protocol] = &spoil;
}

Result<FleetClient> Transfer::client_of(std::size_t precinct) {
  const DatasetPrecinct& of = run_.data.precincts[precinct];
  const model::ElectionId& election = run_.setup.anchors.election();
  const auto unit = *model::UnitId::parse(of.id);
  auto node = run_.setup.keyring.identity({election, unit, trust::Role::kPrecinctNode});
  if (!node) return std::unexpected(std::move(node.error()));
  auto chair = run_.setup.keyring.identity({election, unit, trust::Role::kChair});
  if (!chair) return std::unexpected(std::move(chair.error()));
  FleetClient client{std::move(*node),
                     std::move(*chair),
                     definitions_.of(contests_[precinct]),
                     {},
                     {},
                     of.teryt == run_.options.by_medium};
  for (const std::string& server : run_.setup.routes.at(of.teryt)) {
    client.upstreams.push_back({*model::UnitId::parse(server), run_.system.address(server)});
  }
  return client;
}

FleetOptions Transfer::fleet_options() const {
  return {run_.setup.anchors, run_.setup.keyring.made_at_ms(), run_.options.streams_max};
}

// With everything the precinct signs.
Result<FleetClient> Transfer::make_client(std::size_t precinct) {
  auto client = client_of(precinct);
  if (!client) return client;
  for (const std::size_t i : protocols_[precinct]) {
    const DatasetProtocol& protocol = run_.data.protocols[i];
    if (const auto changed = spoil_of_.find(i); changed != spoil_of_.end()) {
      client->protocols.push_back(
          {i, body_of(run_.data, run_.setup.election, spoiled(protocol, *changed->second))});
    } else if (!run_.has_evening()) {
      client->protocols.push_back({i, body_of(run_.data, run_.setup.election, protocol)});
    } else {
      client->protocols.push_back({i, run_.bodies().first(i)});
      if (i == run_.incidents.disputed) client->protocols.push_back({i, run_.bodies().rival()});
    }
  }
  return client;
}

Result<void> Transfer::make_keys() {
  const std::size_t precincts = run_.data.precincts.size();
  Progress progress("making keys  ", precincts);
  const auto done = in_parallel(precincts, std::thread::hardware_concurrency(), [&](std::size_t i) {
    const auto unit = *model::UnitId::parse(run_.data.precincts[i].id);
    for (const trust::Role role : {trust::Role::kPrecinctNode, trust::Role::kChair}) {
      auto made = run_.setup.keyring.make({run_.setup.anchors.election(), unit, role});
      if (!made) return made;
    }
    progress.add(1);
    return run_.check_stopping();
  });
  if (!done) return done;
  if (run_.options.work) return run_.setup.keyring.save(run_.folder / "keys.json");
  return {};
}

Result<void> Transfer::send() {
  run_.begun = std::chrono::steady_clock::now();
  {
    Progress progress("sending      ", run_.unspoiled() + (run_.has_evening() ? 1 : 0));
    results_ = run_fleet(
        run_.data.precincts.size(), [&](std::size_t precinct) { return make_client(precinct); },
        fleet_options(), [&](std::size_t protocols) { progress.add(protocols); },
        [&] { return run_.stopping(); });
  }
  if (auto go_on = run_.check_stopping(); !go_on) return go_on;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (!results_[i].error.empty()) {
      run_.complain(run_.data.precincts[i].id + ": " + results_[i].error);
    }
    for (const FleetRefusal& refusal : results_[i].refused) {
      for (const std::string& code : refusal.codes) {
        run_.outcome.refused.push_back({refusal.number, code, "precinct"});
      }
    }
  }
  return {};
}

Result<void> Transfer::hand_over_media() {
  const std::string& unit = run_.options.by_medium;
  if (unit.empty()) return {};
  if (std::ranges::find(run_.data.precincts, unit, &DatasetPrecinct::teryt) ==
      run_.data.precincts.end()) {
    return fail(ErrorCode::kInvalidArgument, "--by-medium: no precinct lies in " + unit);
  }
  const std::string& server = run_.setup.routes.at(unit).front();
  const ServerFiles files = files_of(run_.folder, server);
  std::filesystem::create_directories(run_.folder / "media");
  std::size_t media = 0;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (run_.data.precincts[i].teryt != unit) continue;
    const std::filesystem::path medium =
        run_.folder / "media" / (run_.data.precincts[i].id + ".urna");
    if (auto written = service::write_file_atomically(medium, results_[i].medium); !written)
      return written;
    const auto imported = run_program({run_.system.program_of(server).string(), "import",
                                       "--config", files.config.string(), medium.string()},
                                      files.log);
    if (!imported) return std::unexpected(imported.error());
    if (imported->status != 0) {
      run_.complain("import of " + medium.string() + ": " + imported->output);
    }
    ++media;
  }
  std::cerr << media << " media imported at " << server << "\n";
  return {};
}

Result<void> Transfer::try_without_checks() {
  if (run_.outcome.spoiled.empty()) return {};
  Progress progress("spoiled      ", run_.outcome.spoiled.size() * 2);
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (results_[i].refused.empty()) continue;
    const auto client = client_of(i);
    if (!client) return std::unexpected(client.error());
    for (const FleetRefusal& refusal : results_[i].refused) {
      const std::pair<const char*, const uplink::Upstream&> tiers[] = {
          {"territorial", client->upstreams.front()}, {"central", client->upstreams.back()}};
      for (const auto& [tier, server] : tiers) {
        const auto codes = submit_straight(server, run_.setup.anchors, client->node, refusal.record,
                                           client->chair.certificate_der, wall_clock_ms());
        if (!codes) return std::unexpected(codes.error());
        for (const std::string& code : *codes) {
          run_.outcome.refused.push_back({refusal.number, code, tier});
        }
        progress.add(1);
      }
    }
  }
  return {};
}

// The disputed place is in no tally until it is settled; its two bodies are two records.
Result<void> Transfer::wait_for_centre() {
  const bool disputed = run_.has_evening() && !run_.evening_before;
  const std::uint64_t places = run_.unspoiled() - (disputed ? 1 : 0);
  const std::uint64_t records =
      run_.all_there_before ? 0 : run_.log_before + run_.unspoiled() + (disputed ? 1 : 0);
  Progress progress("at the centre", places);
  const auto status = run_.wait_for_centre(
      places, records, [&](std::uint64_t received) { progress.set(std::min(received, places)); });
  if (!status) return std::unexpected(status.error());
  if (disputed && in_conflict(*status) != 2) {
    run_.complain("the centre does not see that two bodies claim one place");
  }
  run_.outcome.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - run_.begun).count();
  return {};
}

Result<void> Transfer::play() {
  using Step = Result<void> (Transfer::*)();
  for (const Step step : {&Transfer::make_keys, &Transfer::send, &Transfer::hand_over_media,
                          &Transfer::try_without_checks, &Transfer::wait_for_centre}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  return {};
}

}  // namespace urna::drill
