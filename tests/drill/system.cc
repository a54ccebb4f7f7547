#include "tests/drill/system.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "common/base/check.h"
#include "tests/support/standby.h"

namespace urna::drill {

namespace {

constexpr std::chrono::seconds kStopPatience{20};
constexpr std::chrono::seconds kStartPatience{120};  // beside much else on the machine
constexpr std::string_view kDatabase = "urna";
constexpr std::uint16_t kLowestPort = 10'000;
constexpr int kPortTries = 200;

// The first port the kernel gives to outgoing connections.
std::uint32_t first_ephemeral_port() {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint32_t first = 0;
  return range >> first ? first : 32'768;
}

bool is_free(std::uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool bound = bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return bound;
}

// An address nothing listens on now and that no outgoing connection takes by chance.
Result<std::string> choose_address(std::vector<std::string>& taken) {
  std::random_device random;
  const std::uint32_t end = std::max<std::uint32_t>(first_ephemeral_port(), kLowestPort + 1'000);
  for (int i = 0; i < kPortTries; ++i) {
    const auto port = static_cast<std::uint16_t>(kLowestPort + random() % (end - kLowestPort));
    std::string address = "127.0.0.1:" + std::to_string(port);
    if (std::ranges::find(taken, address) != taken.end() || !is_free(port)) continue;
    taken.push_back(address);
    return address;
  }
  return fail(ErrorCode::kUnavailable, "no free port below " + std::to_string(end));
}

}  // namespace

System::System(Options options) : options_(std::move(options)) {
  for (const ServerPlan& plan : options_.servers) servers_.push_back({plan, {}, {}, {}, 0});
}

System::~System() {
  static_cast<void>(stop());
  stop_database();
}

std::filesystem::path System::program_of(const std::string& unit) const {
  return options_.programs / (unit == centre() ? "urna-central" : "urna-territorial");
}

System::Running& System::at(const std::string& unit) {
  const auto found =
      std::ranges::find(servers_, unit, [](const Running& server) { return server.plan.unit; });
  URNA_CHECK(found != servers_.end());
  return *found;
}

const System::Running& System::at(const std::string& unit) const {
  return const_cast<System*>(this)->at(unit);
}

std::string System::address(const std::string& unit) const {
  auto reached = reach({}, unit);
  return reached ? *reached : std::string();
}

std::string System::own_address(const std::string& unit) const {
  const std::lock_guard lock(mutex_);
  return at(unit).address;
}

std::string System::status_page(const std::string& unit) const {
  const std::lock_guard lock(mutex_);
  return at(unit).status_page;
}

Result<std::string> System::reach(const std::string& from, const std::string& to) const {
  std::string address = own_address(to);
  return endurance_.link ? endurance_.link(from, to, address) : address;
}

Result<void> System::start_database() {
  test::PrivatePostgres::Options database;
  // A socket's path must be short; in a kept system the database lies in the folder when it can.
  if (options_.keep) database.folder = options_.folder / "pg";
  database.keep = options_.keep;
  const bool fresh = database.folder.empty() || !std::filesystem::exists(database.folder);
  auto postgres = test::PrivatePostgres::start(database);
  if (!postgres) return std::unexpected(std::move(postgres.error()));
  postgres_ = std::move(*postgres);
  if (fresh) {
    if (auto made = postgres_->create_database(std::string(kDatabase)); !made) return made;
  }
  return endurance_.standby ? start_standby() : Result<void>();
}

Result<void> System::start_standby() {
  auto standby = test::start_synchronous_standby(*postgres_);
  if (!standby) return std::unexpected(std::move(standby.error()).within("the standby"));
  standby_ = std::move(*standby);
  return {};
}

Result<void> System::start() {
  if (auto started = start_database(); !started) return started;
  std::vector<std::string> taken;
  for (Running& server : servers_) {
    if (endurance_.fixed_addresses) {
      for (std::string* address : {&server.address, &server.status_page}) {
        auto chosen = choose_address(taken);
        if (!chosen) return std::unexpected(std::move(chosen.error()));
        *address = std::move(*chosen);
      }
    }
    const std::lock_guard lock(control_);
    if (auto launched = launch(server); !launched) return launched;
  }
  return {};
}

std::string System::database() const {
  if (!standby_) return postgres_->connection(kDatabase);
  return "host=" + postgres_->folder().string() + "," + standby_->folder().string() +
         " dbname=" + std::string(kDatabase) + " user=postgres target_session_attrs=read-write";
}

Result<ServerConfig> System::config_of(const Running& server) const {
  ServerConfig config;
  config.folder = options_.folder;
  config.unit = server.plan.unit;
  config.failover = endurance_.failover;
  config.patience = kStartPatience;
  if (!server.address.empty()) {
    config.listen = server.address;
    config.http_listen = server.status_page;
  }
  if (const auto prefix = endurance_.prefixes.find(config.unit);
      prefix != endurance_.prefixes.end()) {
    config.prefix = prefix->second;
  }
  if (config.unit == centre()) config.database = database();
  for (const std::string& upstream : server.plan.upstreams) {
    auto reached = reach(config.unit, upstream);
    if (!reached) return std::unexpected(std::move(reached.error()));
    config.upstreams.push_back({*model::UnitId::parse(upstream), std::move(*reached)});
  }
  return config;
}

Result<void> System::launch(Running& server) {
  const auto config = config_of(server);
  if (!config) return std::unexpected(config.error());
  auto started = start_server(program_of(server.plan.unit), *config);
  if (!started) return std::unexpected(std::move(started.error()));
  server.process.emplace(std::move(started->process));
  const std::lock_guard lock(mutex_);
  server.address = started->address;
  server.status_page = started->status_page;
  return {};
}

std::string System::ended() {
  const std::unique_lock lock(control_, std::try_to_lock);
  if (!lock.owns_lock()) return {};  // one is being started or ended: asked again soon
  for (Running& server : servers_) {
    if (server.process && !server.process->running()) return server.plan.unit;
  }
  return {};
}

void System::note_memory(Running& server) {
  if (!server.process) return;
  const std::uint64_t peak = peak_resident_kib_of(server.process->pid());
  const std::lock_guard lock(mutex_);
  server.peak_resident_kib = std::max(server.peak_resident_kib, peak);
}

std::map<std::string, std::uint64_t> System::peak_resident_kib() {
  {
    const std::lock_guard lock(control_);
    for (Running& server : servers_) note_memory(server);
  }
  std::map<std::string, std::uint64_t> peaks;
  const std::lock_guard lock(mutex_);
  for (const Running& server : servers_) peaks[server.plan.unit] = server.peak_resident_kib;
  return peaks;
}

Result<void> System::kill(const std::string& unit) {
  const std::lock_guard lock(control_);
  Running& server = at(unit);
  if (!server.process) return fail(ErrorCode::kNotFound, "the server of " + unit + " does not run");
  note_memory(server);
  server.process->kill();
  server.process.reset();
  return {};
}

Result<void> System::stop(const std::string& unit) {
  const std::lock_guard lock(control_);
  Running& server = at(unit);
  if (!server.process) return fail(ErrorCode::kNotFound, "the server of " + unit + " does not run");
  note_memory(server);
  const int status = server.process->stop(kStopPatience);
  server.process.reset();
  if (status == 0) return {};
  return fail(ErrorCode::kInternal,
              "the server of " + unit + " did not end cleanly: " + std::to_string(status));
}

Result<void> System::start_again(const std::string& unit) {
  const std::lock_guard lock(control_);
  URNA_CHECK(endurance_.fixed_addresses);
  Running& server = at(unit);
  if (server.process) {
    return fail(ErrorCode::kAlreadyExists, "the server of " + unit + " runs");
  }
  return launch(server);
}

bool System::runs(const std::string& unit) {
  const std::lock_guard lock(control_);
  Running& server = at(unit);
  return server.process && server.process->running();
}

Result<void> System::signal(const std::string& unit, int number) {
  const std::lock_guard lock(control_);
  Running& server = at(unit);
  if (!server.process || ::kill(server.process->pid(), number) != 0) {
    return fail(ErrorCode::kNotFound, "the server of " + unit + " does not run");
  }
  return {};
}

Result<void> System::freeze(const std::string& unit) { return signal(unit, SIGSTOP); }

Result<void> System::thaw(const std::string& unit) { return signal(unit, SIGCONT); }

Result<void> System::stop() {
  std::string unclean;
  for (auto server = servers_.rbegin(); server != servers_.rend(); ++server) {
    const std::string& unit = server->plan.unit;
    if (!server->process) continue;
    if (auto stopped = stop(unit); !stopped) unclean += " " + stopped.error().message + ";";
  }
  if (!unclean.empty()) return fail(ErrorCode::kInternal, "not all is well:" + unclean);
  return {};
}

void System::stop_database() {
  standby_.reset();
  postgres_.reset();
}

Result<void> System::promote_standby() {
  const std::lock_guard lock(control_);
  if (!standby_ || standby_->process() == 0) {
    return fail(ErrorCode::kNotFound, "there is no standby");
  }
  postgres_->crash(SIGKILL);
  std::swap(postgres_, standby_);
  return test::promote(*postgres_);
}

}  // namespace urna::drill
