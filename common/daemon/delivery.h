// Giving batches to the node of this configuration: to its server while that runs, else into its
// journal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/daemon/definition_file.h"
#include "common/daemon/identity.h"
#include "common/daemon/node_program.h"
#include "urna/v1/transfer.pb.h"

namespace urna::daemon {

// What came of giving the batches, one receipt each, in order.
struct Delivered {
  std::vector<v1::SignedReceipt> receipts;
  std::optional<DefinitionVersion> in_force;  // afterwards, as far as that can be known
};

// Returns when everything is durable. kUnavailable: the server that holds the data folder does not
// answer; other errors are the store's.
Result<Delivered> deliver(const Tier& tier, const NodeSettings& settings,
                          const LoadedIdentity& identity, const Tier::OpenStore& open_store,
                          trust::CertificateBook& certificates,
                          const std::vector<v1::SignedBatch>& batches);

// What the node said of one batch.
struct BatchAnswer {
  v1::Batch batch;
  std::string refused;  // a code when the whole batch was; else empty
  // One per entry of the batch, in its order; nullopt where the node said nothing.
  std::vector<std::optional<v1::Outcome>> outcomes;
};

// kMalformed: the batch or its receipt does not decode.
Result<BatchAnswer> answer_to(const v1::SignedBatch& batch, const v1::SignedReceipt& receipt);

}  // namespace urna::daemon
