#include "central/audit/results/determine.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <span>

#include "central/audit/results/columns.h"
#include "central/audit/results/council_table.h"
#include "central/audit/results/lots_file.h"
#include "central/audit/results/outcome_file.h"

namespace urna::audit {

namespace {

constexpr std::array<std::string_view, 3> kOutcomeNames = {"not_elected", "elected", "lot"};

class Determination {
 public:
  Determination(const DetermineRequest& request, CouncilTable table)
      : request_(request), table_(std::move(table)), outcomes_(table_.rows().size()) {}

  Result<void> run(std::ostream& out, std::ostream& notes) {
    if (request_.lots) {
      auto lots = LotsFile::read(*request_.lots, table_);
      if (!lots) return std::unexpected(std::move(lots.error()));
      lots_ = *std::move(lots);
    }
    for (const std::string& council : table_.unknown_councils()) {
      notes << "note: council '" << council << "' is not a known one; taken for d'Hondt\n";
    }
    explanations_.resize(request_.explain.size());
    if (auto found = find_explained(); !found) return found;
    for (const District& district : table_.districts()) {
      if (district.count == 0) continue;
      if (auto done = work_out(district); !done) return done;
    }
    if (request_.output) {
      const auto outcome_of = [&](std::size_t row) {
        return kOutcomeNames[static_cast<std::size_t>(outcomes_[row])];
      };
      auto written = write_outcomes(request_.candidates, table_.fingerprint(), table_.header(),
                                    *request_.output, outcome_of);
      if (!written) return written;
    }
    for (const std::string& text : explanations_) out << text;
    return {};
  }

 private:
  Result<void> find_explained() {
    for (const std::string& name : request_.explain) {
      const std::size_t slash = name.find('/');
      const District* found = slash == std::string::npos
                                  ? nullptr
                                  : table_.find(name.substr(0, slash), name.substr(slash + 1));
      if (found == nullptr || found->count == 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "--explain " + name + ": no such district with candidates in " + table_.file());
      }
      explained_.push_back(found);
    }
    return {};
  }

  Result<void> work_out(const District& district) {
    const results::CouncilDistrict contest = table_.contest(district, *request_.rules, figures_);
    auto result = lots_ ? lots_->determine(contest) : determine_council(contest);
    const auto rows = std::span(table_.order()).subspan(district.first, district.count);
    if (!result && result.error().code == ErrorCode::kInvalidArgument) {
      return at_line(table_.file(), table_.rows()[rows.front()].line, result.error().message);
    }
    if (!result) return std::unexpected(std::move(result.error()));
    if (lots_ && !result->final() && !request_.partial_lots) {
      return fail(ErrorCode::kMalformed,
                  request_.lots->string() + ":1: too_few: no lot for the tie of " +
                      district.id.str() + " (--partial-lots leaves such ties open)");
    }
    for (std::size_t i = 0; i < rows.size(); ++i) outcomes_[rows[i]] = result->outcomes[i];
    for (std::size_t i = 0; i < explained_.size(); ++i) {
      if (explained_[i] != &district) continue;
      explanations_[i] = explain(contest, *result, request_.language);
    }
    return {};
  }

  const DetermineRequest& request_;
  CouncilTable table_;
  std::optional<LotsFile> lots_;
  std::vector<results::Outcome> outcomes_;  // per row of the input
  std::vector<const District*> explained_;
  std::vector<std::string> explanations_;
  DistrictFigures figures_;
};

}  // namespace

Result<void> determine(const DetermineRequest& request, std::ostream& out, std::ostream& notes) {
  auto table = CouncilTable::read(request.districts, request.candidates);
  if (!table) return std::unexpected(std::move(table.error()));
  return Determination(request, *std::move(table)).run(out, notes);
}

}  // namespace urna::audit
