#include "tests/bench/check.h"

#include <httplib.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <unordered_map>

#include "common/journal/postgres_edge.h"

namespace urna::bench {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds kPagePatience{60};
constexpr std::chrono::seconds kReceivedPatience{300};

// What the figures of one contest add up to.
struct Sums {
  std::uint64_t protocols = 0;
  std::uint64_t eligible = 0;
  std::uint64_t valid_votes = 0;
  std::vector<std::uint64_t> options;
  bool operator==(const Sums&) const = default;
};
using AllSums = std::map<std::string, Sums>;

AllSums expected_sums(const Country& country, const Load& load,
                      const std::vector<std::uint64_t>& sent) {
  AllSums sums;
  for (std::size_t s = 0; s < sent.size(); ++s) {
    for (std::size_t i = 0; i < sent[s]; ++i) {
      const LoadRecord& record = load.streams()[s][i];
      const drill::DatasetProtocol protocol = country.protocol(record.precinct, record.which);
      Sums& of = sums[country.data().contest_of(protocol).id];
      of.options.resize(protocol.votes.size());
      ++of.protocols;
      of.eligible += protocol.figure("p1");
      of.valid_votes += protocol.votes_total();
      for (std::size_t option = 0; option < protocol.votes.size(); ++option) {
        of.options[option] += model::figure_of(protocol.votes[option]);
      }
    }
  }
  return sums;
}

AllSums sums_of_page(const json& page) {
  AllSums sums;
  for (const json& contest : page.at("contests")) {
    if (contest.at("received").get<std::uint64_t>() == 0) continue;
    Sums& of = sums[contest.at("contest").get<std::string>()];
    of.protocols = contest.at("received").get<std::uint64_t>();
    of.eligible = contest.at("eligible").get<std::uint64_t>();
    of.valid_votes = contest.at("valid_votes").get<std::uint64_t>();
    for (const json& option : contest.at("options")) {
      of.options.push_back(option.at("votes").get<std::uint64_t>());
    }
  }
  return sums;
}

std::string first_difference(const AllSums& page, const AllSums& expected) {
  for (const auto& [contest, sums] : expected) {
    const auto found = page.find(contest);
    if (found == page.end()) return contest + " is not in the tally";
    if (found->second == sums) continue;
    return contest + ": " + std::to_string(found->second.protocols) + " protocols and " +
           std::to_string(found->second.valid_votes) + " valid votes instead of " +
           std::to_string(sums.protocols) + " and " + std::to_string(sums.valid_votes) +
           ", or other votes for an option";
  }
  return "the tally has a contest nothing was sent for";
}

// Figures by contest, kind and code, as the tally names them: "sejm-1-7,candidate,3/14".
using Figures = std::map<std::string, std::uint64_t>;

Figures expected_figures(const Country& country, const Load& load,
                         const std::vector<std::uint64_t>& sent) {
  Figures figures;
  for (std::size_t s = 0; s < sent.size(); ++s) {
    for (std::size_t i = 0; i < sent[s]; ++i) {
      const LoadRecord& record = load.streams()[s][i];
      const drill::DatasetProtocol protocol = country.protocol(record.precinct, record.which);
      const drill::DatasetContest& contest = country.data().contest_of(protocol);
      for (const auto& [point, figure] : protocol.points) {
        figures[contest.id + ",point," + point] += figure;
      }
      auto candidate = protocol.candidate_votes.begin();
      for (std::size_t o = 0; o < contest.options.size(); ++o) {
        const drill::DatasetOption& option = contest.options[o];
        figures[contest.id + ",option," + option.code] += model::figure_of(protocol.votes[o]);
        for (std::uint32_t position = 1; position <= option.candidates; ++position) {
          figures[contest.id + ",candidate," + option.code + "/" + std::to_string(position)] +=
              *candidate++;
        }
      }
    }
  }
  return figures;
}

// "contest,round,unit,protocols,kind,code,figure" of the national unit; zeros are left out.
Result<Figures> figures_of_lines(std::string_view lines) {
  Figures figures;
  std::istringstream in{std::string(lines)};
  std::string line;
  for (std::getline(in, line); std::getline(in, line);) {
    std::vector<std::string> fields;
    std::istringstream words(line);
    for (std::string word; std::getline(words, word, ',');) fields.push_back(word);
    if (fields.size() != 7) return fail(ErrorCode::kMalformed, "no line of a tally: " + line);
    if (fields[2] != kCentreUnit) continue;
    figures[fields[0] + "," + fields[4] + "," + fields[5]] = std::stoull(fields[6]);
  }
  return figures;
}

Result<std::string> get_page(httplib::Client& http) {
  http.set_read_timeout(kPagePatience);
  const auto answer = http.Get("/api/status.json");
  if (answer && answer->status == 200) return answer->body;
  return fail(ErrorCode::kUnavailable, "the status page does not answer");
}

}  // namespace

Result<void> wait_for_received(const std::string& status_page, std::uint64_t protocols) {
  httplib::Client http("http://" + status_page);
  const auto deadline = std::chrono::steady_clock::now() + kReceivedPatience;
  std::uint64_t received = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto page = get_page(http);
    if (!page) return std::unexpected(page.error());
    received = 0;
    for (const auto& [contest, sums] : sums_of_page(json::parse(*page))) received += sums.protocols;
    if (received == protocols) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fail(ErrorCode::kUnavailable, "the status page shows " + std::to_string(received) +
                                           " protocols instead of " + std::to_string(protocols));
}

Result<PageAnswer> time_status_page(const std::string& status_page) {
  httplib::Client http("http://" + status_page);
  const auto begun = std::chrono::steady_clock::now();
  const auto page = get_page(http);
  if (!page) return std::unexpected(page.error());
  return PageAnswer{std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(),
                    page->size()};
}

Result<void> check_tally_lines(const Country& country, const Load& load,
                               const std::vector<std::uint64_t>& sent, std::string_view lines) {
  auto printed = figures_of_lines(lines);
  if (!printed) return std::unexpected(std::move(printed.error()));
  for (const auto& [name, figure] : expected_figures(country, load, sent)) {
    const auto found = printed->find(name);
    const std::uint64_t have = found == printed->end() ? 0 : found->second;
    if (have != figure) {
      return fail(ErrorCode::kInternal,
                  name + " is " + std::to_string(have) + " instead of " + std::to_string(figure));
    }
    if (found != printed->end()) printed->erase(found);
  }
  for (const auto& [name, figure] : *printed) {
    if (figure != 0) return fail(ErrorCode::kInternal, name + " is in the tally and was not sent");
  }
  return {};
}

Result<void> check_rows(const Load& load, const std::vector<std::uint64_t>& sent,
                        const std::string& connection, const std::string& query) {
  std::unordered_map<RecordId, Digest> expected;
  for (std::size_t s = 0; s < sent.size(); ++s) {
    for (std::size_t i = 0; i < sent[s]; ++i) {
      expected.emplace(load.streams()[s][i].id, load.streams()[s][i].bytes);
    }
  }
  return journal::postgres::guarded([&]() -> Result<void> {
    pqxx::connection db(connection);
    pqxx::work work(db);
    std::size_t same = 0;
    for (const auto& row : work.exec(query)) {
      const auto id = journal::postgres::id_of<RecordId>(row[0]);
      const auto found = expected.find(id);
      if (found == expected.end()) {
        return fail(ErrorCode::kInternal,
                    "record " + id.hex() + " was never sent, or is there twice");
      }
      if (journal::postgres::id_of<Digest>(row[1]) != found->second) {
        return fail(ErrorCode::kInternal, "record " + id.hex() + " is stored with other bytes");
      }
      expected.erase(found);
      ++same;
    }
    if (!expected.empty()) {
      return fail(ErrorCode::kInternal,
                  std::to_string(expected.size()) +
                      " records were acknowledged and are not in the store, " +
                      std::to_string(same) + " are");
    }
    return {};
  });
}

Result<void> check_tally(const Country& country, const Load& load,
                         const std::vector<std::uint64_t>& sent, const std::string& status_page) {
  const AllSums expected = expected_sums(country, load, sent);
  const auto deadline = std::chrono::steady_clock::now() + kPagePatience;
  httplib::Client http("http://" + status_page);
  for (;;) {
    const auto page = get_page(http);
    if (!page) return std::unexpected(page.error());
    const AllSums shown = sums_of_page(json::parse(*page));
    if (shown == expected) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kInternal, first_difference(shown, expected));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace urna::bench
