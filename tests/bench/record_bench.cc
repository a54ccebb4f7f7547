// What each step of a record's way into the centre costs, one thread, per record. The first line is
// the part nobody can do without; everything after it is the engine's own.
#include <benchmark/benchmark.h>

#include "common/journal/memory_store.h"
#include "common/journal/postgres_store.h"
#include "common/model/strict.h"
#include "common/node/admission.h"
#include "common/node/engine.h"
#include "common/trust/sha256.h"
#include "tests/bench/parliament.h"
#include "tests/support/private_postgres.h"

namespace urna::bench {
namespace {

constexpr std::size_t kPrecincts = 4'096;

Parliament& parliament() {
  static Parliament made(kPrecincts);
  return made;
}

// Figures are per record, so that the steps can be added up.
void per_record(benchmark::State& state) {
  state.counters["µs/record"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kPrecincts * 1e-6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

struct Certificates {
  Certificates() : book(parliament().keys().anchors()) {
    for (const Bytes& der : parliament().certificates()) book.add(der);
    book.add(parliament().national_certificate());
  }
  trust::CertificateBook book;
};

Certificates& certificates() {
  static Certificates made;
  return made;
}

void SignatureAlone(benchmark::State& state) {
  std::vector<v1::SignedRecord> records(kPrecincts);
  for (std::size_t i = 0; i < kPrecincts; ++i) {
    URNA_CHECK(records[i].ParseFromString(parliament().records()[i]));
  }
  certificates();
  for (auto _ : state) {
    for (const v1::SignedRecord& record : records) {
      const auto verdict = certificates().book.find(*KeyId::from_bytes(record.key_id()));
      URNA_CHECK((**verdict)->key->verify(
          {trust::pae_prefix(record.payload_type(), record.payload()), record.payload()},
          record.signature()));
    }
  }
  per_record(state);
}
BENCHMARK(SignatureAlone)->Unit(benchmark::kMillisecond);

void CertificateOfEach(benchmark::State& state) {
  for (auto _ : state) {
    trust::CertificateBook book(parliament().keys().anchors());
    for (const Bytes& der : parliament().certificates()) URNA_CHECK(book.add(der)->has_value());
  }
  per_record(state);
}
BENCHMARK(CertificateOfEach)->Unit(benchmark::kMillisecond);

// Everything open_record does but for the signature.
void DecodeRecord(benchmark::State& state) {
  for (auto _ : state) {
    for (const Bytes& bytes : parliament().records()) {
      auto opened = trust::reopen_record(bytes, certificates().book);
      URNA_CHECK(opened.has_value());
      benchmark::DoNotOptimize(opened->id);
    }
  }
  per_record(state);
}
BENCHMARK(DecodeRecord)->Unit(benchmark::kMillisecond);

struct Book {
  Book() : book(parliament().keys().election()) {
    for (const Bytes& part : parliament().election().parts) {
      book.restore(trust::digest_of(part), part);
    }
    auto record = sim::must(trust::reopen_record(parliament().manifest(), certificates().book));
    auto verdict = node::judge(std::move(record), book);
    const auto& admissible = std::get<node::Admissible>(verdict);
    book.add(admissible.definition, node::signer_of(admissible.record));
  }
  node::DefinitionBook book;
};

std::vector<node::Admissible> judged(node::DefinitionBook& book, benchmark::State& state) {
  std::vector<trust::OpenedRecord> opened;
  for (const Bytes& bytes : parliament().records()) {
    opened.push_back(sim::must(trust::reopen_record(bytes, certificates().book)));
  }
  std::vector<node::Admissible> admissible;
  admissible.reserve(opened.size());
  state.ResumeTiming();
  for (trust::OpenedRecord& record : opened) {
    admissible.push_back(std::get<node::Admissible>(node::judge(std::move(record), book)));
  }
  state.PauseTiming();
  return admissible;
}

void Judge(benchmark::State& state) {
  Book book;
  for (auto _ : state) {
    state.PauseTiming();
    auto all = judged(book.book, state);
    benchmark::DoNotOptimize(all.data());
    all.clear();
    state.ResumeTiming();
  }
  per_record(state);
}
BENCHMARK(Judge)->Unit(benchmark::kMillisecond);

void Project(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto book = std::make_unique<Book>();
    auto manifest = sim::must(trust::reopen_record(parliament().manifest(), certificates().book));
    auto projection = std::make_unique<node::Projection>(book->book);
    projection->apply(std::get<node::Admissible>(node::judge(std::move(manifest), book->book)));
    auto all = judged(book->book, state);
    std::size_t n = 0;
    state.ResumeTiming();
    for (const node::Admissible& one : all) {
      projection->take_in(one);
      if (++n % node::kBatchRecordsMax == 0) projection->settle();
    }
    projection->settle();
    state.PauseTiming();
    URNA_CHECK(projection->bodies_in(node::State::kEffective) == kPrecincts);
    projection.reset();
    all.clear();
    state.ResumeTiming();
  }
  per_record(state);
}
BENCHMARK(Project)->Unit(benchmark::kMillisecond);

struct Centre {
  explicit Centre(std::unique_ptr<journal::Store> given)
      : store(std::move(given)),
        engine(sim::must(node::Engine::open(
            {.election = parliament().keys().election(),
             .unit = sim::unit_id("PL"),
             .is_centre = true},
            *store, certificates().book,
            parliament().keys().node(sim::unit_id("PL"), trust::Role::kCentralNode),
            node::system_random()))) {
    std::vector<Bytes> blobs = parliament().election().parts;
    blobs.push_back(parliament().national_certificate());
    const auto output = engine->submit(1, parliament().manifest(), blobs, sim::kEpochMs);
    URNA_CHECK(output.outcomes.at(0).outcome.has_admitted_at());
  }
  std::unique_ptr<journal::Store> store;
  std::unique_ptr<node::Engine> engine;
};

void receive_all(Centre& centre, const std::vector<v1::SignedBatch>& batches) {
  for (const v1::SignedBatch& batch : batches) {
    const auto output = centre.engine->receive_batch(7, "020000", batch, sim::kEpochMs + 5'000);
    URNA_CHECK(output.receipts.size() == 1);
  }
  URNA_CHECK(centre.engine->core().projection().bodies_in(node::State::kEffective) == kPrecincts);
}

// Signatures, certificates, batches of 256 and their receipts, and no disk.
void EngineInMemory(benchmark::State& state) {
  const auto batches = parliament().batches();
  for (auto _ : state) {
    state.PauseTiming();
    auto centre = std::make_unique<Centre>(std::make_unique<journal::MemoryStore>(LogId{}));
    state.ResumeTiming();
    receive_all(*centre, batches);
    state.PauseTiming();
    centre.reset();
    state.ResumeTiming();
  }
  per_record(state);
}
BENCHMARK(EngineInMemory)->Unit(benchmark::kMillisecond);

// The same with PostgreSQL: wall time, for the database works in a process of its own.
void EngineOnPostgres(benchmark::State& state) {
  const auto batches = parliament().batches();
  test::PrivatePostgres::Options options;
  options.fast_and_unsafe = true;
  auto server = sim::must(test::PrivatePostgres::start(options));
  int number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::string name = "b" + std::to_string(number++);
    URNA_CHECK(server->create_database(name).has_value());
    auto centre = std::make_unique<Centre>(sim::must(journal::PostgresStore::open(
        {.connection = server->connection(name), .hook = {}, .log_id = {}})));
    state.ResumeTiming();
    receive_all(*centre, batches);
    state.PauseTiming();
    centre.reset();
    state.ResumeTiming();
  }
  per_record(state);
}
BENCHMARK(EngineOnPostgres)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace urna::bench
