#include "precinct/installation.h"

#include <cstdlib>

#include "common/base/clock.h"
#include "common/daemon/node_program.h"
#include "common/daemon/terminal.h"
#include "common/journal/sqlite_store.h"
#include "common/journal/sqlite_upkeep.h"
#include "common/service/version.h"

namespace urna::precinct {

namespace {

void warn(const std::string& text) { daemon::complain(kProgram, "warning: " + text); }

Result<daemon::LoadedIdentity> load_own_identity(const daemon::IdentitySettings& settings) {
  auto identity = daemon::load_identity(settings, service::software_name(kProgram));
  if (!identity) return identity;
  const trust::Certificate& certificate = *identity->node.certificate;
  if (certificate.subject.role != trust::Role::kPrecinctNode) {
    return fail(ErrorCode::kNotAuthorised,
                settings.certificate.string() + " is not the certificate of a precinct node");
  }
  if (const auto problem =
          daemon::validity_problem(settings.certificate.string(), certificate, wall_clock_ms())) {
    warn(*problem + "; servers will refuse this installation");
  }
  return identity;
}

Result<void> take_definition(Session& session, const trust::Anchors& anchors,
                             const std::filesystem::path& file) {
  trust::CertificateBook certificates(anchors);
  const auto definition = daemon::read_definition_file(file, certificates);
  if (!definition) return std::unexpected(definition.error());
  auto taken = session.load_definition(*definition);
  if (!taken) return std::unexpected(std::move(taken.error()).within(file.string()));
  if (taken->older()) warn(file.string() + ": " + daemon::describe(*taken));
  return {};
}

// Locks the folder, or for a look beside another process makes a copy; the journal to open.
Result<std::filesystem::path> find_journal(Access access, Installation& installation) {
  const std::filesystem::path file = installation.settings.data / daemon::kJournalFile;
  auto lock = service::DataLock::take(installation.settings.data);
  if (lock) {
    installation.lock.emplace(std::move(*lock));
    return file;
  }
  if (lock.error().code != ErrorCode::kLocked) return std::unexpected(std::move(lock.error()));
  if (access == Access::kWork) {
    return fail(ErrorCode::kLocked,
                lock.error().message +
                    "; stop it first (check, contests, blank, status and export work beside it)");
  }
  auto folder = TemporaryFolder::make();
  if (!folder) return std::unexpected(std::move(folder.error()));
  installation.copy.emplace(std::move(*folder));
  const std::filesystem::path copy = installation.copy->path() / daemon::kJournalFile;
  if (auto copied = journal::copy_journal(file, copy); !copied) {
    return std::unexpected(std::move(copied.error()).within(lock.error().message));
  }
  return copy;
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  std::string name = ((error ? "/tmp" : base) / "urna-precinct.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return fail(ErrorCode::kUnavailable, "cannot make a folder for a copy of the journal: " + name);
  }
  return TemporaryFolder(name);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

Result<daemon::NodeSettings> read_settings(const std::filesystem::path& file) {
  auto config = service::Config::load(file);
  if (!config) return std::unexpected(std::move(config.error()));
  daemon::NodeSettings settings = daemon::read_node_settings(config->root(), /*listens=*/false);
  if (auto good = config->finish(); !good) return std::unexpected(std::move(good.error()));
  return settings;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<Installation> open_installation(const std::filesystem::path& config, Access access) {
  auto settings = read_settings(config);
  if (!settings) return std::unexpected(std::move(settings.error()));
  auto identity = load_own_identity(settings->identity);
  if (!identity) return std::unexpected(std::move(identity.error()));
  Installation installation{std::move(*settings),
                            std::nullopt,
                            std::nullopt,
                            identity->tls,
                            identity->node.certificate->subject.election,
                            std::make_unique<node::ThreadPool>(2),
                            nullptr};
  const auto journal = find_journal(access, installation);
  if (!journal) return std::unexpected(journal.error());
  journal::SqliteStore::Options store_options;
  store_options.path = *journal;
  auto store = journal::SqliteStore::open(store_options);
  if (!store) return std::unexpected(std::move(store.error()));
  SessionOptions options{identity->anchors, std::move(identity->node), std::move(*store), nullptr};
  options.on_event = [](std::string_view code, const std::string& text) {
    daemon::complain(kProgram, std::string(code) + ": " + text);
  };
  auto session = Session::open(std::move(options), *installation.pool);
  if (!session) return std::unexpected(std::move(session.error()));
  installation.session = std::move(*session);
  if (installation.settings.definition) {
    auto taken = take_definition(*installation.session, identity->anchors,
                                 *installation.settings.definition);
    if (!taken) return std::unexpected(std::move(taken.error()));
  }
  return installation;
}

void connect(Installation& installation, bool follow) {
  uplink::ClientOptions options;
  options.upstreams = installation.settings.upstreams;
  options.election = installation.election;
  options.follow = follow;
  options.failover_ms = installation.settings.failover_ms;
  options.on_event = [](const std::string& text) { daemon::complain(kProgram, text); };
  installation.session->connect(std::move(options), installation.tls);
}

}  // namespace urna::precinct
