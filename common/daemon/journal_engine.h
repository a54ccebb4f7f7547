// What a journal means, rebuilt from it by one thread: for the commands that look at it or write it
// while no server does.
#pragma once

#include <memory>

#include "common/daemon/node_program.h"
#include "common/node/engine.h"
#include "common/node/seal.h"
#include "common/trust/certificate_book.h"

namespace urna::daemon {

// Everything given outlives the engine. Errors as node::Engine::open().
Result<std::unique_ptr<node::Engine>> open_engine(const Tier& tier,
                                                  const node::NodeIdentity& identity,
                                                  journal::Store& store,
                                                  trust::CertificateBook& certificates);

}  // namespace urna::daemon
