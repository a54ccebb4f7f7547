// Decoders and checks of the auditors' tools. Apart from the others, so that building them does not
// build the servers.
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "central/audit/check/checker.h"
#include "central/audit/results/determine.h"
#include "central/audit/results/mayors.h"
#include "common/base/check.h"
#include "common/csv/csv.h"
#include "common/model/strict.h"
#include "common/validation/across.h"
#include "common/validation/check.h"
#include "common/validation/forms.h"
#include "tests/fuzz/targets.h"
#include "tests/support/temporary_folder.h"

namespace urna::fuzz {

namespace {

class TextSource : public csv::ByteSource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t count = std::min(size, text_.size());
    std::copy_n(text_.data(), count, into);
    text_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view text_;
};

using Rows = std::vector<std::vector<std::string>>;

// Every row up to the first that is refused.
Rows read_rows(Result<csv::CsvReader> reader) {
  Rows rows;
  if (!reader) return rows;
  rows.push_back(reader->header());
  while (reader->next().value_or(false)) rows.push_back(reader->row());
  return rows;
}

Rows read_text(std::string_view text) {
  return read_rows(csv::CsvReader::from(std::make_unique<TextSource>(text), "fuzz.csv"));
}

// A file of this process, written anew each time.
std::filesystem::path file(const char* name, std::string_view bytes) {
  static const test::TemporaryFolder folder = test::TemporaryFolder::in_memory();
  const auto path = folder.path() / name;
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

// Hands out bytes one after another; zeros when there are no more.
class Tape {
 public:
  explicit Tape(std::string_view bytes) : bytes_(bytes) {}
  std::uint32_t byte() {
    if (bytes_.empty()) return 0;
    const auto first = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return first;
  }
  // A cell: mostly small, sometimes any 32 bits.
  std::uint32_t cell() {
    const std::uint32_t first = byte();
    if (first < 0xf0) return first;
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }

 private:
  std::string_view bytes_;
};

const v1::Form& form_number(std::uint32_t number) {
  static const auto forms = [] {
    std::vector<v1::Form> made;
    for (const std::string_view id : validation::kBuiltinForms) {
      v1::Form form = validation::builtin_form(id).value();
      // No rule reads the texts, and decoding them takes most of the time.
      for (v1::FormRule& rule : *form.mutable_rules()) {
        rule.clear_message_pl();
        rule.clear_message_en();
      }
      for (v1::FormPoint& point : *form.mutable_points()) {
        point.clear_label_pl();
        point.clear_label_en();
      }
      made.push_back(std::move(form));
    }
    return made;
  }();
  return forms[number % forms.size()];
}

std::shared_ptr<const model::Slice> slice_from(Tape& tape, const v1::Form& form) {
  v1::Slice data;
  data.set_contest("c");
  data.set_round(1);
  data.set_kind(v1::CONTEST_KIND_ASSEMBLY);
  data.set_area("PL");
  const std::uint32_t options = tape.byte() % 8;
  for (std::uint32_t i = 0; i < options; ++i) {
    v1::Option& option = *data.add_options();
    option.set_code(i == 0 ? "YES" : i == 1 ? "NO" : std::to_string(i));
    const std::uint32_t shape = tape.byte();
    option.set_struck_off((shape & 0x80) != 0);
    for (std::uint32_t k = 1; form.candidate_votes() && k <= shape % 8; ++k) {
      v1::Candidate& candidate = *option.add_candidates();
      candidate.set_position(k);
      candidate.set_struck_off(tape.byte() % 5 == 1);
    }
  }
  v1::Precinct& precinct = *data.add_precincts();
  precinct.set_unit("1");
  precinct.set_parent("PL");
  precinct.set_type(static_cast<v1::PrecinctType>(tape.byte() % 9));
  precinct.set_postal_voting(static_cast<v1::Tristate>(tape.byte() % 3));
  precinct.set_commission_size(tape.byte() % 12);
  v1::ReferenceFigures references;
  v1::ReferenceFigure& reference = *references.add_precincts();
  reference.set_unit("1");
  reference.set_eligible(tape.cell() % 1'000'000'001U);
  reference.set_eligible_b(tape.cell() % 1'000'000'001U);
  reference.set_planned_print(tape.cell() % 1'000'000'001U);
  auto slice = model::Slice::parse(Digest{}, model::serialise(data), model::serialise(form),
                                   model::serialise(references));
  URNA_CHECK(slice.has_value());
  return *slice;
}

const results::RuleSet* rules_number(std::uint32_t number) {
  static constexpr const char* kYears[] = {"2010", "2014", "2019"};
  return results::rule_set(kYears[number % std::size(kYears)]);
}

// The text up to the next zero byte, taken off the front.
std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Rows written with outcomes: those that were read, each with one of the words; every other field
// as it was. The outcome of each data row.
std::vector<std::string> outcomes_of(Rows written, Rows read,
                                     std::initializer_list<std::string_view> words) {
  URNA_CHECK(!written.empty() && written.size() == read.size());
  const auto place = [](const std::vector<std::string>& header) {
    return std::ranges::find(header, "outcome") - header.begin();
  };
  const auto column = place(written.front());
  URNA_CHECK(column < std::ssize(written.front()));
  const bool replaced = place(read.front()) < std::ssize(read.front());
  std::vector<std::string> outcomes;
  for (std::size_t i = 0; i < written.size(); ++i) {
    outcomes.push_back(written[i][static_cast<std::size_t>(column)]);
    written[i].erase(written[i].begin() + column);
    if (replaced) read[i].erase(read[i].begin() + column);
    URNA_CHECK(written[i] == read[i]);
  }
  outcomes.erase(outcomes.begin());
  for (const std::string& outcome : outcomes) {
    URNA_CHECK(std::ranges::find(words, outcome) != words.end());
  }
  return outcomes;
}

void check_findings(const std::vector<validation::Finding>& findings, const v1::Form& form) {
  URNA_CHECK(findings.size() <= validation::kFindingsMax);
  URNA_CHECK(std::ranges::is_sorted(findings, {}, &validation::Finding::severity));
  for (const validation::Finding& finding : findings) {
    URNA_CHECK(finding.points.size() <= validation::kFindingPointsMax);
    URNA_CHECK(finding.code == validation::kFieldCode ||
               std::ranges::any_of(form.rules(), [&](const v1::FormRule& rule) {
                 return rule.code() == finding.code;
               }));
  }
}

}  // namespace

void csv(std::string_view bytes) {
  const Rows rows = read_text(bytes);
  if (rows.empty()) return;
  std::string written;
  for (const auto& row : rows) {
    URNA_CHECK(row.size() == rows.front().size());
    written += csv::csv_line(row);
  }
  // Written longer than it came, a row can be over the reader's limit.
  if (written.size() <= csv::CsvLimits{}.row_bytes_max) URNA_CHECK(read_text(written) == rows);
}

void csv_gz(std::string_view bytes) {
  static_cast<void>(read_rows(csv::CsvReader::open(file("fuzz.csv.gz", bytes))));
}

void form(std::string_view bytes) {
  Tape tape(bytes);
  const v1::Form& chosen = form_number(tape.byte());
  const auto slice = slice_from(tape, chosen);
  const auto compiled = validation::CompiledForm::compile(*slice);
  URNA_CHECK(compiled.has_value());
  v1::Protocol protocol;
  // Now and then a field too few or too many.
  const std::size_t more = tape.byte() == 0xff ? 1 : 0;
  for (std::size_t i = 0; i < slice->point_cells() + more; ++i) protocol.add_points(tape.cell());
  for (std::size_t i = 0; i < slice->vote_cells(); ++i) protocol.add_votes(tape.cell());
  for (std::uint32_t members = tape.byte() % 8; members > 0; --members) {
    const std::uint32_t member = tape.byte();
    v1::Member& added = *protocol.add_members();
    added.set_function(static_cast<v1::MemberFunction>(member % 4));
    added.set_signed_((member & 4) != 0);
  }
  const model::UnitId precinct = *model::UnitId::parse("1");
  for (const auto completeness :
       {validation::Completeness::kPartial, validation::Completeness::kFinal}) {
    check_findings(validation::check(*compiled, protocol, precinct, completeness), chosen);
  }
  const auto across = validation::precinct_protocol(
      v1::CONTEST_KIND_MAYOR, chosen,
      {protocol.points().data(), static_cast<std::size_t>(protocol.points_size())});
  auto other = across;
  other.kind = static_cast<v1::ContestKind>(tape.byte() % 9);
  other.eligible = tape.cell();
  const validation::PrecinctProtocol both[] = {across, other};
  for (const auto& finding : validation::check_across(both, {})) {
    URNA_CHECK(validation::across_rule(finding.code) != nullptr);
  }
}

void check_files(std::string_view bytes) {
  // The form, then the protocols; after a zero byte the votes.
  if (bytes.empty()) return;
  audit::CheckRequest request;
  const auto first = static_cast<unsigned char>(bytes.front());
  request.forms.push_back({(first & 0x80) != 0 ? "c" : "", form_number(first & 0x0fU)});
  if ((first & 0x40) != 0) request.forms.push_back({"mayor", form_number(first & 0x0fU)});
  if (request.forms.size() > 1) request.forms.front().contest = "city_council";
  request.summary = (first & 0x20) != 0;
  const std::string_view text = bytes.substr(1);
  const std::size_t end = std::min(text.find('\0'), text.size());
  request.protocols = file("protocols.csv", text.substr(0, end));
  if (end < text.size()) request.votes = file("votes.csv", text.substr(end + 1));
  std::ostringstream out;
  static_cast<void>(audit::check_protocols(request, out));
}

void determine_files(std::string_view bytes) {
  // The rules; then districts, candidates and, after a second zero byte, lots.
  if (bytes.empty()) return;
  const auto first = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  audit::DetermineRequest request;
  request.rules = rules_number(first & 0x03U);
  request.partial_lots = (first & 0x10) != 0;
  request.language = (first & 0x20) != 0 ? results::Language::kPolish : results::Language::kEnglish;
  request.districts = file("districts.csv", take_part(bytes));
  const bool with_lots = bytes.find('\0') != bytes.npos;
  const std::string_view candidates = take_part(bytes);
  request.candidates = file("candidates.csv", candidates);
  if (with_lots) request.lots = file("lots.csv", bytes);
  request.output = file("outcomes.csv", "");
  const Rows rows = read_text(candidates);
  if ((first & 0x40) != 0 && rows.size() > 1 && rows[1].size() > 2) {
    // The columns of the source's tables: council, teryt, district.
    request.explain.push_back(rows[1][1] + "/" + rows[1][2]);
  }
  std::ostringstream out, notes;
  if (!audit::determine(request, out, notes)) return;
  const auto outcomes = outcomes_of(read_rows(csv::CsvReader::open(*request.output)), rows,
                                    {"elected", "not_elected", "lot"});
  const bool all_drawn = with_lots && !request.partial_lots;
  URNA_CHECK(!all_drawn || std::ranges::count(outcomes, "lot") == 0);
  URNA_CHECK(request.explain.empty() || !out.view().empty());
}

void mayors_files(std::string_view bytes) {
  // The rules, then the table.
  if (bytes.empty()) return;
  const auto first = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  const audit::MayorsRequest request{rules_number(first), file("mayors.csv", bytes),
                                     file("outcomes.csv", "")};
  std::ostringstream notes;
  if (!audit::mayors(request, notes)) return;
  const Rows rows = read_text(bytes);
  const auto outcomes = outcomes_of(read_rows(csv::CsvReader::open(request.output)), rows,
                                    {"elected", "runoff", "no", "lot"});
  // A contest elects one at most, or sends two to a runoff.
  const auto column = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(rows.front(), name) - rows.front().begin());
  };
  const std::size_t teryt = column("teryt");
  const std::size_t round = column("round");
  std::map<std::string, std::map<std::string, int>> counts;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& row = rows[i + 1];
    ++counts[row[teryt] + "/" + (round < row.size() ? row[round] : "R1")][outcomes[i]];
  }
  for (auto& [contest, count] : counts) {
    URNA_CHECK(count["elected"] <= 1 && count["runoff"] <= 2);
    URNA_CHECK(count["elected"] == 0 || count["runoff"] + count["lot"] == 0);
  }
}

}  // namespace urna::fuzz
