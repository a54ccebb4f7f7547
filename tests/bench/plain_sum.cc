#include "tests/bench/plain_sum.h"

#include <chrono>
#include <fstream>

#include "common/journal/postgres_edge.h"

namespace urna::bench {

namespace {

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace

Result<PlainSum> PlainSum::prepare(const Country& country, const std::filesystem::path& file) {
  PlainSum plain;
  plain.file_ = file;
  std::ofstream out(file);
  const auto row = [&](std::size_t protocol, std::size_t contest, std::size_t cell,
                       std::uint32_t votes) {
    out << protocol << '\t' << contest << '\t' << cell << '\t' << votes << '\n';
    ++plain.figures_;
    plain.votes_ += votes;
  };
  std::size_t number = 0;
  for (std::size_t precinct = 0; precinct < country.data().precincts.size(); ++precinct) {
    for (std::uint32_t which = 0; which < country.size().protocols_per_precinct; ++which) {
      const drill::DatasetProtocol protocol = country.protocol(precinct, which);
      std::size_t cell = 0;
      for (const model::Cell votes : protocol.votes) {
        row(number, protocol.contest, cell++, model::figure_of(votes));
      }
      for (const std::uint32_t votes : protocol.candidate_votes) {
        row(number, protocol.contest, cell++, votes);
      }
      ++number;
    }
  }
  out.flush();
  if (!out) return fail(ErrorCode::kUnavailable, "cannot write " + file.string());
  return plain;
}

Result<PlainSum::Took> PlainSum::run(const std::string& connection) const {
  return journal::postgres::guarded([&]() -> Result<Took> {
    pqxx::connection db(connection);
    {
      pqxx::work work(db);
      work.exec(
          "CREATE TABLE figures (protocol integer, contest integer, cell integer, "
          "votes integer)");
      work.commit();
    }
    Took took;
    const auto begun = std::chrono::steady_clock::now();
    {
      pqxx::work work(db);
      work.exec("COPY figures FROM " + work.quote(file_.string()));
      work.commit();
    }
    took.copy_s = seconds_since(begun);
    const auto copied = std::chrono::steady_clock::now();
    std::uint64_t votes = 0;
    {
      pqxx::work work(db);
      for (const auto& line : work.exec("SELECT sum(votes) FROM figures GROUP BY contest, cell")) {
        votes += line[0].as<std::uint64_t>();
      }
    }
    took.sum_s = seconds_since(copied);
    if (votes != votes_) {
      return fail(ErrorCode::kInternal, "PostgreSQL's sum is " + std::to_string(votes) +
                                            " instead of " + std::to_string(votes_));
    }
    return took;
  });
}

}  // namespace urna::bench
