#include <algorithm>

#include "common/validation/across.h"

namespace urna::validation {

namespace {

constexpr std::string_view kEligible[] = {"p1"};
constexpr std::string_view kEligibleAndPartA[] = {"p1", "p1a"};
constexpr std::string_view kIssued[] = {"p4"};
constexpr std::string_view kProxies[] = {"p5"};
constexpr std::string_view kReportIssued[] = {"issued"};
constexpr std::string_view kReportBoth[] = {"eligible", "issued"};
constexpr std::string_view kReportAndProtocol[] = {"issued", "p4"};

// LAW.md gives X and T rules no severity. X: warnings, since what they compare are statements that
// are each sound by themselves; what X1-X3 demand besides is `needs_reason`.
constexpr AcrossRule kRules[] = {
    {"X1", v1::SEVERITY_WARNING, true, kEligible,
     "Liczba uprawnionych (pkt 1) jest inna w protokole rady gminy niż w protokole wyborów wójta, "
     "burmistrza lub prezydenta miasta. Porównaj obie liczby ze spisem; potwierdzenie mimo różnicy "
     "wymaga podania przyczyny.",
     "Eligible voters (1) differ between the gmina council's protocol and the mayor's. Compare "
     "both with the register; confirming in spite of this needs a reason."},
    {"X2", v1::SEVERITY_WARNING, true, kEligibleAndPartA,
     "Liczba uprawnionych (pkt 1) do rady powiatu lub sejmiku jest inna niż liczba obywateli "
     "polskich (1a) w protokole rady gminy lub wójta. Porównaj obie liczby ze spisem; "
     "potwierdzenie mimo różnicy wymaga podania przyczyny.",
     "Eligible voters (1) for the powiat council or the assembly are not the Polish citizens (1a) "
     "of the gmina council's or the mayor's protocol. Compare both with the register; confirming "
     "in spite of this needs a reason."},
    {"X3", v1::SEVERITY_WARNING, true, kEligible,
     "Liczba uprawnionych (pkt 1) w wyborach wójta nie jest sumą uprawnionych we wszystkich "
     "okręgach rady gminy w tym obwodzie. Porównaj liczby ze spisem; potwierdzenie mimo różnicy "
     "wymaga podania przyczyny.",
     "Eligible voters (1) for the mayor are not the sum over the gmina council's districts in this "
     "precinct. Compare them with the register; confirming in spite of this needs a reason."},
    {"X4", v1::SEVERITY_WARNING, false, kIssued,
     "Liczba wydanych kart (pkt 4) różni się między wyborami o więcej niż 30 albo o więcej niż "
     "10%. Przelicz podpisy w spisach; jeśli liczby są prawdziwe, wyjaśnij.",
     "Ballots issued (4) differ between contests by more than 30 or by more than 10%. Recount the "
     "signatures in the registers; if the figures are right, explain."},
    {"X5", v1::SEVERITY_WARNING, false, kProxies,
     "Liczba głosujących przez pełnomocnika (pkt 5) różni się między wyborami. Policz akty "
     "pełnomocnictwa; jeśli liczby są prawdziwe, wyjaśnij.",
     "Voters by proxy (5) differ between contests. Count the proxies; if the figures are right, "
     "explain."},
    {"T1", v1::SEVERITY_ERROR, false, kReportIssued,
     "Wydanych kart jest mniej niż w poprzednim meldunku o frekwencji. Policz podpisy jeszcze raz "
     "i popraw meldunek, w którym liczba jest błędna.",
     "Fewer ballots are issued than in the turnout report before. Count the signatures again and "
     "correct the report whose figure is wrong."},
    {"T2", v1::SEVERITY_ERROR, false, kReportBoth,
     "W meldunku o frekwencji wydano więcej kart, niż jest uprawnionych. Popraw obie liczby.",
     "The turnout report says that more ballots are issued than voters are eligible. Correct the "
     "figures."},
    {"T3", v1::SEVERITY_WARNING, false, kReportAndProtocol,
     "W protokole wydano mniej kart (pkt 4), niż podał ostatni meldunek o frekwencji. Policz "
     "podpisy w spisie; jeśli pkt 4 jest prawdziwy, wyjaśnij.",
     "The protocol says fewer ballots are issued (4) than the last turnout report. Count the "
     "signatures in the register; if point 4 is right, explain."},
};

}  // namespace

std::span<const AcrossRule> across_rules() { return kRules; }

const AcrossRule* across_rule(std::string_view code) {
  const auto found = std::ranges::find(kRules, code, &AcrossRule::code);
  return found == std::end(kRules) ? nullptr : &*found;
}

}  // namespace urna::validation
