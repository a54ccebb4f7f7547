// What a program needs to be somebody: anchors, certificate, key.
#pragma once

#include "common/daemon/node_settings.h"
#include "common/node/seal.h"
#include "common/trust/certificate.h"
#include "common/uplink/credentials.h"

namespace urna::daemon {

struct LoadedIdentity {
  trust::Anchors anchors;
  node::NodeIdentity node;
  uplink::TlsIdentity tls;
};

// One line naming the file when something cannot be read, does not verify, or does not belong
// together. `software` as of service::software_name().
Result<LoadedIdentity> load_identity(const IdentitySettings& settings, const std::string& software);

// "NAME expired on 2014-12-31 23:59:59 UTC", or that it is not valid yet; nullopt when it is valid.
std::optional<std::string> validity_problem(const std::string& name,
                                            const trust::Certificate& certificate,
                                            std::uint64_t now_ms);

// A licence with which a person signs.
struct LoadedLicence {
  trust::PrivateKey key;
  std::shared_ptr<const trust::Certificate> certificate;
};
Result<LoadedLicence> load_licence(const IdentitySettings& settings);

}  // namespace urna::daemon
