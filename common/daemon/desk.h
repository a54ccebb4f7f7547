// A territorial commission's desk: what waits there, and the decisions its plenipotentiary signs.
// DESIGN §3; LAW.md, "Contests: who does what".
//
// Protocols are named by the control code on their paper, typed or scanned: without the code
// nothing is confirmed. Decisions are signed with the person's own licence, given to the node of
// the same configuration, and answered once they are durable there.
//
// One command a line, one answer a line, "ok …" or "refused …":
//   confirm CODE [reason]                     the paper and these figures are the same
//   approve CODE B1,B3 reason                 accepts blocking warnings
//   return CODE reason                        back to its commission, which makes a revision
//   annul CODE reason                         takes it out for good
//   settle CODE reason                        of several bodies at one place this one counts
//   lot CONTEST ROUND OPTION[/CANDIDATE] …    the winners drawn
//   sign tabulation|collective|final CONTEST ROUND
//   explain CONTEST ROUND                     how the result comes about, step by step
//   queue                                     what waits here
//   help
// Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/daemon/delivery.h"
#include "common/model/control_code.h"
#include "common/node/engine.h"

namespace urna::daemon {

struct DeskAnswer {
  bool ok = false;
  std::string text;  // after "ok " or "refused "; may have lines before its last one
};

class Desk {
 public:
  // `read_store` opens the journal beside a running server. The rest outlives the desk.
  static Result<std::unique_ptr<Desk>> open(const Tier& tier, const NodeSettings& settings,
                                            const Tier::OpenStore& open_store,
                                            const Tier::OpenStore& read_store,
                                            const IdentitySettings& licence);

  // Takes in one command. Answers come out of flush(), in order; the desk flushes by itself when a
  // command depends on what is not durable yet.
  void take(std::string_view line);
  // Gives what was decided to the node. Answers to every command taken since the last flush.
  // An error: nothing is known of the decisions not answered; they may be given again.
  Result<std::vector<DeskAnswer>> flush();

 private:
  // A body a code stands for.
  struct Named {
    model::PlaceId place;
    StatementId statement;
    bool of_precinct = true;
  };
  struct Pending {
    std::size_t answer;  // index in answers_
    Bytes record;
  };

  Desk(const Tier& tier, const NodeSettings& settings, const Tier::OpenStore& open_store,
       LoadedIdentity identity, LoadedLicence licence);

  Result<void> reload();
  const node::Projection& projection() const { return engine_->core().projection(); }
  Result<Named> named(std::string_view code) const;
  const model::Slice* slice(const model::ContestRound& contest) const;

  // Each answers at once when refused, or leaves a record to be given.
  Result<std::string> confirm(std::string_view rest);
  Result<std::string> approve(std::string_view rest);
  Result<std::string> send_back(std::string_view rest);
  Result<std::string> annul(std::string_view rest);
  Result<std::string> settle(std::string_view rest);
  Result<std::string> lot(std::string_view rest);
  Result<std::string> sign_protocol(std::string_view rest);
  Result<std::string> explain(std::string_view rest) const;
  std::string queue() const;
  Result<std::string> run(std::string_view line);
  // Signs and keeps for flush(); `done` becomes the answer when it is taken in.
  Result<std::string> keep(trust::Kind kind, const v1::Body& body, const model::Slice& slice,
                           std::string done);
  std::set<StatementId> rivals_of(const Named& chosen) const;
  std::vector<std::string> across_findings(const Named& named) const;

  const Tier& tier_;
  const NodeSettings& settings_;
  const Tier::OpenStore& open_store_;
  const LoadedIdentity identity_;
  const LoadedLicence licence_;
  const std::string software_;
  std::unique_ptr<journal::Store> store_;
  std::unique_ptr<trust::CertificateBook> certificates_;
  std::unique_ptr<node::Engine> engine_;
  std::map<std::string, std::vector<Named>> by_code_;
  std::set<model::PlaceId> decided_;  // places with a decision that is not durable yet
  std::vector<DeskAnswer> answers_;
  std::vector<Pending> pending_;
  std::string pending_kind_;  // when all that is pending is territorial protocols of one kind
  std::optional<Error> broken_;
};

}  // namespace urna::daemon
