#include "common/validation/form_rules.h"

namespace urna::validation {

namespace {

constexpr v1::Severity kError = v1::SEVERITY_ERROR;
constexpr v1::Severity kBlocking = v1::SEVERITY_BLOCKING_WARNING;
constexpr v1::Severity kWarning = v1::SEVERITY_WARNING;
constexpr v1::Guard::Kind kAlways = v1::Guard::KIND_UNSPECIFIED;
constexpr v1::Guard::Kind kPermanent = v1::Guard::KIND_PERMANENT_PRECINCT;
constexpr v1::Guard::Kind kSeparate = v1::Guard::KIND_SEPARATE_PRECINCT;
constexpr v1::Guard::Kind kNoPostal = v1::Guard::KIND_NO_POSTAL_VOTING;

// Source of every rule: LAW.md, "Rules" [form], unless a comment says otherwise. Each line states
// what must hold, so a warning "W6 p10 > p1" stands here as "p10 <= p1". E10 is not used. A rule
// over a point that a form lacks is not a rule of that form: so local-2010 has neither B3 nor W2,
// which speak of p8a.
constexpr RuleText kRules[] = {
    // Errors.
    {"E1", kOnFull | kOnPublic2018 | kOnSejm2019, kError, "p4 <= p1", kAlways, "",
     "Wydano karty większej liczbie wyborców (pkt {4}), niż jest uprawnionych (pkt {1}). "
     "Sprawdź podpisy w spisie i liczbę uprawnionych.",
     "More voters were issued a ballot ({4}) than are eligible ({1}). Recount the signatures in "
     "the register and check the number of eligible voters."},
    {"E2", kOnFull | kOnSejm2019, kError, "p8 = p9 + p10", kAlways, "",
     "Karty wyjęte z urny (pkt {8}) muszą być sumą kart nieważnych (pkt {9}) i ważnych (pkt "
     "{10}). Sprawdź te trzy liczby.",
     "Ballots from the box ({8}) must equal invalid ({9}) plus valid ballots ({10}). Check "
     "these three."},
    {"E3", kOnFull | kOnSejm2019, kError, "p10 = p11 + p12", kAlways, "",
     "Karty ważne (pkt {10}) muszą być sumą głosów nieważnych (pkt {11}) i ważnych (pkt {12}). "
     "Sprawdź te trzy liczby.",
     "Valid ballots ({10}) must equal invalid ({11}) plus valid votes ({12}). Check these three."},
    {"E4", kOnFull & ~kOnMayorSingle, kError, "p12 = votes", kAlways, "",
     "Głosy ważne (pkt {12}) muszą być sumą głosów na wszystkie listy lub wszystkich kandydatów "
     "(pkt {13}). Porównaj każdą pozycję z arkuszami liczenia.",
     "Valid votes ({12}) must equal the votes for all lists or candidates added up ({13}). "
     "Compare each line with the tally sheets."},
    {"E4", kOnMayorSingle, kError, "p12 = votes", kAlways, "",
     "Głosy ważne (pkt {12}) muszą być sumą głosów TAK i NIE (pkt {13}). Porównaj obie liczby z "
     "arkuszami liczenia.",
     "Valid votes ({12}) must equal the YES and NO votes added up ({13}). Compare both with the "
     "tally sheets."},
    {"E4", kOnSejm2019, kError, "p13 = votes", kAlways, "",
     "Głosy ważne (pkt {13}) muszą być sumą głosów na wszystkie listy (pkt {14}). Porównaj "
     "każdą listę z arkuszami liczenia.",
     "Valid votes ({13}) must equal the votes for all lists added up ({14}). Compare each list "
     "with the tally sheets."},
    {"E5", kOnCouncils | kOnSejm2019, kError, "builtin:candidate_sums", kAlways, "",
     "Głosy na listę muszą być sumą głosów na jej kandydatów. Sprawdź liczby tej listy.",
     "A list's votes must equal the votes of its candidates added up. Check this list's figures."},
    // [data] 597 lists of 2019 hold votes of a candidate struck off; none is below the sum.
    {"E6", kOnCouncils | kOnSejm2019, kError, "builtin:struck_off", kAlways, "",
     "Na liście jest kandydat skreślony: jego pole musi być puste, a głosy na listę nie "
     "mniejsze niż suma głosów na pozostałych kandydatów.",
     "A candidate of this list was struck off: leave that field empty; the list's votes must "
     "not be below the sum of the other candidates."},
    {"E7", kOnFull | kOnSejm2019, kError, "p5 <= p4", kAlways, "",
     "Głosujących przez pełnomocnika (pkt {5}) jest więcej niż wydanych kart (pkt {4}). Sprawdź "
     "obie liczby.",
     "More voters voted by proxy ({5}) than were issued a ballot ({4}). Check both figures."},
    {"E8", kOnAll2014 | kOnSejm2019, kError, "p4 + p6 <= p1", kAlways, "",
     "Wydane karty (pkt {4}) i wysłane pakiety (pkt {6}) przekraczają razem liczbę uprawnionych "
     "(pkt {1}). Sprawdź te trzy liczby.",
     "Ballots issued ({4}) plus postal packages sent ({6}) exceed the eligible voters ({1}). "
     "Check these three."},
    {"E9", kOnAll2014 | kOnSejm2019, kError, "p7a + p7b <= p7; p7c + p7d <= p7", kAlways, "",
     "Kopert bez oświadczenia lub podpisu ({7a}, {7b}) albo bez koperty na kartę lub "
     "niezaklejonych ({7c}, {7d}) jest więcej niż kopert zwrotnych (pkt {7}). Przelicz koperty.",
     "Envelopes without declaration or signature ({7a}, {7b}), or without a ballot envelope or "
     "unsealed ({7c}, {7d}), exceed the return envelopes ({7}). Recount the envelopes."},
    {"E11", kOnAll2014 | kOnSejm2019, kError,
     "p6 = 0; p7 = 0; p7a = 0; p7b = 0; p7c = 0; p7d = 0; p7e = 0; p8a = 0", kNoPostal, "",
     "W tym obwodzie nie było głosowania korespondencyjnego: punkty {6}, {7}, {7a}-{7e} i {8a} "
     "muszą wynosić 0.",
     "There was no postal voting in this precinct: points {6}, {7}, {7a}-{7e} and {8a} must be "
     "0."},
    {"E12", kOnFull | kOnSejm2019, kError, "p5 = 0", kSeparate, "",
     "W obwodzie odrębnym nie głosuje się przez pełnomocnika: punkt {5} musi wynosić 0.",
     "There is no voting by proxy in a separate precinct: point {5} must be 0."},
    {"E13", kOnAb, kError, "p1 = p1a + p1b; p4 = p4a + p4b; p4a <= p1a; p4b <= p1b", kAlways, "",
     "Części A i B spisu nie zgadzają się: pkt {1} = {1a} + {1b}, pkt {4} = {4a} + {4b}, a "
     "wydanych kart w żadnej części nie może być więcej niż uprawnionych.",
     "Parts A and B of the register do not agree: {1} = {1a} + {1b}, {4} = {4a} + {4b}, and in "
     "neither part may more ballots be issued than voters are eligible."},
    {"E14", kOnMayors, kError, "p11a + p11b <= p11", kAlways, "",
     "Przyczyny nieważności ({11a}, {11b}) dają razem więcej niż liczba głosów nieważnych (pkt "
     "{11}). Sprawdź te trzy liczby.",
     "The reasons for invalid votes ({11a}, {11b}) add up to more than the invalid votes "
     "({11}). Check these three."},
    {"E14", kOnSejm2019, kError, "p12a + p12b + p12c <= p12", kAlways, "",
     "Przyczyny nieważności ({12a}, {12b}, {12c}) dają razem więcej niż liczba głosów "
     "nieważnych (pkt {12}). Sprawdź te liczby.",
     "The reasons for invalid votes ({12a}, {12b}, {12c}) add up to more than the invalid votes "
     "({12}). Check these figures."},
    {"E15", kOnFull | kOnSejm2019, kError, "p8 > 0", kPermanent, "p4 > 0",
     "Wydano karty (pkt {4}), a z urny nie wyjęto żadnej (pkt {8}). Uzupełnij punkt {8}.",
     "Ballots were issued ({4}) but none came out of the box ({8}). Fill in point {8}."},
    {"E16", kOnFull | kOnSejm2019, kError, "builtin:quorum", kAlways, "",
     "Protokół musi podpisać co najmniej połowa składu komisji, w tym przewodniczący lub "
     "zastępca. Uzupełnij listę podpisujących.",
     "At least half of the commission must sign, the chair or a deputy among them. Complete the "
     "list of signatures."},
    {"E17", kOnFull | kOnSejm2019, kError, "builtin:on_ballot", kAlways, "",
     "Wpisano głosy na listę lub kandydata, których nie ma na karcie. Pozostaw to pole puste.",
     "Votes were entered for a list or candidate that is not on the ballot. Leave the field "
     "empty."},
    {"E18", kOnMayorSingle, kError, "option:YES <= p12; option:NO <= p12", kAlways, "",
     "Głosów TAK albo głosów NIE jest więcej niż głosów ważnych (pkt {12}). Sprawdź te trzy "
     "liczby.",
     "The YES votes or the NO votes exceed the valid votes ({12}). Check these three."},
    {"E19", kOnSejm2019, kError, "p5 + p6 <= p4", kAlways, "",
     "Głosujących przez pełnomocnika (pkt {5}) i z zaświadczeniem (pkt {6}) jest razem więcej "
     "niż wydanych kart (pkt {4}). Sprawdź te trzy liczby.",
     "Voters by proxy ({5}) plus voters with a certificate ({6}) exceed the ballots issued "
     "({4}). Check these three."},
    // An error from 2015 on, so sejm-2019's one rule whose severity is not its letter's.

    {"W13", kOnSejm2019, kError, "p8 <= p8a + p8b + p8c + p8d + p8e", kAlways, "",
     "Kopert zwrotnych (pkt {8}) jest więcej niż wadliwych i wrzuconych do urny razem "
     "({8a}-{8e}). Przelicz koperty.",
     "Return envelopes ({8}) exceed the faulty ones plus those put in the box ({8a}-{8e}). "
     "Recount them."},

    // Blocking warnings: the higher commission must accept them.
    {"B1", kOnFull | kOnSejm2019, kBlocking, "10 p1 >= 9 ref:eligible; 10 p1 <= 11 ref:eligible",
     kAlways, "",
     "Liczba uprawnionych (pkt {1}) różni się o ponad 10% od danych sprzed wyborów. Sprawdź "
     "spis; jeśli liczba jest prawdziwa, zawiadom komisję wyższego stopnia.",
     "Eligible voters ({1}) differ by more than 10% from the pre-election report. Check the "
     "register; if the figure is right, tell the higher commission."},
    {"B2", kOnAll2014 | kOnSejm2019, kBlocking, "p8a <= p7e", kAlways, "",
     "Z kopert na karty wyjęto więcej kart ({8a}), niż kopert wrzucono do urny ({7e}). Przelicz "
     "koperty i karty.",
     "More ballots came from envelopes ({8a}) than envelopes went into the box ({7e}). Recount "
     "both."},
    {"B3", kOnAll2014 | kOnSejm2019, kBlocking, "p8 - p8a <= p4", kAlways, "",
     "Z urny wyjęto więcej kart (pkt {8} bez {8a}), niż wydano (pkt {4}). Przelicz karty i "
     "podpisy; przyczynę opisz {remark 15}.",
     "More ballots came out of the box ({8} without {8a}) than were issued ({4}). Recount "
     "ballots and signatures; explain {remark 15}."},
    {"B4", kOnFull | kOnSejm2019, kBlocking, "p11 > 0", kAlways, "p9 > 0",
     "Są karty nieważne (pkt {9}), a głosów nieważnych (pkt {11}) brak. Upewnij się, że głosów "
     "nieważnych nie wpisano jako kart nieważnych.",
     "There are invalid ballots ({9}) but no invalid votes ({11}). Make sure invalid votes were "
     "not entered as invalid ballots."},
    {"B5", kOnFull | kOnSejm2019, kBlocking, "p3 + p4 <= p2", kAlways, "",
     "Kart niewykorzystanych (pkt {3}) i wydanych (pkt {4}) jest razem więcej, niż otrzymano "
     "(pkt {2}). Przelicz je; przyczynę opisz {remark 14}.",
     "Unused ({3}) plus issued ballots ({4}) exceed the ballots received ({2}). Recount them; "
     "explain {remark 14}."},
    {"B6", kOnFull | kOnSejm2019, kBlocking, "p5 != p4", kAlways, "p4 > 0",
     "Wszyscy wyborcy (pkt {4}) mieliby głosować przez pełnomocnika (pkt {5}). Sprawdź, czy nie "
     "wpisano dwa razy tej samej liczby.",
     "All voters ({4}) would have voted by proxy ({5}). Check that the same number was not "
     "entered twice."},
    // [unverified] Percentage points are read as shares of the pre-election number of eligible
    // voters, of which the print is planned as a percentage.
    {"B7", kOnFull | kOnSejm2019, kBlocking,
     "10 p2 <= 10 ref:planned_print + ref:eligible; 10 p2 >= 10 ref:planned_print - ref:eligible",
     kAlways, "",
     "Liczba otrzymanych kart (pkt {2}) odbiega od planowanego nakładu o ponad 10 punktów "
     "procentowych. Przelicz karty; jeśli liczba jest prawdziwa, zawiadom komisję wyższego "
     "stopnia.",
     "Ballots received ({2}) are off the planned print by more than 10 percentage points. "
     "Recount; if the figure is right, tell the higher commission."},
    {"B8", kOnAb, kBlocking, "p1b <= ref:eligible_b", kAlways, "",
     "W części B spisu jest więcej uprawnionych ({1b}), niż podano przed wyborami. Sprawdź "
     "spis; jeśli liczba jest prawdziwa, zawiadom komisję wyższego stopnia.",
     "Part B of the register holds more voters ({1b}) than before the election. Check the "
     "register; if the figure is right, tell the higher commission."},

    // Warnings: the commission explains them in the protocol.
    {"W1", kOnFull | kOnSejm2019, kWarning, "p3 + p4 >= p2", kAlways, "",
     "Kart niewykorzystanych (pkt {3}) i wydanych (pkt {4}) jest razem mniej, niż otrzymano "
     "(pkt {2}). Przelicz je; przyczynę opisz {remark 14}.",
     "Unused ({3}) plus issued ballots ({4}) are fewer than received ({2}). Recount them; "
     "explain {remark 14}."},
    {"W2", kOnAll2014 | kOnSejm2019, kWarning, "p8 - p8a >= p4", kAlways, "",
     "Z urny wyjęto mniej kart (pkt {8} bez {8a}), niż wydano (pkt {4}). Przelicz je; przyczynę "
     "opisz {remark 15}.",
     "Fewer ballots came out of the box ({8} without {8a}) than were issued ({4}). Recount "
     "them; explain {remark 15}."},
    {"W3", kOnFull | kOnSejm2019, kWarning, "p9 = 0", kAlways, "",
     "Są karty nieważne (pkt {9}). Upewnij się, że to karty inne niż urzędowe lub bez pieczęci; "
     "przyczynę opisz {remark 16}.",
     "There are invalid ballots ({9}). Make sure that they are unofficial or unstamped; explain "
     "{remark 16}."},
    {"W4", kOnFull | kOnSejm2019, kWarning, "10 p4 <= 9 p1", kPermanent, "",
     "Karty wydano ponad 90% uprawnionych. Sprawdź punkty {1} i {4}; jeśli są prawdziwe, "
     "wyjaśnij.",
     "Ballots were issued to more than 90% of the eligible voters. Check points {1} and {4}; if "
     "they are right, explain."},
    {"W5", kOnFull | kOnSejm2019, kWarning, "p1 != 0; p4 != 0; p8 != 0; p10 != 0; p12 != 0",
     kAlways, "",
     "W punkcie {1}, {4}, {8}, {10} lub {12} wpisano 0. Sprawdź, czy to nie pominięta liczba; "
     "jeśli nie, wyjaśnij.",
     "One of points {1}, {4}, {8}, {10}, {12} is 0. Check that no figure was left out; if not, "
     "explain."},
    {"W6", kOnFull | kOnSejm2019, kWarning, "p10 <= p1", kAlways, "",
     "Kart ważnych (pkt {10}) jest więcej niż uprawnionych (pkt {1}). Sprawdź obie liczby; "
     "jeśli są prawdziwe, wyjaśnij.",
     "Valid ballots ({10}) exceed the eligible voters ({1}). Check both; if they are right, "
     "explain."},
    {"W7", kOnAll2014 | kOnSejm2019, kWarning, "p8a <= p6", kAlways, "",
     "Kart z kopert ({8a}) jest więcej niż wysłanych pakietów (pkt {6}). Sprawdź obie liczby; "
     "jeśli są prawdziwe, wyjaśnij.",
     "Ballots from envelopes ({8a}) exceed the postal packages sent ({6}). Check both; if they "
     "are right, explain."},
    {"W8", kOnAll2014 | kOnSejm2019, kWarning, "p7 <= p6", kAlways, "",
     "Kopert zwrotnych (pkt {7}) jest więcej niż wysłanych pakietów (pkt {6}). Sprawdź obie "
     "liczby; jeśli są prawdziwe, wyjaśnij.",
     "Return envelopes ({7}) exceed the postal packages sent ({6}). Check both; if they are "
     "right, explain."},
    {"W9", kOnAll2014 | kOnSejm2019, kWarning, "p7e <= p7 - p7a - p7b - p7c - p7d", kAlways, "",
     "Do urny wrzucono więcej kopert ({7e}), niż zostaje po odjęciu kopert wadliwych "
     "({7a}-{7d}) od otrzymanych (pkt {7}). Przelicz koperty; jeśli liczby są prawdziwe, "
     "wyjaśnij.",
     "More envelopes went into the box ({7e}) than are left of those received ({7}) without the "
     "faulty ones ({7a}-{7d}). Recount them; if the figures are right, explain."},
    {"W10", kOnFull | kOnSejm2019, kWarning, "p9 != p11", kAlways, "p9 > 0",
     "Kart nieważnych (pkt {9}) i głosów nieważnych (pkt {11}) jest tyle samo. Sprawdź, czy nie "
     "wpisano dwa razy tej samej liczby; jeśli nie, wyjaśnij.",
     "Invalid ballots ({9}) and invalid votes ({11}) are the same number. Check that it was not "
     "entered twice; if not, explain."},
    {"W11", kOnFull | kOnSejm2019, kWarning, "builtin:opening_hours", kAlways, "",
     "Godzina otwarcia lokalu nie jest wcześniejsza od godziny zamknięcia. Popraw godziny albo "
     "wyjaśnij.",
     "The precinct did not open before it closed. Correct the hours or explain."},
    {"W12", kOnAb, kWarning, "p1a > p1b", kAlways, "",
     "W części A spisu ({1a}) nie ma więcej wyborców niż w części B ({1b}). Sprawdź, czy liczb "
     "nie zamieniono; jeśli nie, wyjaśnij.",
     "Part A of the register ({1a}) is no larger than part B ({1b}). Check that they were not "
     "exchanged; if not, explain."},
    // An error from 2015 on; these are forms of 2014.
    {"W13", kOnAll2014, kWarning, "p7 <= p7a + p7b + p7c + p7d + p7e", kAlways, "",
     "Kopert zwrotnych (pkt {7}) jest więcej niż wadliwych i wrzuconych do urny razem "
     "({7a}-{7e}). Przelicz koperty; jeśli liczby są prawdziwe, wyjaśnij.",
     "Return envelopes ({7}) exceed the faulty ones plus those put in the box ({7a}-{7e}). "
     "Recount them; if the figures are right, explain."},
    // [data] Never in 21,514 protocols of 2018, where both sides are always equal.
    {"W20", kOnPublic2018, kWarning, "p8 >= p11 + votes", kAlways, "",
     "Kart wyjętych z urny (pkt {8}) jest mniej niż głosów nieważnych (pkt {11}) i głosów na "
     "wszystkich kandydatów razem. Porównaj te liczby z protokołem.",
     "Ballots from the box ({8}) are fewer than the invalid votes ({11}) plus all votes for "
     "candidates. Compare these figures with the protocol."},
};

}  // namespace

std::span<const RuleText> rules() { return kRules; }

}  // namespace urna::validation
