#include "tests/drill/evening.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "common/service/files.h"
#include "tests/drill/desk.h"
#include "tests/drill/hall.h"
#include "tests/drill/in_parallel.h"
#include "tests/drill/progress.h"

namespace urna::drill {

namespace {

constexpr std::size_t kDesksAtOnce = 4;
constexpr std::size_t kComplaintsMax = 10;  // about one desk
constexpr std::size_t kFileBytesMax = 4'096;

std::filesystem::path remembered_in(const std::filesystem::path& folder) {
  return folder / "evening.json";
}

struct Count {
  const char* name;
  std::string_view command;
  std::size_t EveningCounts::* figure;
};
constexpr Count kCounts[] = {
    {"approved", "approve ", &EveningCounts::approved},
    {"settled", "settle ", &EveningCounts::settled},
    {"returned", "return ", &EveningCounts::returned},
    {"confirmed", "confirm ", &EveningCounts::confirmed},
    {"lots", "lot ", &EveningCounts::lots},
    {"territorial", "sign ", &EveningCounts::territorial},
};

std::size_t commands_in(const Commands& stage) {
  std::size_t all = 0;
  for (const auto& [unit, commands] : stage) all += commands.size();
  return all;
}

std::filesystem::path desk_folder(const std::filesystem::path& folder, const std::string& unit) {
  return folder / "desks" / unit;
}

}  // namespace

std::optional<EveningCounts> evening_played(const std::filesystem::path& folder) {
  const auto text = service::read_file(remembered_in(folder), kFileBytesMax);
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  EveningCounts counts;
  for (const Count& count : kCounts) counts.*count.figure = json.value(count.name, std::size_t{0});
  return counts;
}

bool Evening::comes_back(const std::string& unit, const Commands& after) const {
  for (const Commands* stage : {&agenda_.protocols, &agenda_.after_revision}) {
    if (stage == &after) return false;
    if (stage->contains(unit)) return true;
  }
  return false;
}

// As files where a desk reads them.
Result<void> Evening::issue_licence(const std::string& unit) {
  const trust::Subject subject{run_.setup.anchors.election(), *model::UnitId::parse(unit),
                               trust::Role::kPlenipotentiary};
  if (sits_in_hall(unit)) return run_.setup.keyring.make(subject);
  auto licence = run_.setup.keyring.identity(subject);
  if (!licence) return std::unexpected(std::move(licence.error()));
  const auto key = licence->key.to_pem(std::nullopt);
  if (!key) return std::unexpected(key.error());
  const std::filesystem::path own = desk_folder(run_.folder, unit);
  std::filesystem::create_directories(own);
  auto written = service::write_file_atomically(own / "licence.key", *key, 0600);
  if (!written) return written;
  return service::write_file_atomically(own / "licence.crt",
                                        trust::der_to_pem(licence->certificate_der));
}

Result<void> Evening::issue_licences() {
  std::set<std::string> units;
  for (const Commands* stage : {&agenda_.decisions, &agenda_.after_revision, &agenda_.protocols}) {
    for (const auto& [unit, commands] : *stage) units.insert(unit);
  }
  const std::vector<std::string> all(units.begin(), units.end());
  auto issued = in_parallel(all.size(), std::thread::hardware_concurrency(),
                            [&](std::size_t i) { return issue_licence(all[i]); });
  if (!issued) return issued;
  if (run_.options.work) return run_.setup.keyring.save(run_.folder / "keys.json");
  return {};
}

void Evening::count(std::string_view command) {
  const std::lock_guard lock(mutex_);
  ++records_;
  for (const Count& count : kCounts) {
    if (command.starts_with(count.command)) ++(run_.outcome.evening.*count.figure);
  }
}

Result<void> Evening::work_at(const std::string& unit, const std::vector<std::string>& commands,
                              bool ask_queue, const std::function<void()>& on_done) {
  const std::string& server = run_.setup.routes.at(unit).front();
  const std::filesystem::path own = desk_folder(run_.folder, unit);
  const ServerFiles files = files_of(run_.folder, server);
  DeskOptions desk;
  desk.program = run_.system.program_of(server);
  desk.config = files.config;
  desk.licence = own / "licence.key";
  desk.certificate = own / "licence.crt";
  desk.folder = own;
  desk.log = own / "log.txt";
  desk.ask_queue = ask_queue;
  const auto wrong = work_at_desk(
      desk, commands,
      [&](std::string_view command) {
        count(command);
        on_done();
      },
      [&] { return run_.stopping(); });
  if (!wrong) {
    return fail(wrong.error().code, "the desk of " + unit + ": " + wrong.error().message);
  }
  for (std::size_t i = 0; i < wrong->size() && i < kComplaintsMax; ++i) {
    run_.complain("the desk of " + unit + ": " + (*wrong)[i]);
  }
  return run_.check_stopping();
}

// Those who put something right sit at the real desk wherever they are.
bool Evening::sits_in_hall(const std::string& unit) const {
  const std::string& server = run_.setup.routes.at(unit).front();
  return server != unit && server != run_.system.centre() && !at_real_desk_.contains(unit);
}

Result<void> Evening::work_in_hall(const std::string& server,
                                   const std::vector<const Commands::value_type*>& units,
                                   const std::function<void()>& on_done) {
  const model::ElectionId& election = run_.setup.anchors.election();
  const auto at = *model::UnitId::parse(server);
  auto node = run_.setup.keyring.identity({election, at, trust::Role::kTerritorialNode});
  if (!node) return std::unexpected(std::move(node.error()));
  auto hall = Hall::open({{at, run_.system.address(server)},
                          files_of(run_.folder, server).folder / "data" / "journal.db",
                          run_.setup.anchors,
                          std::move(*node)});
  if (!hall) return std::unexpected(std::move(hall.error()).within("the hall at " + server));
  std::vector<HallDesk> desks;
  for (const auto* unit : units) {
    auto licence = run_.setup.keyring.identity(
        {election, *model::UnitId::parse(unit->first), trust::Role::kPlenipotentiary});
    if (!licence) return std::unexpected(std::move(licence.error()));
    desks.push_back({std::move(*licence), unit->second});
  }
  const auto wrong = (*hall)->work(
      std::move(desks),
      [&](std::string_view command) {
        count(command);
        on_done();
      },
      [&] { return run_.stopping(); });
  if (!wrong)
    return fail(wrong.error().code, "the hall at " + server + ": " + wrong.error().message);
  for (std::size_t i = 0; i < wrong->size() && i < kComplaintsMax; ++i) {
    run_.complain("the hall at " + server + ": " + (*wrong)[i]);
  }
  return run_.check_stopping();
}

Result<void> Evening::work(const std::string& what, const Commands& stage) {
  if (stage.empty()) return {};
  // Commissions of one hall, or one at its own desk.
  std::map<std::string, std::vector<const Commands::value_type*>> halls;
  std::vector<std::vector<const Commands::value_type*>> jobs;
  for (const auto& desk : stage) {
    if (sits_in_hall(desk.first)) {
      halls[run_.setup.routes.at(desk.first).front()].push_back(&desk);
    } else {
      jobs.push_back({&desk});
    }
  }
  for (auto& [server, desks] : halls) jobs.push_back(std::move(desks));
  // The longest first, so that it does not run alone at the end.
  std::ranges::stable_sort(jobs, std::ranges::greater{}, [](const auto& job) {
    std::size_t commands = 0;
    for (const auto* desk : job) commands += desk->second.size();
    return commands;
  });
  {
    Progress progress(what, commands_in(stage));
    auto worked = in_parallel(jobs.size(), kDesksAtOnce, [&](std::size_t i) {
      const auto& [unit, commands] = *jobs[i].front();
      const auto on_done = [&] { progress.add(1); };
      if (sits_in_hall(unit)) {
        return work_in_hall(run_.setup.routes.at(unit).front(), jobs[i], on_done);
      }
      return work_at(unit, commands, !comes_back(unit, stage), on_done);
    });
    if (!worked) return worked;
  }
  return catch_up();
}

Result<void> Evening::revise() {
  auto client = transfer_.client_of(run_.data.protocols[run_.incidents.mistaken].precinct);
  if (!client) return std::unexpected(std::move(client.error()));
  client->protocols.push_back({run_.incidents.mistaken, run_.bodies().revised()});
  const auto results = run_fleet(
      1, [&](std::size_t) { return std::move(client); }, transfer_.fleet_options(),
      [](std::size_t, std::size_t) {}, [&] { return run_.stopping(); });
  if (auto go_on = run_.check_stopping(); !go_on) return go_on;
  if (!results[0].error.empty() || !results[0].refused.empty()) {
    run_.complain("the revision is not taken: " + results[0].error);
  }
  ++records_;
  return {};
}

Result<void> Evening::catch_up() {
  const auto status = run_.wait_for_centre(0, run_.log_before + run_.unspoiled() + 1 + records_,
                                           [](std::uint64_t) {});
  if (!status) return std::unexpected(status.error());
  return {};
}

Result<void> Evening::remember() {
  nlohmann::json json;
  for (const Count& count : kCounts) json[count.name] = run_.outcome.evening.*count.figure;
  return service::write_file_atomically(remembered_in(run_.folder), json.dump() + "\n");
}

Result<void> Evening::play() {
  if (run_.evening_before) {
    run_.outcome.evening = *evening_played(run_.folder);
    return {};
  }
  const auto begun = std::chrono::steady_clock::now();
  agenda_ =
      plan_evening(run_.data, run_.setup.election, run_.bodies(), run_.incidents, run_.expected);
  for (const std::size_t i : {run_.incidents.disputed, run_.incidents.mistaken}) {
    const DatasetProtocol& protocol = run_.data.protocols[i];
    at_real_desk_.insert(confirming_unit(UnitTree(run_.data), run_.data.contest_of(protocol),
                                         run_.data.precinct_of(protocol)));
  }
  if (auto issued = issue_licences(); !issued) return issued;
  auto done = work("confirming   ", agenda_.decisions);
  if (done) done = revise();
  if (done) done = work("revision     ", agenda_.after_revision);
  if (done) done = work("adding up    ", agenda_.protocols);
  if (!done) return done;
  run_.outcome.evening_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return run_.options.work && run_.wrong == 0 ? remember() : Result<void>();
}

}  // namespace urna::drill
