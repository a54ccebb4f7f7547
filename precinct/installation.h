// What every command of urna-precinct begins with: configuration, keys, journal and definition.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "common/daemon/identity.h"
#include "common/service/data_lock.h"
#include "precinct/session.h"

namespace urna::precinct {

inline constexpr std::string_view kProgram = "urna-precinct";

enum class Access {
  kWork,  // may write the journal: one process at a time
  kLook,  // changes nothing: while another process works, a copy of the journal is looked at
};

// A folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// An open installation, with the configured definition taken in.
struct Installation {
  daemon::NodeSettings settings;
  std::optional<TemporaryFolder> copy;
  std::optional<service::DataLock> lock;
  uplink::TlsIdentity tls;
  model::ElectionId election;
  std::unique_ptr<node::ThreadPool> pool;
  std::unique_ptr<Session> session;
};

// The configuration alone. One line naming the key when something is wrong.
Result<daemon::NodeSettings> read_settings(const std::filesystem::path& config);

// One line naming the file or key when something is wrong; kLocked for kWork beside another
// process. Warnings (an own certificate that is not valid, an older definition file) go to standard
// error, one line each.
Result<Installation> open_installation(const std::filesystem::path& config, Access access);

// Sends, and with `follow` receives, until the session disconnects. Events go to standard error.
void connect(Installation& installation, bool follow);

}  // namespace urna::precinct
