#include "common/validation/across.h"

#include <algorithm>
#include <map>

#include "common/base/check.h"

namespace urna::validation {

namespace {

using Kind = v1::ContestKind;
using Positions = std::vector<std::size_t>;

// Whose office: kinds of one row are compared as one.
enum class Office { kGminaCouncil, kWarsawDistrict, kMayor, kPowiat, kAssembly, kOther };

Office office_of(Kind kind) {
  switch (kind) {
    case v1::CONTEST_KIND_COUNCIL_SMALL_GMINA:
    case v1::CONTEST_KIND_COUNCIL_LARGE_GMINA:
    case v1::CONTEST_KIND_COUNCIL_CITY: return Office::kGminaCouncil;
    case v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT: return Office::kWarsawDistrict;
    case v1::CONTEST_KIND_MAYOR: return Office::kMayor;
    case v1::CONTEST_KIND_COUNCIL_POWIAT: return Office::kPowiat;
    case v1::CONTEST_KIND_ASSEMBLY: return Office::kAssembly;
    default: return Office::kOther;
  }
}

// One office in this precinct: its districts added up.
struct Contest {
  Positions protocols;
  // Some district has no protocol, so that every sum is a lower bound.
  bool partial = false;
};

// The sum of one figure over the districts; nullopt while one of them is empty.
std::optional<std::int64_t> sum(std::span<const PrecinctProtocol> all, const Contest& contest,
                                model::Cell PrecinctProtocol::* figure) {
  std::int64_t total = 0;
  for (const std::size_t i : contest.protocols) {
    const model::Cell cell = all[i].*figure;
    if (model::is_empty(cell)) return std::nullopt;
    total += model::figure_of(cell);
  }
  return total;
}

// Whether two figures that ought to be equal can be: a partial one may be the smaller.
bool may_be_equal(std::int64_t a, bool a_partial, std::int64_t b, bool b_partial) {
  return (a >= b || a_partial) && (b >= a || b_partial);
}

class AcrossChecker {
 public:
  AcrossChecker(std::span<const PrecinctProtocol> protocols, std::span<const Kind> uncontested)
      : all_(protocols) {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      contests_[office_of(all_[i].kind)].protocols.push_back(i);
    }
    for (const Kind kind : uncontested) {
      const auto found = contests_.find(office_of(kind));
      if (found != contests_.end()) found->second.partial = true;
    }
  }

  std::vector<AcrossFinding> run() {
    council_and_mayor();
    for (const Office upper : {Office::kPowiat, Office::kAssembly}) {
      part_a(upper, Office::kGminaCouncil);
      part_a(upper, Office::kMayor);
    }
    spread("X4", &PrecinctProtocol::issued, [](std::int64_t low, std::int64_t high) {
      return high - low > 30 || 10 * (high - low) > high;
    });
    spread("X5", &PrecinctProtocol::proxies,
           [](std::int64_t low, std::int64_t high) { return high != low; });
    return std::move(findings_);
  }

 private:
  const Contest* contest(Office office) const {
    const auto found = contests_.find(office);
    return found == contests_.end() ? nullptr : &found->second;
  }

  void report(std::string_view code, Positions concerned) {
    const AcrossRule* rule = across_rule(code);
    URNA_CHECK(rule != nullptr);
    std::ranges::sort(concerned);
    findings_.push_back({rule->code, rule->severity, std::move(concerned)});
  }

  // X1, and X3 where the precinct holds more than one district.
  void council_and_mayor() {
    const Contest* council = contest(Office::kGminaCouncil);
    const Contest* mayor = contest(Office::kMayor);
    if (council == nullptr || mayor == nullptr) return;
    const bool several = council->protocols.size() > 1 || council->partial;
    compare(several ? "X3" : "X1", *council, &PrecinctProtocol::eligible, *mayor,
            &PrecinctProtocol::eligible);
  }

  // X2.
  void part_a(Office upper, Office lower) {
    const Contest* citizens = contest(upper);
    const Contest* both_parts = contest(lower);
    if (citizens == nullptr || both_parts == nullptr) return;
    compare("X2", *citizens, &PrecinctProtocol::eligible, *both_parts,
            &PrecinctProtocol::eligible_a);
  }

  void compare(std::string_view code, const Contest& a, model::Cell PrecinctProtocol::* of_a,
               const Contest& b, model::Cell PrecinctProtocol::* of_b) {
    const auto left = sum(all_, a, of_a);
    const auto right = sum(all_, b, of_b);
    if (!left || !right || may_be_equal(*left, a.partial, *right, b.partial)) return;
    Positions concerned = a.protocols;
    concerned.insert(concerned.end(), b.protocols.begin(), b.protocols.end());
    report(code, std::move(concerned));
  }

  // One finding when the lowest and the highest figure lie too far apart.
  template <class TooFar>
  void spread(std::string_view code, model::Cell PrecinctProtocol::* figure, TooFar too_far) {
    std::optional<std::int64_t> low, high;
    Positions concerned;
    for (const auto& [office, contest] : contests_) {
      const auto total = sum(all_, contest, figure);
      if (contest.partial || office == Office::kOther || !total) continue;
      low = std::min(low.value_or(*total), *total);
      high = std::max(high.value_or(*total), *total);
      concerned.insert(concerned.end(), contest.protocols.begin(), contest.protocols.end());
    }
    if (low && too_far(*low, *high)) report(code, std::move(concerned));
  }

  std::span<const PrecinctProtocol> all_;
  std::map<Office, Contest> contests_;
  std::vector<AcrossFinding> findings_;
};

}  // namespace

PrecinctProtocol precinct_protocol(v1::ContestKind kind, const v1::Form& form,
                                   std::span<const model::Cell> points) {
  PrecinctProtocol protocol;
  protocol.kind = kind;
  for (std::size_t i = 0; i < points.size() && i < static_cast<std::size_t>(form.points_size());
       ++i) {
    const std::string& code = form.points(static_cast<int>(i)).code();
    if (code == "p1") protocol.eligible = points[i];
    if (code == "p1a") protocol.eligible_a = points[i];
    if (code == "p4") protocol.issued = points[i];
    if (code == "p5") protocol.proxies = points[i];
  }
  return protocol;
}

std::vector<AcrossFinding> check_across(std::span<const PrecinctProtocol> protocols,
                                        std::span<const v1::ContestKind> uncontested) {
  return AcrossChecker(protocols, uncontested).run();
}

std::vector<AcrossFinding> check_turnout(std::span<const TurnoutFigures> reports,
                                         std::optional<std::uint32_t> issued_in_protocol) {
  Positions by_hour(reports.size());
  for (std::size_t i = 0; i < by_hour.size(); ++i) by_hour[i] = i;
  std::ranges::stable_sort(by_hour, {}, [&](std::size_t i) { return reports[i].at_min; });
  std::vector<AcrossFinding> findings;
  const auto report = [&](std::string_view code, Positions concerned) {
    const AcrossRule* rule = across_rule(code);
    URNA_CHECK(rule != nullptr);
    std::ranges::sort(concerned);
    findings.push_back({rule->code, rule->severity, std::move(concerned)});
  };
  for (std::size_t k = 1; k < by_hour.size(); ++k) {
    if (reports[by_hour[k]].issued < reports[by_hour[k - 1]].issued) {
      report("T1", {by_hour[k - 1], by_hour[k]});
    }
  }
  for (const std::size_t i : by_hour) {
    if (reports[i].issued > reports[i].eligible) report("T2", {i});
  }
  if (issued_in_protocol && !by_hour.empty() &&
      *issued_in_protocol < reports[by_hour.back()].issued) {
    report("T3", {by_hour.back()});
  }
  return findings;
}

}  // namespace urna::validation
