// urna-drill: whole elections replayed through the real programs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "common/service/version.h"
#include "common/uplink/quiet.h"
#include "tests/chaos/options.h"
#include "tests/drill/candidates.h"
#include "tests/drill/dataset_generated.h"
#include "tests/drill/generate_command.h"
#include "tests/drill/replay.h"

namespace {

using namespace urna;

struct Arguments {
  std::string dataset;
  std::filesystem::path data;
  std::vector<std::string> only;
  drill::ReplayOptions replay;
  chaos::Options chaos;
  drill::GenerateOptions generate;
  std::string work;
  bool serve = false;
};

constexpr const char* kSynthetic = "synthetic";

// Data sets that stand in a folder of their name; a generated nation in its own.
struct Reader {
  const char* dataset;
  Result<drill::Dataset> (*read)(const std::filesystem::path& data_dir);
};
constexpr Reader kReaders[] = {
    {"2014-warsaw", drill::read_warsaw},      {"2014-sejmik", drill::read_sejmik_2014},
    {"2018-mayors", drill::read_mayors_2018}, {"2019-sejm", drill::read_sejm_2019},
    {"generated", drill::read_generated},
};

std::vector<std::string> dataset_names() {
  std::vector<std::string> names{kSynthetic};
  for (const Reader& reader : kReaders) names.emplace_back(reader.dataset);
  return names;
}

Result<drill::Dataset> read_whole(const Arguments& arguments) {
  if (arguments.dataset == kSynthetic) return drill::make_synthetic(arguments.replay.seed);
  if (arguments.data.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--data DIR is needed for " + arguments.dataset);
  }
  const auto reader =
      std::ranges::find(kReaders, std::string_view(arguments.dataset), &Reader::dataset);
  return reader->read(arguments.data);
}

Result<drill::Dataset> read_dataset(const Arguments& arguments) {
  auto data = read_whole(arguments);
  if (!data || arguments.only.empty()) return data;
  return drill::select(std::move(*data), arguments.only);
}

Result<drill::Published> read_published(const Arguments& arguments) {
  auto sums = drill::sum_files(arguments.dataset, arguments.data, arguments.only);
  if (!sums) return std::unexpected(std::move(sums.error()));
  auto official = drill::read_official(arguments.dataset, arguments.data);
  if (!official) return std::unexpected(std::move(official.error()));
  return drill::Published{std::move(*sums), std::move(*official)};
}

// What the data sets do not tell is invented: candidates, and a tie among them.
Result<drill::Dataset> prepare_dataset(const Arguments& arguments) {
  auto data = read_dataset(arguments);
  if (!data) return data;
  if (!drill::needs_candidates(*data)) return data;
  const auto tie = drill::invent_candidates(*data, arguments.replay.seed);
  if (!tie) return std::unexpected(tie.error());
  return data;
}

int run_replay(Arguments& arguments, service::ShutdownSignals& signals) {
  const auto data = prepare_dataset(arguments);
  if (!data) {
    std::cerr << "urna-drill: " << data.error().message << "\n";
    return 2;
  }
  const auto published = read_published(arguments);
  if (!published) {
    std::cerr << "urna-drill: " << published.error().message << "\n";
    return 2;
  }
  if (!arguments.work.empty()) arguments.replay.work = arguments.work;
  const auto disturbance = chaos::make_disturbance(arguments.chaos);
  arguments.replay.disturbance = disturbance.get();
  const auto done = drill::replay(*data, *published, arguments.replay, signals);
  if (done) return *done;
  std::cerr << "urna-drill: " << done.error().message << "\n";
  return done.error().code == ErrorCode::kInvalidArgument ? 2 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  uplink::quieten_libraries();
  CLI::App app{"Replays whole elections through the real programs, and compares every figure.",
               "urna-drill"};
  app.set_version_flag("--version", service::software_name("urna-drill"));
  app.require_subcommand(1);
  app.footer("Exit status: 0 every figure agrees, 1 something is wrong, 2 wrong usage or input.");
  Arguments arguments;
  CLI::App* replay =
      app.add_subcommand("replay",
                         "Start a database, the centre and territorial nodes; send every protocol "
                         "from its own precinct client; let commissions approve, settle, return, "
                         "confirm, draw lots and sign; compare what the centre holds, up to who is "
                         "elected, with the data set");
  replay
      ->add_option("--dataset", arguments.dataset,
                   "2014-warsaw, all contests of Warsaw; 2014-sejmik, the assemblies of 12 "
                   "voivodeships; 2018-mayors, round one in 12 voivodeships; 2019-sejm, "
                   "parliament in 30 districts; generated, a nation that generate wrote; or "
                   "synthetic: a powiat made from --seed")
      ->required()
      ->check(CLI::IsMember(dataset_names()));
  replay
      ->add_option("--data", arguments.data,
                   "folder that holds the data set's folder; of a generated nation its own")
      ->check(CLI::ExistingDirectory);
  replay
      ->add_option("--only-teryt", arguments.only,
                   "replay only precincts whose teryt begins so: 02 a voivodeship, 0201 a powiat, "
                   "020101 a gmina; may be repeated. What is compared is then those precincts, and "
                   "of what was published what they are the whole of")
      ->check(CLI::TypeValidator<std::uint32_t>());
  replay->add_option("--report", arguments.replay.report, "write the outcome here, as JSON");
  replay->add_option("--spoil", arguments.replay.spoil,
                     "change one figure in each of N protocols; the evening "
                     "then ends after the transfer");
  replay
      ->add_option("--seed", arguments.replay.seed,
                   "chooses what is spoiled and everything that is invented: the synthetic powiat, "
                   "councils' seats and candidates, who wins a lot. The same again with --work")
      ->capture_default_str();
  replay->add_option("--by-medium", arguments.replay.by_medium,
                     "precincts of this unit hand over removable media");
  replay->add_option("--work", arguments.work,
                     "keep the system in this folder; used again by a next replay with the same "
                     "--seed, unless this one is stopped in its evening");
  replay->add_option("--streams", arguments.replay.streams_max, "precinct streams open at once")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  replay->add_flag("--serve", arguments.replay.serve_afterwards,
                   "leave everything running, with the live page, until Ctrl-C");
  chaos::add_options(*replay, arguments.chaos);
  const CLI::App* generate = drill::add_generate_command(app, arguments.generate);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  auto signals = service::ShutdownSignals::create();
  if (!signals) {
    std::cerr << "urna-drill: " << signals.error().message << "\n";
    return 1;
  }
  if (generate->parsed()) return drill::run_generate(arguments.generate, *signals);
  return run_replay(arguments, *signals);
}
