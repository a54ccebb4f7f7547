// Many commissions that have no server of their own and sit at one node above them. The `desk`
// program rebuilds everything from the node's journal each time it is opened and again after each
// decision, which two thousand commissions at a dozen nodes cannot wait for; here one process reads
// the journal for all of them, pass by pass. It takes commands of the desk's language (desk.h of
// common/daemon): confirm, approve, lot and sign; what it signs is judged by the node as always.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/error.h"
#include "common/node/engine.h"
#include "common/trust/certificate_book.h"
#include "common/uplink/client.h"

namespace urna::drill {

// One commission.
struct HallDesk {
  trust::Identity licence;            // of its plenipotentiary
  std::vector<std::string> commands;  // in this order
};

struct HallOptions {
  uplink::Upstream server;
  std::filesystem::path journal;  // of that server, which goes on writing it
  trust::Anchors anchors;
  trust::Identity node;  // the server's own certificate: what is decided at it comes from it
  // What cannot be done yet is tried again, since what it needs may still be on its way.
  std::chrono::milliseconds patience{60'000};
  std::chrono::milliseconds pause{500};
};

// Not thread-safe; one for each node.
class Hall {
 public:
  // Errors of reading the journal and the certificates.
  static Result<std::unique_ptr<Hall>> open(HallOptions options);

  // Does everything in order, all desks together. Returns what is wrong at the end: "COMMAND: why".
  // `on_ok` is told of every command once the node has taken it in. An error when the node does not
  // answer or its journal cannot be read. Stops trying once `stopping` says so.
  Result<std::vector<std::string>> work(std::vector<HallDesk> desks,
                                        const std::function<void(std::string_view)>& on_ok,
                                        const std::function<bool()>& stopping);

 private:
  struct Person;
  struct Decision;
  Hall(HallOptions options, node::NodeIdentity identity, std::string key_pem);

  Result<void> reload();
  // One pass: what every desk can decide by what the journal holds now.
  void decide(Person& person, std::vector<Decision>& decisions);
  Result<v1::Body> body_of(std::string_view command, const model::UnitId& unit) const;
  Result<v1::Body> confirmation(std::string_view rest) const;
  Result<v1::Body> approval(std::string_view rest) const;
  Result<v1::Body> lot(std::string_view rest) const;
  Result<v1::Body> protocol(std::string_view rest, const model::UnitId& unit) const;
  // Gives decisions to the node; what it says of each is noted in it.
  Result<void> deliver(std::vector<Decision>& decisions);
  // How many commands were done by it.
  static std::size_t settle(const std::vector<Decision>& decisions,
                            const std::function<void(std::string_view)>& on_ok);
  // What does not hold though the node took the decision in; empty when nothing.
  std::string fault_in(std::string_view command, const model::UnitId& unit) const;
  const node::Projection& projection() const { return engine_->core().projection(); }

  const HallOptions options_;
  const node::NodeIdentity identity_;
  const std::string key_pem_;
  trust::CertificateBook certificates_;  // verified once, however often the journal is read
  std::unique_ptr<journal::Store> store_;
  std::unique_ptr<node::Engine> engine_;
  // Bodies of precincts by the control code on their paper.
  struct Named {
    model::PlaceId place;
    StatementId statement;
  };
  std::unordered_map<std::string, Named> by_code_;
};

}  // namespace urna::drill
