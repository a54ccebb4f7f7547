#include "common/uplink/client.h"

#include <grpcpp/alarm.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>

#include "common/uplink/attempt.h"
#include "common/uplink/selector.h"

namespace urna::uplink {

namespace {

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

}  // namespace

struct Client::Impl : std::enable_shared_from_this<Client::Impl> {
  Impl(node::Node& n, const TlsIdentity& t, ClientOptions o)
      : node(n),
        tls(t),
        options(std::move(o)),
        selector(options.upstreams.size(),
                 {options.backoff_ms_min, options.backoff_ms_max, options.failover_ms}),
        random(std::random_device{}()) {}

  void try_next();
  void begin(std::size_t upstream);
  void greeted(std::size_t upstream);
  void proved(std::size_t upstream);
  void look_for_better(std::size_t upstream, const std::shared_ptr<Attempt>& current);
  void ended(std::size_t upstream, std::uint64_t begun_ms, const grpc::Status& status);
  // Runs `task` with the present attempt after a while if it is still the present one then.
  void after_with_attempt(std::uint64_t wait_ms,
                          std::function<void(const std::shared_ptr<Attempt>&)> task);
  void stop();
  // Runs `task` on a thread of gRPC's, unless stop() comes first.
  void after(std::uint64_t wait_ms, std::function<void()> task);
  void say(const std::string& text) {
    if (options.on_event) options.on_event(text);
  }

  node::Node& node;
  const TlsIdentity tls;
  const ClientOptions options;
  mutable std::mutex mutex;
  std::condition_variable quiet;
  Selector selector;
  std::minstd_rand random;
  std::shared_ptr<Attempt> attempt;
  std::size_t alive = 0;  // attempts and alarms not over yet
  bool stopping = false;
  bool returning = false;   // the attempt is ended to try an earlier upstream
  bool has_proved = false;  // the attempt is of use
  Status status;
  std::set<std::shared_ptr<grpc::Alarm>> alarms;
};

void Client::Impl::after(std::uint64_t wait_ms, std::function<void()> task) {
  // Called with the mutex held. The alarm is owned by the set alone: its callback must not keep it.
  auto fresh = std::make_shared<grpc::Alarm>();
  alarms.insert(fresh);
  ++alive;
  const auto due = std::chrono::system_clock::now() + std::chrono::milliseconds(wait_ms);
  fresh->Set(due, [self = shared_from_this(), key = std::weak_ptr(fresh),
                   task = std::move(task)](bool ok) mutable {
    if (ok) task();
    task = nullptr;  // with all it keeps, before stop() may return
    const std::lock_guard inner(self->mutex);
    if (const auto mine = key.lock()) self->alarms.erase(mine);
    if (--self->alive == 0) self->quiet.notify_all();
  });
}

void Client::Impl::try_next() {
  const std::lock_guard lock(mutex);
  if (stopping || attempt != nullptr) return;
  const double jitter = std::uniform_real_distribution<double>(0, 1)(random);
  const Selector::Choice choice = selector.next(now_ms(), jitter);
  after(choice.wait_ms, [this, upstream = choice.upstream] { begin(upstream); });
}

void Client::Impl::after_with_attempt(std::uint64_t wait_ms,
                                      std::function<void(const std::shared_ptr<Attempt>&)> task) {
  // Called with the mutex held.
  after(wait_ms, [this, mine = std::weak_ptr(attempt), task = std::move(task)] {
    const auto still = mine.lock();
    if (still == nullptr) return;
    {
      const std::lock_guard lock(mutex);
      if (attempt != still) return;
    }
    task(still);
  });
}

void Client::Impl::begin(std::size_t upstream) {
  std::shared_ptr<Attempt> fresh;
  {
    const std::lock_guard lock(mutex);
    if (stopping || attempt != nullptr) return;
    const auto self = shared_from_this();
    fresh = attempt = std::make_shared<Attempt>(
        node, tls, options.election, options.upstreams[upstream],
        Attempt::Events{
            .greeted = [self, upstream] { self->greeted(upstream); },
            .settled = [self, upstream] { self->proved(upstream); },
            .ended = [self, upstream, begun_ms = now_ms()](
                         const grpc::Status& how) { self->ended(upstream, begun_ms, how); }});
    ++alive;
    has_proved = false;
    status.unit = options.upstreams[upstream].unit.str();
    status.address = options.upstreams[upstream].address;
    const auto patience = options.greeting_ms == 0 ? options.failover_ms : options.greeting_ms;
    after_with_attempt(patience, [this](const std::shared_ptr<Attempt>& current) {
      {
        const std::lock_guard inner(mutex);
        if (status.connected) return;
      }
      current->give_up("it does not answer the greeting");
    });
  }
  fresh->begin(options.follow);
}

void Client::Impl::greeted(std::size_t upstream) {
  std::string text;
  {
    const std::lock_guard lock(mutex);
    status.connected = true;
    status.last_error.clear();
    text = "connected to " + status.unit + " at " + status.address;
    if (!stopping) {
      after_with_attempt(options.proof_ms,
                         [this, upstream](const std::shared_ptr<Attempt>&) { proved(upstream); });
    }
    if (upstream > 0 && !stopping) {
      // Only the second choice: look for the first again after a while.
      after_with_attempt(options.return_ms,
                         [this, upstream](const std::shared_ptr<Attempt>& current) {
                           look_for_better(upstream, current);
                         });
    }
  }
  say(text);
}

void Client::Impl::proved(std::size_t upstream) {
  const std::lock_guard lock(mutex);
  has_proved = true;
  selector.proved(upstream);
}

void Client::Impl::look_for_better(std::size_t upstream, const std::shared_ptr<Attempt>& current) {
  {
    const std::lock_guard lock(mutex);
    if (attempt != current) return;
    selector.try_before(upstream);
    returning = true;
  }
  current->cancel();
}

void Client::Impl::ended(std::size_t upstream, std::uint64_t begun_ms, const grpc::Status& how) {
  std::string text;
  {
    const std::lock_guard lock(mutex);
    attempt.reset();
    const bool was_connected = std::exchange(status.connected, false);
    if (!std::exchange(returning, false)) {
      const std::uint64_t now = now_ms();
      selector.failed(upstream, has_proved ? now : begun_ms, now);
    }
    status.last_error = how.ok() ? "the upstream ended the stream" : how.error_message();
    if (!stopping) {
      text = (was_connected ? "lost " : "cannot reach ") + status.unit + " at " + status.address +
             ": " + status.last_error;
    }
  }
  if (!text.empty()) say(text);
  try_next();
  const std::lock_guard lock(mutex);
  if (--alive == 0) quiet.notify_all();
}

void Client::Impl::stop() {
  std::shared_ptr<Attempt> current;
  std::set<std::shared_ptr<grpc::Alarm>> waiting;
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    current = attempt;
    waiting = alarms;
  }
  for (const auto& alarm : waiting) alarm->Cancel();
  waiting.clear();
  if (current) current->cancel();
  std::unique_lock lock(mutex);
  quiet.wait(lock, [this] { return alive == 0; });
}

Client::Client(node::Node& node, const TlsIdentity& tls, ClientOptions options)
    : impl_(std::make_shared<Impl>(node, tls, std::move(options))) {
  if (!impl_->options.upstreams.empty()) impl_->try_next();
}

Client::~Client() { stop(); }

Client::Status Client::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

void Client::stop() { impl_->stop(); }

}  // namespace urna::uplink
