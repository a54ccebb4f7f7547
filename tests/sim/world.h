// One run of the simulated nation: sites, a network that misbehaves, people who write and sign, and
// an observer who checks DESIGN §8's invariants after every step, of what changed in it
// (docs/reliability.md). Everything that happens follows from the seed; the only clock is the queue
// of events.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "tests/sim/oracle.h"
#include "tests/sim/papers.h"
#include "tests/sim/report.h"
#include "tests/sim/site.h"

namespace urna::sim {

// How rough the run is, drawn from the seed so that quiet and wild runs both occur. Per thousand.
struct Weather {
  unsigned cut_stream = 0;    // per message
  unsigned repeat_batch = 0;  // per batch
  unsigned crash = 0;         // per commit, at a crash point drawn anew
  unsigned lose_output = 0;   // per engine call: durable, but nothing got out
  unsigned disk_full = 0;     // per second and site
  unsigned partition = 0;     // per second and site
  unsigned restore = 0;       // per second and site: its disk comes back as it once was
  unsigned copy = 0;          // per second and site: a copy of it is started beside it
  unsigned clock_jump = 0;    // per second and site
  unsigned hostile = 0;       // per second
  unsigned renew_node = 0;    // per second: a node's certificate is revoked, another one made
  std::uint64_t delay_ms_max = 1;
};

class World {
 public:
  // `trace` is told what happens as it happens, a line at a time; empty: nobody listens.
  using Trace = std::function<void(const std::string& line)>;
  World(std::uint64_t seed, Keyring& keys, Trace trace = {});
  RunReport run();

 private:
  using SessionId = node::SessionId;
  using Output = node::Engine::Output;
  using Call = std::function<Output(node::Engine&)>;

  struct Event {
    std::uint64_t at_ms;
    std::uint64_t number;
    std::function<void()> what;
  };
  static std::pair<std::uint64_t, std::uint64_t> when(const Event& event);
  // A Submit or Follow stream. Each side knows for itself whether it is still open.
  struct Stream {
    Site* lower = nullptr;
    Site* upper = nullptr;
    bool follow = false;
    // The certificates shown when it was opened.
    KeyId lower_key{};
    KeyId upper_key{};
    bool lower_open = true;
    bool upper_open = true;
    bool broken = false;  // a message was lost: none after it arrives, in either direction
    std::uint64_t last_up_ms = 0;
    std::uint64_t last_down_ms = 0;
  };
  // What the people of one place work on.
  struct Desk {
    model::PlaceId place;
    const ContestPlan* contest = nullptr;
    const PrecinctPlan* precinct = nullptr;
    std::deque<Paper> papers;  // references stay good while others are added
  };
  using Settled = std::function<void()>;
  struct Submission {
    Bytes record;
    std::vector<Bytes> blobs;
    bool must_fail = false;
    Settled then;
    std::string what;
  };
  // What somebody signed and keeps until it is surely with the centre.
  struct Kept {
    model::UnitId at;
    RecordId id;
    Submission submission;
  };
  // A checkpoint that somebody else durably holds: `size` entries of one life of a log.
  using Life = std::shared_ptr<LogMirror>;
  struct Held {
    const Site* signer = nullptr;
    Life life;
    std::uint64_t size = 0;
  };
  enum class HeldFrom { kReceipt, kBatch };
  // Holder, unit of the signer, how it came, log id.
  using HeldKey = std::tuple<const Site*, model::UnitId, HeldFrom, std::string>;
  // An attack, and what must be answered to it.
  struct Attack {
    std::string what;
    model::UnitId from;
    v1::SignedBatch batch;
    std::string refusal;                // of the whole batch; empty: of each record; "a|b": either
    std::vector<std::string> outcomes;  // "duplicate", "deferred", or the code of a refusal
  };

  // world.cc: time and sites
  void after(std::uint64_t delay_ms, std::function<void()> what);
  void step();
  void build_sites();
  void add_site(const model::UnitId& unit, trust::Role role, std::vector<model::UnitId> upstreams);
  Site& site(const model::UnitId& unit) { return *sites_.at(unit); }
  // Where people of a unit sit down: at its machine or, unknowing, at a copy of it.
  Site& workplace(const model::UnitId& unit);
  // The unit's own first, then its copies that are not scrapped.
  std::vector<Site*> machines_of(const model::UnitId& unit);
  // Of the whole nation.
  std::vector<Site*> machines();
  std::uint64_t clock(const Site& site) const {
    return now_ms_ + static_cast<std::uint64_t>(site.clock_ahead_ms);
  }
  LogId draw_log_id();
  std::unique_ptr<journal::MemoryStore> empty_disk();
  void violation(const std::string& what);
  void count(const std::string& what) { ++report_.counts[what]; }
  template <class Say>
  void trace(Say say) const {
    if (trace_) trace_(std::to_string(now_ms_ - kEpochMs) + " ms: " + say());
  }
  void digest(std::string_view text);

  // world_faults.cc: calls into engines, and what goes wrong
  bool call(Site& site, const Call& call);
  void crash(Site& site, const std::string& why);
  void reopen(Site& site);
  void forecast();
  void tick(Site& site);
  void hang_hook(Site& site);
  void calm_down();
  void meet_again();

  // world_copies.cc: machines that are not what they were
  void forecast_copies(Site& site);
  void keep_copy(Site& site);
  void restore(Site& site);
  void start_copy(Site& site);
  void scrap(Site& copy);
  void find_copies();
  bool lacks_parts(const Site& site, const StatementId& definition) const;
  void begin_empty(const model::UnitId& unit);
  void set_clock(Site& site);
  void empty_batteries(const Site& above);
  void forget_what_is_lost(Site& site);
  void renew_node();
  void change_identity(Site& site, const node::NodeIdentity& identity);
  // Once the faults are over: what was signed and stands on no disk any more is handed in again.
  void look_after();

  // world_hostile.cc: peers that mean harm
  void attack();
  void attack_by_following(Site& target, const model::UnitId& unit);
  void plan_batch_attack(Attack& attack);
  void plan_record_attack(Attack& attack, bool with_true_ones);
  v1::Batch batch_of(const model::UnitId& unit, const std::vector<Bytes>& records);
  void check_attack(Site& target, const Attack& attack, const v1::SignedReceipt& sealed);

  // world_network.cc
  void plan_connection(Site& site, Connector& connector, std::uint64_t delay_ms);
  void connect(Site& site, Connector& connector);
  void prefer_first(Site& site, Connector& connector, SessionId session);
  void carry_out(Site& site, Output output);
  void send_up(SessionId id, v1::SignedBatch batch);
  void send_receipt(SessionId id, v1::SignedReceipt receipt);
  void send_down(SessionId id, v1::SignedBatch batch);
  void repeat_later(const Stream& stream, const v1::SignedBatch& batch);
  bool broken_on_the_way(SessionId id);
  void close_side(SessionId id, bool lower);
  void break_stream(SessionId id);
  void tear(SessionId id);
  void interrupt_after_deferral(SessionId id);
  void drop_all_streams(Site& site);
  bool reachable(const Site& lower, const Site& upper) const;
  bool trusts(const Site& one, const Site& peer) const;
  void end_revoked(Site& site, const std::vector<KeyId>& revoked);
  std::uint64_t delay();

  // world_script.cc, world_decisions.cc: what people do
  void plan_script();
  void submit(Site& site, Submission submission);
  void work_at(Desk& desk);
  // `before`: number of the paper that is superseded.
  void enter(Desk& desk, std::optional<std::size_t> before, std::uint64_t delay_ms);
  void enter_now(Desk& desk, std::optional<std::size_t> before, int tries);
  void decide(Desk& desk, std::size_t paper);
  void contradict(Desk& desk, std::size_t paper);
  void send_back(Desk& desk, std::size_t paper);
  void report_turnout(Desk& desk, std::uint64_t delay_ms);
  void sign_again(Desk& desk, std::size_t paper, const DefinitionVersion& version);
  // Signed there, under the definition in force there, and handed in.
  void hand_in(Site& where, const Licence& by, const v1::Body& body, const std::string& what);
  std::uint64_t signing_time(const Site& where) const;
  void decide_at(const model::UnitId& at, const Licence& by, v1::Body body, std::uint64_t delay_ms,
                 std::string what);
  void bring_medium(Site& precinct);
  const DefinitionVersion* version_at(Site& site, const model::ContestRound& contest);
  void spread_second_version();
  void revoke_chair();
  void revoke_plenipotentiary();
  Site& entry_site(const Desk& desk, bool at_gmina);
  const Licence& plenipotentiary(const model::UnitId& unit);

  void count_turnout();

  // world_evening.cc: what a commission does with what has come in
  void plan_evening();
  void work_evening(const ContestPlan& contest, int rounds, std::uint64_t delay_ms);
  void work_through(const ContestPlan& contest, Site& where);
  void confirm_some(const ContestPlan& contest, Site& where);
  bool sign_territorial(const ContestPlan& contest, Site& where, node::TerritorialKind kind);
  void decide_on_territorial(const node::TerritorialPlace& place, const StatementId& statement);
  bool draw_lots(const ContestPlan& contest, Site& where);

  // watch_logs.cc: invariants 1, 2 and 4
  void observe(Site& site);
  void note_sent(Site& by, const v1::SignedBatch& batch);
  void check_receipt(Site& by, const v1::SignedReceipt& receipt);
  void note_receipt_kept(const Site& holder, const Site& signer, const Life& life,
                         const v1::SignedReceipt& sealed);
  void note_batch_kept(const Site& holder, const Site& signer, const Life& life,
                       const v1::SignedBatch& sealed);
  void check_held(const HeldKey& key, const Held& fresh);
  void check_what_peers_hold();
  void check_forks();
  void check_outcome(Site& site, const node::LocalOutcome& outcome, const RecordId& id);
  void check_checkpoint(Site& site, const v1::Checkpoint& checkpoint);
  void check_sent_down(Site& by, const v1::SignedBatch& sealed);
  void check_notice(const Site& by, const journal::Notice& notice);
  void check_notices(Site& site);
  void check_promises(Site& site);
  void check_history(Site& site);

  // watch.cc: invariants 3, 5 and 6
  void check_what_changed(Site& site);
  void check_whole_meaning(Site& site);
  void check_meaning(Site& site, std::span<const ContestPlan> contests,
                     const Oracle::Meant& expected);
  void check_places(Site& site, std::size_t expected);
  void check_effects(Site& site, const Oracle::Effects& expected);
  void check_sums(Site& site, const model::ContestRound& contest, const Oracle::SumsByKey& sums);
  void check_territorial(Site& site, const Oracle::Territorial& expected);
  void check_same_as_others(Site& site);
  void check_rebuild(Site& site);
  bool converged(std::string* why);
  bool holds_its_own(const Site& one, std::string* why);
  bool holds_its_parts(const Site& one, std::string* why);
  Oracle::BlockingCodes blocking_codes();

  const std::uint64_t seed_;
  const Trace trace_;
  Keyring& keys_;
  Random random_;
  Nation nation_;
  Papers papers_;
  Weather weather_;
  // For what was added after seeds were found: drawn apart, most of them stay what they were.
  Random apart_;
  // Nodes have more than one upstream. In some nations nobody can go round anybody: what a stream
  // owes, no other brings.
  const bool detours_;
  bool calm_ = false;
  bool went_back_ = false;  // a disk to what it was, or to a second machine
  bool met_again_ = false;  // everybody, or nobody has to

  std::uint64_t now_ms_ = kEpochMs;
  std::uint64_t event_number_ = 0;
  std::vector<Event> events_;  // a heap: the next one first
  std::map<model::UnitId, std::unique_ptr<Site>> sites_;
  std::vector<std::unique_ptr<Site>> copies_;
  std::vector<Life> centre_lives_;
  std::map<SessionId, Stream> streams_;
  SessionId next_session_ = 1;
  std::map<model::UnitId, std::uint64_t> cut_off_until_ms_;
  std::vector<std::unique_ptr<Desk>> desks_;
  std::set<model::UnitId> revoked_chairs_;
  std::set<model::UnitId> revoked_plenipotentiaries_;
  std::map<model::UnitId, unsigned> node_numbers_;  // of the certificates in use, from 1
  std::vector<Kept> kept_;
  std::set<model::UnitId> on_the_way_;  // precincts whose medium is being carried
  // What people signed: nothing else may ever stand in a log.
  std::set<RecordId> signed_;
  // Acknowledged by somebody, once.
  std::set<RecordId> promised_;
  std::map<HeldKey, std::vector<Held>> held_;
  // Batches on their way, with their senders, for replays.
  std::vector<std::pair<model::UnitId, v1::SignedBatch>> overheard_;
  std::map<SessionId, Attack> attacks_;
  bool last_call_took_ = true;                           // what came in, as far as it goes
  std::map<const Site*, std::uint64_t> sizes_when_met_;  // of logs, at the first meeting
  std::unordered_map<RecordId, std::shared_ptr<const Told>> told_;
  std::uint64_t open_submissions_ = 0;
  std::string last_wait_;  // what somebody last had to wait for
  std::uint64_t next_ticket_ = 1;
  // Record ids of every batch that was sent, by the digest of its payload.
  std::map<std::string, std::vector<RecordId>> sent_batches_;
  RunReport report_;
};

}  // namespace urna::sim
