#include "tests/drill/transfer.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "common/base/clock.h"
#include "common/service/files.h"
#include "tests/drill/in_parallel.h"
#include "tests/drill/progress.h"
#include "tests/drill/random.h"
#include "tests/drill/straight.h"

namespace urna::drill {

namespace {

// Parts of the definition kept: more than there are clients at once.
constexpr std::size_t kPartsKept = 256;
// Of clients where something happens: long enough for everything that happens, and quick to go
// elsewhere and to come back.
constexpr std::chrono::seconds kDisturbedPatience{600};
constexpr std::chrono::milliseconds kDisturbedFailover{1'000};
constexpr std::chrono::milliseconds kDisturbedBackoff{2'000};

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
                     of.teryt == run_.options.by_medium,
                     {}};
  for (const std::string& server : run_.setup.routes.at(of.teryt)) {
    client.upstreams.push_back({*model::UnitId::parse(server), run_.system.address(server)});
  }
  return client;
}

FleetOptions Transfer::fleet_options() const {
  FleetOptions fleet{run_.setup.anchors, run_.setup.keyring.made_at_ms(), run_.options.streams_max};
  if (Disturbance* disturbance = run_.options.disturbance) {
    fleet.patience = kDisturbedPatience;
    fleet.failover = kDisturbedFailover;
    fleet.backoff_max = kDisturbedBackoff;
    fleet.processes = disturbance->processes();
    fleet.on_done = [disturbance](const std::string& unit, journal::Store& journal,
                                  std::uint64_t settled) {
      disturbance->client_done(unit, journal, settled);
    };
  }
  return fleet;
}

std::vector<std::size_t> Transfer::sending_order() const {
  std::vector<std::size_t> order(run_.data.precincts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (run_.options.disturbance == nullptr) return order;
  SplitMix64 random(run_.options.seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  run_.options.disturbance->arrange(order);
  return order;
}

// With everything the precinct signs.
Result<FleetClient> Transfer::make_client(std::size_t precinct) {
  auto client = client_of(precinct);
  if (!client) return client;
  const Disturbance* disturbance = run_.options.disturbance;
  if (disturbance != nullptr && disturbance->is_process(precinct) && !client->by_medium) {
    client->process_folder = run_.folder / "precincts" / run_.data.precincts[precinct].id;
  }
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
  Disturbance* disturbance = run_.options.disturbance;
  const std::vector<std::size_t> order = sending_order();
  if (disturbance != nullptr) {
    if (auto begun = disturbance->begin(run_); !begun) return begun;
  }
  {
    Progress progress("sending      ", run_.unspoiled() + (run_.has_evening() ? 1 : 0));
    auto results = run_fleet(
        order.size(),
        [&](std::size_t at) {
          if (disturbance != nullptr) disturbance->admit(at, order.size());
          return make_client(order[at]);
        },
        fleet_options(),
        [&](std::size_t at, std::size_t protocols) {
          run_.acknowledged += protocols;
          progress.add(protocols);
          if (disturbance != nullptr) disturbance->settled(at);
        },
        [&] { return run_.stopping(); });
    results_.resize(results.size());
    for (std::size_t at = 0; at < order.size(); ++at) {
      results_[order[at]] = std::move(results[at]);
    }
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

Result<void> Transfer::end_disturbance() {
  return run_.options.disturbance == nullptr ? Result<void>() : run_.options.disturbance->end();
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
  if (run_.options.disturbance != nullptr) {
    if (auto all = run_.wait_for_all(disputed); !all) return all;
  }
  run_.outcome.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - run_.begun).count();
  return {};
}

Result<void> Transfer::play() {
  using Step = Result<void> (Transfer::*)();
  for (const Step step :
       {&Transfer::make_keys, &Transfer::send, &Transfer::end_disturbance,
        &Transfer::hand_over_media, &Transfer::try_without_checks, &Transfer::wait_for_centre}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  return {};
}

}  // namespace urna::drill
