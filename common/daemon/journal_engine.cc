#include "common/daemon/journal_engine.h"

namespace urna::daemon {

Result<std::unique_ptr<node::Engine>> open_engine(const Tier& tier,
                                                  const node::NodeIdentity& identity,
                                                  journal::Store& store,
                                                  trust::CertificateBook& certificates) {
  node::CoreConfig config;
  config.election = identity.certificate->subject.election;
  config.unit = identity.certificate->subject.unit;
  config.is_centre = tier.is_centre;
  return node::Engine::open(std::move(config), store, certificates, identity,
                            node::system_random());
}

}  // namespace urna::daemon
