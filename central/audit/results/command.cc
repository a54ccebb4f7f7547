#include "central/audit/results/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "central/audit/results/allocate.h"
#include "central/audit/results/determine.h"
#include "central/audit/results/mayors.h"

namespace urna::audit {

namespace {

constexpr std::string_view kProgram = "urna-results";

constexpr const char* kAbout =
    "Determines election results by the rules of a year, from tables of votes, without any server";

constexpr const char* kFooter =
    R"(Rules: 2010 (local elections of 2010), 2014 (Electoral Code, local elections; 2018 is the same),
2019 (parliament). What each says, with worked examples: docs/results.md.

Tables are CSV in UTF-8 with commas and a header line, plain or compressed (.gz), rows in any order.
The output is the input with a column 'outcome' added at the end, or replaced where there is one; all
other bytes stay. It appears only when it is whole.

Exit status: 0 success; 2 wrong usage or bad input, with one line on stderr: file, line and reason;
1 the output cannot be written.)";

constexpr const char* kDetermineFooter =
    R"(districts.csv   teryt, district, seats
candidates.csv  council, teryt, district, list, position, votes; committee_kind where there is one
                (party, coalition, minority). council gmina_council_up_to_20000: the candidates with
                most votes are elected; any other: d'Hondt. Votes empty in a whole district: no vote
                was held; empty beside others' votes: struck off
lots.csv        teryt, district, list, position: one row for each seat drawn, naming who has it

Districts join on (teryt, district). The threshold is over all districts of a teryt, so all of them must
be in the table. Districts without candidates are ignored.
outcome         elected, not_elected, or lot: chance decides and no lot is recorded. Of lists with equal
                quotients that is each list's next candidate. Precincts are not known here, so a tie
                that the law settles by precincts is lot as well.

Example:
  urna-results determine --rules 2010 --districts districts.csv --candidates candidates-08.csv \
    --output out.csv --explain 081000/2)";

constexpr const char* kMayorsFooter =
    R"(votes.csv       teryt, candidate (or position), votes; round (R1, R2) where there is one, otherwise all
                is round one; votes_no for single candidates. Contests are (round, teryt)
outcome         elected, runoff (goes to it), no, or lot: chance decides. A single candidate is elected
                with more YES than NO; in a table without votes_no it is elected, with a note on
                stderr. Columns 'elected' and 'outcome' of the input are never read.

Example:
  urna-results mayors --rules 2018 --votes official.csv --output out.csv)";

constexpr const char* kAllocateFooter =
    R"(Prints one line: the seats of each list in the order given. When the last seats need a lot, the seats
certain so far, then ' lot: ' and the lists it is drawn among, counted from 1. Of equal quotients the
list with more votes wins. There is no threshold: leave out lists that do not take part.

Example:
  urna-results allocate --method dhondt --seats 8 --votes 1316,733,658,578)";

struct Arguments {
  std::string rules, districts, candidates, lots, output, votes, method, language = "en";
  std::vector<std::string> explain;
  bool partial_lots = false;
  std::int64_t seats = 0;
};

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<const results::RuleSet*> rules_of(const Arguments& arguments) {
  const results::RuleSet* rules = results::rule_set(arguments.rules);
  if (rules == nullptr)
    return wrong("--rules '" + arguments.rules + "' is none of 2010, 2014, 2018, 2019");
  return rules;
}

Result<void> run_determine(const Arguments& arguments, std::ostream& out, std::ostream& err) {
  const auto rules = rules_of(arguments);
  if (!rules) return std::unexpected(rules.error());
  if (arguments.output.empty() && arguments.explain.empty()) {
    return wrong("--output or --explain is needed");
  }
  DetermineRequest request{.rules = *rules,
                           .districts = arguments.districts,
                           .candidates = arguments.candidates,
                           .lots = std::nullopt,
                           .partial_lots = arguments.partial_lots,
                           .output = std::nullopt,
                           .explain = arguments.explain,
                           .language = arguments.language == "pl" ? results::Language::kPolish
                                                                  : results::Language::kEnglish};
  if (!arguments.lots.empty()) request.lots = arguments.lots;
  if (!arguments.output.empty()) request.output = arguments.output;
  return determine(request, out, err);
}

Result<void> run_mayors(const Arguments& arguments, std::ostream& err) {
  const auto rules = rules_of(arguments);
  if (!rules) return std::unexpected(rules.error());
  return mayors({*rules, arguments.votes, arguments.output}, err);
}

Result<void> run_allocate(const Arguments& arguments, std::ostream& out) {
  const auto line = allocate(arguments.seats, arguments.votes);
  if (!line) return std::unexpected(line.error());
  out << *line << "\n";
  return {};
}

void add_determine(CLI::App& app, Arguments& arguments) {
  CLI::App* command = app.add_subcommand("determine", "Who is elected to councils and parliament");
  command->add_option("--rules", arguments.rules, "2010, 2014, 2018 or 2019")->required();
  command->add_option("--districts", arguments.districts, "table of districts")->required();
  command->add_option("--candidates", arguments.candidates, "table of candidates")->required();
  auto* lots = command->add_option("--lots", arguments.lots,
                                   "table of lots drawn: all that the candidates' table needs");
  command
      ->add_flag("--partial-lots", arguments.partial_lots,
                 "leave ties of districts without a lot open")
      ->needs(lots);
  command->add_option("--output", arguments.output, "the candidates' table with outcomes");
  command->add_option("--explain", arguments.explain,
                      "TERYT/DISTRICT, repeated: print how its result came about");
  command->add_option("--language", arguments.language, "of the explanation: en or pl; en")
      ->check(CLI::IsMember({"en", "pl"}));
  command->footer(kDetermineFooter);
}

void add_mayors(CLI::App& app, Arguments& arguments) {
  CLI::App* command =
      app.add_subcommand("mayors", "Who is elected mayor, and who goes to a runoff");
  command->add_option("--rules", arguments.rules, "2010, 2014, 2018 or 2019")->required();
  command->add_option("--votes", arguments.votes, "table of votes")->required();
  command->add_option("--output", arguments.output, "the table with outcomes")->required();
  command->footer(kMayorsFooter);
}

void add_allocate(CLI::App& app, Arguments& arguments) {
  CLI::App* command = app.add_subcommand("allocate", "Seats of lists, from figures given here");
  command->add_option("--method", arguments.method, "dhondt")
      ->required()
      ->check(CLI::IsMember({"dhondt"}));
  command->add_option("--seats", arguments.seats, "how many")->required();
  command->add_option("--votes", arguments.votes, "votes of each list, separated by commas")
      ->required();
  command->footer(kAllocateFooter);
}

bool is_output_failure(ErrorCode code) {
  return code == ErrorCode::kNoSpace || code == ErrorCode::kUnavailable;
}

// Names from outside may hold line breaks.
int complain(std::ostream& err, std::string message, int status) {
  std::ranges::replace_if(message, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  err << kProgram << ": " << message << "\n";
  return status;
}

}  // namespace

int run_results_program(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app{kAbout, std::string(kProgram)};
  Arguments arguments;
  app.set_version_flag("--version", std::string(kProgram) + " " + URNA_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  add_determine(app, arguments);
  add_mayors(app, arguments);
  add_allocate(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, out, err);
    return complain(err, std::string(error.what()) + " (see urna-results --help)", 2);
  }
  const auto done = app.got_subcommand("determine") ? run_determine(arguments, out, err)
                    : app.got_subcommand("mayors")  ? run_mayors(arguments, err)
                                                    : run_allocate(arguments, out);
  if (done) return out.flush() ? 0 : complain(err, "standard output cannot be written", 1);
  return complain(err, done.error().message, is_output_failure(done.error().code) ? 1 : 2);
}

}  // namespace urna::audit
