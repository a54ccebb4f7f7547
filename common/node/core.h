// The engine of every tier: one state machine, no I/O, no clock, no thread, no randomness inside.
//
//   events in                     actions out
//   ---------                     -----------
//   on_batch, on_local        ->  commit (at most one at a time; what arrives meanwhile waits
//                                 for the next)
//   on_committed              ->  receipts and outcomes go out, readers wake
//   on_submit_open, on_receipt -> read the log, send batches upward
//   on_follow_open, on_sent   ->  read the log, send batches downward
//   on_tick                   ->  deferred records are tried again
//
// A record is acknowledged only after the commit that holds it is durable. When a commit fails,
// everything that waited on it is dropped without an answer, and peers send again.
//
// Not thread-safe: one driver, one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/base/flat_map.h"
#include "common/journal/merkle.h"
#include "common/node/definition_book.h"
#include "common/node/events.h"
#include "common/node/projection.h"

namespace urna::node {

struct CoreConfig {
  model::ElectionId election;
  model::UnitId unit;
  // The root of the tree: its log is the centre's.
  bool is_centre = false;
  // How long a deferred record waits before it is tried again, milliseconds.
  std::uint64_t retry_ms = 1'000;
  // An upstream that leaves a batch unanswered for longer is given up, milliseconds.
  std::uint64_t answer_ms_max = 60'000;
  // Of a longer record an upstream is first asked whether it has it, bytes. Manifests of a country
  // have megabytes, and every precinct that took one from a file would send it up.
  std::size_t ask_first_bytes = 64 << 10;
};

struct Counters {
  std::uint64_t admitted = 0;
  std::map<trust::Kind, std::uint64_t> admitted_by_kind;
  std::map<std::string, std::uint64_t> refused_by_code;
  std::uint64_t duplicates = 0;
  std::uint64_t refused = 0;
  std::uint64_t deferred = 0;
  std::uint64_t batches_quarantined = 0;
  std::map<std::string, std::uint64_t> quarantined_by_code;
  std::uint64_t commits_failed = 0;
};

class Core {
 public:
  explicit Core(CoreConfig config);

  // ---- start: in this order, before any event; see JournalLoader ----
  void restore_part(const journal::StoredBlob& part);
  void restore_log(const LogId& log_id, const journal::Frontier& frontier);
  // Every entry, in order of position. False when its id is there already.
  bool restore_entry(std::uint64_t position, trust::Kind kind, const RecordId& id,
                     const std::string& unit, const std::string& source);
  // What it says, as the driver reopened it: of manifests and revocations now, of the others when
  // it comes to them, between events. kCorrupt when it could not have been admitted.
  Result<void> restore_record(std::uint64_t position, trust::OpenedRecord record);
  void restore_cursor(const journal::Cursor& cursor);
  void restore_notice(const journal::Notice& notice);
  // The last receipt of an upstream, as found in the operations log.
  void restore_receipt(const std::string& upstream, Bytes signed_receipt);
  void restore_refused_above(std::uint64_t position, const std::string& code);
  // An id this log once had, as found in the operations log.
  void restore_former_id(const LogId& id) { own_ids_.insert(id); }
  void restored();
  void settle_restored() { projection_.settle(); }
  // Every record of the log was restored.
  void made_whole();

  // ---- events ----
  void on_batch(InboundBatch batch, Actions& actions);
  void on_local(LocalRecord record, Actions& actions);
  void on_committed(bool ok, Actions& actions);

  // A Submit stream to an upstream node was opened: begins with a greeting batch.
  void on_submit_open(SessionId session, const std::string& upstream, std::uint64_t at_ms,
                      Actions& actions);
  void on_receipt(InboundReceipt receipt, Actions& actions);
  // A follower below opened a Follow stream. `known`: how its memory of this log compares.
  void on_follow_open(SessionId session, const std::string& follower,
                      const v1::FollowRequest& request, PrefixVerdict known, Actions& actions);
  // A batch made for a stream is signed: the digest of its payload, which its receipt must name.
  void on_sealed(SessionId session, std::uint64_t sequence, const Digest& payload);
  // A batch for a follower was handed to the network.
  void on_sent(SessionId session, Actions& actions);
  // What a ReadLog asked for.
  void on_read(const ReadLog& request, std::vector<journal::StoredEntry> entries,
               std::vector<journal::StoredNotice> notices, Actions& actions);
  void on_closed(SessionId session);
  // The store was put back from a copy: before anything is said in its name, the log goes on under
  // `fresh`, and what came down is asked for again.
  void on_restored_copy(const LogId& fresh, std::uint64_t at_ms, Actions& actions);
  void on_tick(std::uint64_t at_ms, Actions& actions);

  // A batch that came down a Follow stream is given to on_batch with a session made known here.
  void on_following(SessionId session, const std::string& upstream);
  v1::FollowRequest follow_request(const std::string& upstream) const;

  // ---- questions ----
  const CoreConfig& config() const { return config_; }
  const LogId& log_id() const { return log_id_; }
  std::uint64_t size() const { return durable_.size(); }
  // With the entries that are admitted and not durable yet, for which nobody has an answer.
  std::uint64_t staged_size() const { return staged_.size(); }
  v1::Checkpoint checkpoint() const;
  const Projection& projection() const { return projection_; }
  const DefinitionBook& book() const { return book_; }
  const Counters& counters() const { return counters_; }
  std::optional<std::uint64_t> position_of(const RecordId& id) const;
  // Position in the centre's log, once known here.
  std::optional<journal::Notice> centre_notice(const RecordId& id) const;
  // Everything below this position of the own log was settled by the upstream.
  std::uint64_t settled_at(const std::string& upstream) const;
  // The same of whichever upstream has settled most.
  std::uint64_t settled_anywhere() const;
  // A batch of these entries for a medium, with every certificate they need.
  OutBatch medium_batch(std::uint64_t sequence, std::vector<journal::StoredEntry> entries) const;
  // Records an upstream refused, then or before a restart: position in the own log and code.
  const std::map<std::uint64_t, std::string>& refused_upstream() const { return refused_upstream_; }
  // When the log last grew, by the driver's clock; 0 before the first growth since the start.
  std::uint64_t changed_at_ms() const { return changed_at_ms_; }
  // The projection knows every record. Before that its tallies and effects lack some.
  bool is_whole() const { return whole_; }
  // Records the projection knows.
  std::uint64_t known_records() const { return known_records_; }
  bool commit_in_flight() const { return in_flight_.has_value(); }
  bool idle() const;
  // May a node of this unit submit or follow here?
  bool serves(const std::string& unit) const;
  bool has_definition() const { return book_.in_force() != nullptr; }

 private:
  struct EntryMeta {
    trust::Kind kind;
    std::uint32_t unit;    // index into names_
    std::uint32_t source;  // index into names_
  };
  struct Staged {
    std::uint64_t position;
    Admissible record;  // without its bytes, which go to the store
    std::string unit;
    std::string source;
    bool new_definition = false;  // states a manifest no other record here states
  };
  // One commit being collected or written.
  struct Step {
    CommitPlan plan;
    std::vector<Staged> records;
    journal::Frontier after;  // of the log, once this is durable
    bool parts_came = false;
    std::unordered_map<std::string, Bytes> receipts;  // the last of each upstream
    std::map<std::uint64_t, std::string> refused_above;
    std::optional<LogId> told_of;  // the id that made this log take another
  };
  // An outbound stream: upward (submit) or downward (follow).
  struct Outlet {
    struct Sent {
      std::vector<std::uint64_t> positions;
      std::vector<RecordId> ids;
      std::uint64_t at_ms = 0;  // when it was made
      Digest payload{};         // of the batch as signed; zeros until the driver told
    };
    struct Retry {
      std::uint64_t at_ms = 0;
      unsigned tries = 0;
      bool suspect = false;  // a batch with it was refused whole: sent alone
      bool sent = false;
      std::vector<Digest> parts;  // what the upstream misses; goes along, or it would not be kept
    };
    SessionId session = 0;
    bool upward = false;
    bool greeted = false;  // upward: the greeting was answered
    bool reading = false;
    std::string peer;
    std::uint64_t next = 0;         // next position to look at
    std::uint64_t next_notice = 0;  // downward
    std::uint64_t sequence = 0;
    std::size_t in_flight = 0;                     // batches
    std::map<std::uint64_t, Sent> unacknowledged;  // upward, by sequence
    std::map<std::uint64_t, Retry> retries;        // upward, by position
    std::unordered_set<Digest> blobs_sent;
    std::vector<Digest> blobs_queued;
    std::vector<StatementId> definitions;  // downward: whose parts the peer is given
  };

  // inbound (core_inbound.cc)
  // What the sender of a stream was last told is remembered of its log, or told of it itself.
  struct Told {
    Bytes log_id;
    std::uint64_t size = 0;
  };
  // Where a record came from.
  struct Origin {
    const std::string& peer;  // the own unit for what was made here
    bool below;               // the peer sends it up
    bool keeps;               // what is told here is in the log it has now
  };
  v1::Receipt answer(InboundBatch& batch, const Origin& from, Actions& actions);
  bool is_newest_stream(const InboundBatch& batch);
  void remember_sender(const InboundBatch& batch, v1::Receipt& receipt);
  bool surely_has(const Origin& from, const trust::OpenedRecord& record) const;
  void quarantine(const InboundBatch& batch);
  v1::Outcome answer_for(const RecordId& named);
  v1::Outcome take_in(trust::Opened opened, const Bytes& bytes, const Origin& from);
  v1::Outcome stage(Admissible record, const Origin& from);
  v1::Outcome refuse(const Bytes& bytes, const std::string& source, NotAdmissible why);
  void keep_parts();
  void take_notices(const InboundBatch& batch);
  void follow_progress(const InboundBatch& batch, const std::string& upstream,
                       const v1::Receipt& receipt, Actions& actions);
  void give_again(const std::string& upstream);
  bool is_of_another_life(PrefixVerdict verdict, std::string_view log_id) const;
  static constexpr std::string_view kUnreadable =
      "this node's log cannot be compared with what the peer remembers";
  static constexpr std::string_view kForked = "a peer remembers a log this node does not have";
  // `told_of`: the id a peer remembers and this log never had; may be empty.
  void mint_log_id(const LogId& fresh, std::string_view why, Actions& actions,
                   std::string_view told_of = {});
  void add_notice(journal::Notice notice);
  // False: it was that already.
  bool set_cursor(journal::Cursor cursor);
  void log_operation(v1::OperationsEntry entry);

  // commits (core.cc)
  void begin_commit(Actions& actions, bool for_cursors = false);
  void drop_staged();
  void apply(const Staged& staged, Actions& actions);
  void remember(std::uint64_t position, trust::Kind kind, const RecordId& id,
                const std::string& unit, const std::string& source);
  std::uint32_t intern(const std::string& name);

  // outbound (core_outbound.cc)
  // Longest wait before a deferred record is tried again, as a multiple of the configured one.
  static constexpr std::uint64_t kRetryFactorMax = 30;
  void wake(Outlet& outlet, Actions& actions);
  void wake_all(Actions& actions);
  bool ask_for_retries(Outlet& outlet, Actions& actions);
  void ask_for_new(Outlet& outlet, Actions& actions);
  void send_queued_blobs(Outlet& outlet, Actions& actions);
  OutBatch new_batch(Outlet& outlet);
  void skip_to(const Outlet& outlet);
  bool concerns(const Outlet& outlet, std::uint64_t position) const;
  void queue_parts_of(Outlet& outlet, const model::Definition& definition);
  void queue_late_parts();
  bool refill(const std::string& peer);
  std::uint64_t refill_below(const std::string& peer) const;
  void await_answer(Outlet& outlet, Outlet::Sent sent);
  void give_up_on_silence(Actions& actions);
  void queue_blobs_of(Outlet& outlet, const journal::StoredEntry& entry, std::vector<Digest>& now);
  bool attach_parts(const std::vector<Digest>& parts, std::vector<Digest>& blobs,
                    std::size_t& bytes) const;
  void take_queued(Outlet& outlet, std::vector<Digest>& blobs);

  // answers from above (core_receipts.cc)
  bool starts_over(const Outlet& outlet, const v1::Receipt& receipt) const;
  bool settle(Outlet& outlet, const Outlet::Sent& sent, const v1::Receipt& receipt);
  void settle_one(Outlet& outlet, std::uint64_t position, const RecordId& id,
                  const v1::Outcome& outcome, const v1::Receipt& receipt);
  void refused_above(const Outlet& outlet, std::uint64_t position, const std::string& code);
  void suspect_all(Outlet& outlet, const Outlet::Sent& sent, const std::string& code);
  void save_upstream_cursor(const Outlet& outlet, const v1::Checkpoint& upstream_log);
  std::uint64_t lowest_unsettled(const Outlet& outlet) const;

  CoreConfig config_;
  DefinitionBook book_;
  Projection projection_;

  LogId log_id_{};
  LogId durable_log_id_{};
  // Every id the log has had, as far as the operations log was searched.
  std::set<LogId> own_ids_;
  journal::Frontier durable_;  // what is committed
  journal::Frontier staged_;   // with what is in flight and pending
  std::vector<EntryMeta> meta_;
  std::vector<std::string> names_;
  FlatMap<std::string, std::uint32_t> name_index_;
  FlatMap<RecordId, std::uint64_t> positions_;         // durable
  FlatMap<RecordId, std::uint64_t> staged_positions_;  // not yet durable
  // Durable: the first record of each.
  std::map<StatementId, std::uint64_t> manifest_positions_;
  // Peers whose refill is not durable yet: nothing is sent to them, lest they move past what they
  // are to be given again.
  std::set<std::string> refilling_;
  FlatSet<Digest> stored_blobs_;  // durable, in flight or pending
  std::unordered_map<RecordId, journal::Notice> notices_;
  std::vector<RecordId> notice_order_;  // durable notices by number
  std::unordered_set<Digest> refused_logged_;

  Step pending_;
  std::optional<Step> in_flight_;

  std::map<SessionId, Outlet> outlets_;
  std::map<SessionId, std::string> following_;      // session -> upstream
  FlatMap<std::string, SessionId> newest_streams_;  // upward to here, by sender
  std::map<SessionId, Told> told_;                  // of open streams
  std::set<SessionId> halted_;                      // followed, given up, not closed yet
  using CursorKey = std::pair<std::string, journal::Cursor::Kind>;
  std::map<CursorKey, journal::Cursor> cursors_;
  std::map<CursorKey, journal::Cursor> durable_cursors_;
  std::map<CursorKey, journal::Cursor> changed_cursors_;  // to go with the next commit
  std::unordered_map<std::string, Bytes> last_receipt_;
  std::unordered_map<std::string, Bytes> durable_last_receipt_;
  std::map<std::string, std::vector<Digest>> follow_wanted_;
  std::map<std::uint64_t, std::string> refused_upstream_;
  std::map<std::uint64_t, std::string> durable_refused_upstream_;
  Counters counters_;
  bool whole_ = false;
  std::uint64_t known_records_ = 0;
  std::uint64_t now_ms_ = 0;
  std::uint64_t changed_at_ms_ = 0;
};

}  // namespace urna::node
