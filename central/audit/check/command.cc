#include "central/audit/check/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "central/audit/check/checker.h"
#include "common/validation/forms.h"

namespace urna::audit {

namespace {

constexpr std::string_view kProgram = "urna-check";

constexpr const char* kAbout =
    "Checks precinct protocols in a CSV file by the rules of their form and says which rules each "
    "of "
    "them breaks";

constexpr const char* kDetails =
    R"(Input: CSV in UTF-8 with commas and a header line, plain or compressed (.gz).
  protocol, contest, teryt, precinct   who a row is about; each may be missing. Instead of
                                       'protocol' a column 'control_symbol' will do
  p1, p1_eligible, p12a_two_marks, …   points of the form, by prefix; p11_two_marks and p11_no_mark
                                       are p11a and p11b. Also by name: eligible (p1), issued (p4),
                                       from_urn (p8), invalid_votes (p11)
  l3, l3c12                            votes of list 3 and of its candidate 12; 'struck' where
                                       struck off
  precinct_type                        P, stały, General or permanent; empty or N/A: not told;
                                       anything else: separate
  postal_voting                        yes or no
An empty field and a missing column are figures that are not known: rules over them do not apply,
nor do rules for a kind of precinct or postal voting that the file does not tell.

Votes file: columns protocol (or contest, where not both files have a protocol's number), teryt,
precinct as in the protocols; list, option or candidate; votes; for a single candidate votes_no
beside the YES votes. Rows in any order.

Output: findings as CSV
  protocol,contest,teryt,precinct,code,severity
one row each, in the order of the file; severity is error, blocking warning or warning. With several
CONTEST=FORM the protocols of a precinct are also compared with each other: rows with codes X1 to X5
follow, naming the contests concerned as in city_council+mayor_round1. A contest's name tells what it
is: it holds mayor, gmina_council, city_council, district_council, powiat_council or assembly, and ends
in _round2 for the second vote. What could not be compared is noted on stderr. With --summary:
  contest,code,severity,count
Rules, their sources and how often real protocols break them: docs/checks.md.

Exit status: 0 the input could be read, whatever was found; 1 the output could not be written; 2 wrong
usage or bad input, with one line on stderr: file, line and reason.

Examples:
  urna-check --form council-2014 protocols.csv.gz --votes lists.csv.gz --summary
  urna-check --form mayor_round1=mayor-2014 --form city_council=council-2014-ab \
    protocols.csv.gz --votes votes.csv.gz
  urna-check --form sejm-2019 district-01.csv.gz)";

struct Arguments {
  std::vector<std::string> forms;
  std::string protocols, votes, contest;
  bool summary = false;
};

std::string form_names() {
  std::string names;
  for (const std::string_view id : validation::kBuiltinForms) {
    names += (names.empty() ? "" : ", ") + std::string(id);
  }
  return names;
}

Result<CheckRequest::ContestForm> contest_form(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  CheckRequest::ContestForm chosen;
  if (equals != std::string::npos) chosen.contest = text.substr(0, equals);
  if (equals == 0) {
    return fail(ErrorCode::kInvalidArgument, "--form " + text + " names no contest before '='");
  }
  const std::string id = equals == std::string::npos ? text : text.substr(equals + 1);
  auto form = validation::builtin_form(id);
  if (!form) {
    return fail(ErrorCode::kInvalidArgument,
                "--form: there is no form '" + id + "'; there are " + form_names());
  }
  chosen.form = std::move(*form);
  return chosen;
}

Result<CheckRequest> request_of(const Arguments& arguments) {
  CheckRequest request;
  request.protocols = arguments.protocols;
  if (!arguments.votes.empty()) request.votes = arguments.votes;
  if (!arguments.contest.empty()) request.contest = arguments.contest;
  request.summary = arguments.summary;
  for (const std::string& text : arguments.forms) {
    auto chosen = contest_form(text);
    if (!chosen) return std::unexpected(std::move(chosen.error()));
    for (const CheckRequest::ContestForm& other : request.forms) {
      if (other.contest == chosen->contest || other.contest.empty() || chosen->contest.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "several --form need a different contest each: CONTEST=FORM");
      }
    }
    request.forms.push_back(std::move(*chosen));
  }
  return request;
}

void add_options(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", std::string(kProgram) + " " URNA_VERSION);
  app.footer(kDetails);
  app.add_option("--form", arguments.forms,
                 "FORM for every row, or CONTEST=FORM, repeated, for the rows of these contests; "
                 "FORM is one of: " +
                     form_names())
      ->required()
      ->allow_extra_args(false)
      ->type_name("[CONTEST=]FORM");
  app.add_option("protocols", arguments.protocols, "the protocols' file")
      ->required()
      ->type_name("PROTOCOLS.csv[.gz]");
  app.add_option("--votes", arguments.votes, "votes per option, in a file of their own")
      ->type_name("VOTES.csv[.gz]");
  app.add_option("--contest", arguments.contest, "only rows of this contest")->type_name("NAME");
  app.add_flag("--summary", arguments.summary, "counts per rule instead of findings");
}

// One line; names from outside may hold line breaks.
int complain(std::ostream& errors, std::string message, int status) {
  std::ranges::replace_if(message, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  errors << kProgram << ": " << message << "\n";
  return status;
}

void note(std::ostream& errors, const std::string& what) { complain(errors, "note: " + what, 0); }

void note(std::ostream& errors, std::uint64_t count, std::string_view what) {
  if (count > 0) note(errors, std::to_string(count) + " " + std::string(what));
}

}  // namespace

int run_check_program(int argc, const char* const* argv, std::ostream& out, std::ostream& errors) {
  CLI::App app{kAbout, std::string(kProgram)};
  Arguments arguments;
  add_options(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, out, errors);
    return complain(errors, std::string(error.what()) + " (see urna-check --help)", 2);
  }
  const auto request = request_of(arguments);
  if (!request) return complain(errors, request.error().message, 2);
  const auto counts = check_protocols(*request, out);
  if (!counts) return complain(errors, counts.error().message, 2);
  if (!out.flush()) return complain(errors, "the output could not be written", 1);
  if (counts->protocols == 0) note(errors, "no row was checked");
  note(errors, counts->without_votes, "protocols have no votes in the file of votes");
  note(errors, counts->votes_left, "keys of the file of votes belong to no protocol");
  for (const std::string& what : counts->notes) note(errors, what);
  return 0;
}

}  // namespace urna::audit
