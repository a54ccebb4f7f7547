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

// Source: the columns of the official results of 2019 [data]. The votes themselves are p14.
constexpr PointText kPoints[] = {
    {"p1", kOnEvery, "Wyborcy uprawnieni do głosowania", "Eligible voters"},
    {"p2", kOnEvery, "Karty do głosowania otrzymane przez komisję", "Ballots received"},
    {"p3", kOnEvery, "Karty niewykorzystane", "Ballots unused"},
    {"p4", kOnEvery, "Wyborcy, którym wydano karty do głosowania", "Voters issued a ballot"},
    {"p5", kOnEvery, "Wyborcy głosujący przez pełnomocnika", "Voters voting by proxy"},
    {"p6", kOnEvery, "Wyborcy głosujący na podstawie zaświadczenia", "Voters with a certificate"},
    {"p7", kOnEvery, "Wyborcy, którym wysłano pakiety wyborcze", "Postal voting packages sent"},
    {"p8", kOnEvery, "Otrzymane koperty zwrotne", "Return envelopes received"},
    {"p8a", kOnEvery, "w tym bez oświadczenia", "of these without declaration"},
    {"p8b", kOnEvery, "w tym z niepodpisanym oświadczeniem", "of these with unsigned declaration"},
    {"p8c", kOnEvery, "w tym bez koperty na kartę do głosowania",
     "of these without ballot envelope"},
    {"p8d", kOnEvery, "w tym z niezaklejoną kopertą na kartę",
     "of these with unsealed ballot envelope"},
    {"p8e", kOnEvery, "Koperty na kartę do głosowania wrzucone do urny",
     "Ballot envelopes put in the box"},
    {"p9", kOnEvery, "Karty wyjęte z urny", "Ballots taken from the box"},
    {"p9a", kOnEvery, "w tym karty wyjęte z kopert", "of these from envelopes"},
    {"p10", kOnEvery, "Karty nieważne (inne niż urzędowe lub bez pieczęci)", "Invalid ballots"},
    {"p11", kOnEvery, "Karty ważne", "Valid ballots"},
    {"p12", kOnEvery, "Głosy nieważne", "Invalid votes"},
    {"p12a", kOnEvery, "w tym znak „X” przy kandydatach z dwóch lub więcej list",
     "of these with marks on two or more lists"},
    {"p12b", kOnEvery, "w tym bez znaku „X” przy którymkolwiek kandydacie",
     "of these with no mark"},
    {"p12c", kOnEvery, "w tym znak „X” wyłącznie na liście unieważnionej",
     "of these with a mark on an annulled list only"},
    {"p13", kOnEvery, "Głosy ważne oddane łącznie na wszystkie listy", "Valid votes"},
};

// Source: LAW.md, "Rules", each carried over to this form's numbering by what its points mean.
// There are no parts A and B, so E13, B8 and W12 have no place; E18 needs YES and NO.
constexpr RuleText kRules[] = {
    {"E1", kOnEvery, kError, "p4 <= p1", kAlways, "",
     "Wydano karty większej liczbie wyborców (pkt 4), niż jest uprawnionych (pkt 1). Sprawdź "
     "podpisy w spisie i liczbę uprawnionych.",
     "More voters were issued a ballot (4) than are eligible (1). Recount the signatures in the "
     "register and check the number of eligible voters."},
    {"E2", kOnEvery, kError, "p9 = p10 + p11", kAlways, "",
     "Karty wyjęte z urny (pkt 9) muszą być sumą kart nieważnych (pkt 10) i ważnych (pkt 11). "
     "Sprawdź te trzy liczby.",
     "Ballots from the box (9) must equal invalid (10) plus valid ballots (11). Check these "
     "three."},
    {"E3", kOnEvery, kError, "p11 = p12 + p13", kAlways, "",
     "Karty ważne (pkt 11) muszą być sumą głosów nieważnych (pkt 12) i ważnych (pkt 13). Sprawdź "
     "te trzy liczby.",
     "Valid ballots (11) must equal invalid (12) plus valid votes (13). Check these three."},
    {"E4", kOnEvery, kError, "p13 = votes", kAlways, "",
     "Głosy ważne (pkt 13) muszą być sumą głosów na wszystkie listy (pkt 14). Porównaj każdą "
     "listę z arkuszami liczenia.",
     "Valid votes (13) must equal the votes for all lists added up (14). Compare each list with "
     "the tally sheets."},
    {"E5", kOnEvery, kError, "builtin:candidate_sums", kAlways, "",
     "Głosy na listę muszą być sumą głosów na jej kandydatów. Sprawdź liczby tej listy.",
     "A list's votes must equal the votes of its candidates added up. Check this list's figures."},
    // [data] 597 lists of 2019 hold votes of a candidate struck off; none is below the sum.
    {"E6", kOnEvery, kError, "builtin:struck_off", kAlways, "",
     "Na liście jest kandydat skreślony: jego pole musi być puste, a głosy na listę nie mniejsze "
     "niż suma głosów na pozostałych kandydatów.",
     "A candidate of this list was struck off: leave that field empty; the list's votes must not "
     "be below the sum of the other candidates."},
    {"E7", kOnEvery, kError, "p5 <= p4", kAlways, "",
     "Głosujących przez pełnomocnika (pkt 5) jest więcej niż wydanych kart (pkt 4). Sprawdź obie "
     "liczby.",
     "More voters voted by proxy (5) than were issued a ballot (4). Check both figures."},
    {"E8", kOnEvery, kError, "p4 + p7 <= p1", kAlways, "",
     "Wydane karty (pkt 4) i wysłane pakiety (pkt 7) przekraczają razem liczbę uprawnionych "
     "(pkt 1). Sprawdź te trzy liczby.",
     "Ballots issued (4) plus postal packages sent (7) exceed the eligible voters (1). Check "
     "these three."},
    {"E9", kOnEvery, kError, "p8a + p8b <= p8; p8c + p8d <= p8", kAlways, "",
     "Kopert bez oświadczenia lub podpisu (8a, 8b) albo bez koperty na kartę lub niezaklejonych "
     "(8c, 8d) jest więcej niż kopert zwrotnych (pkt 8). Przelicz koperty.",
     "Envelopes without declaration or signature (8a, 8b), or without a ballot envelope or "
     "unsealed (8c, 8d), exceed the return envelopes (8). Recount the envelopes."},
    {"E11", kOnEvery, kError,
     "p7 = 0; p8 = 0; p8a = 0; p8b = 0; p8c = 0; p8d = 0; p8e = 0; p9a = 0", kNoPostal, "",
     "W tym obwodzie nie było głosowania korespondencyjnego: punkty 7, 8, 8a-8e i 9a muszą "
     "wynosić 0.",
     "There was no postal voting in this precinct: points 7, 8, 8a-8e and 9a must be 0."},
    {"E12", kOnEvery, kError, "p5 = 0", kSeparate, "",
     "W obwodzie odrębnym nie głosuje się przez pełnomocnika: punkt 5 musi wynosić 0.",
     "There is no voting by proxy in a separate precinct: point 5 must be 0."},
    {"E14", kOnEvery, kError, "p12a + p12b + p12c <= p12", kAlways, "",
     "Przyczyny nieważności (12a, 12b, 12c) dają razem więcej niż liczba głosów nieważnych "
     "(pkt 12). Sprawdź te liczby.",
     "The reasons for invalid votes (12a, 12b, 12c) add up to more than the invalid votes (12). "
     "Check these figures."},
    {"E15", kOnEvery, kError, "p9 > 0", kPermanent, "p4 > 0",
     "Wydano karty (pkt 4), a z urny nie wyjęto żadnej (pkt 9). Uzupełnij punkt 9.",
     "Ballots were issued (4) but none came out of the box (9). Fill in point 9."},
    {"E16", kOnEvery, kError, "builtin:quorum", kAlways, "",
     "Protokół musi podpisać co najmniej połowa składu komisji, w tym przewodniczący lub zastępca. "
     "Uzupełnij listę podpisujących.",
     "At least half of the commission must sign, the chair or a deputy among them. Complete the "
     "list of signatures."},
    {"E17", kOnEvery, kError, "builtin:on_ballot", kAlways, "",
     "Wpisano głosy na listę lub kandydata, których nie ma na karcie. Pozostaw to pole puste.",
     "Votes were entered for a list or candidate that is not on the ballot. Leave the field "
     "empty."},
    {"E19", kOnEvery, kError, "p5 + p6 <= p4", kAlways, "",
     "Głosujących przez pełnomocnika (pkt 5) i z zaświadczeniem (pkt 6) jest razem więcej niż "
     "wydanych kart (pkt 4). Sprawdź te trzy liczby.",
     "Voters by proxy (5) plus voters with a certificate (6) exceed the ballots issued (4). Check "
     "these three."},
    // An error from 2015 on, so this form's one rule whose severity is not its letter's.
    {"W13", kOnEvery, kError, "p8 <= p8a + p8b + p8c + p8d + p8e", kAlways, "",
     "Kopert zwrotnych (pkt 8) jest więcej niż wadliwych i wrzuconych do urny razem (8a-8e). "
     "Przelicz koperty.",
     "Return envelopes (8) exceed the faulty ones plus those put in the box (8a-8e). Recount "
     "them."},

    {"B1", kOnEvery, kBlocking, "10 p1 >= 9 ref:eligible; 10 p1 <= 11 ref:eligible", kAlways, "",
     "Liczba uprawnionych (pkt 1) różni się o ponad 10% od danych sprzed wyborów. Sprawdź spis; "
     "jeśli liczba jest prawdziwa, zawiadom komisję wyższego stopnia.",
     "Eligible voters (1) differ by more than 10% from the pre-election report. Check the "
     "register; if the figure is right, tell the higher commission."},
    {"B2", kOnEvery, kBlocking, "p9a <= p8e", kAlways, "",
     "Z kopert na karty wyjęto więcej kart (9a), niż kopert wrzucono do urny (8e). Przelicz "
     "koperty i karty.",
     "More ballots came from envelopes (9a) than envelopes went into the box (8e). Recount both."},
    {"B3", kOnEvery, kBlocking, "p9 - p9a <= p4", kAlways, "",
     "Z urny wyjęto więcej kart (pkt 9 bez 9a), niż wydano (pkt 4). Przelicz karty i podpisy; "
     "przyczynę opisz w uwagach.",
     "More ballots came out of the box (9 without 9a) than were issued (4). Recount ballots and "
     "signatures; explain in the remarks."},
    {"B4", kOnEvery, kBlocking, "p12 > 0", kAlways, "p10 > 0",
     "Są karty nieważne (pkt 10), a głosów nieważnych (pkt 12) brak. Upewnij się, że głosów "
     "nieważnych nie wpisano jako kart nieważnych.",
     "There are invalid ballots (10) but no invalid votes (12). Make sure invalid votes were not "
     "entered as invalid ballots."},
    {"B5", kOnEvery, kBlocking, "p3 + p4 <= p2", kAlways, "",
     "Kart niewykorzystanych (pkt 3) i wydanych (pkt 4) jest razem więcej, niż otrzymano (pkt 2). "
     "Przelicz je; przyczynę opisz w uwagach.",
     "Unused (3) plus issued ballots (4) exceed the ballots received (2). Recount them; explain "
     "in the remarks."},
    {"B6", kOnEvery, kBlocking, "p5 != p4", kAlways, "p4 > 0",
     "Wszyscy wyborcy (pkt 4) mieliby głosować przez pełnomocnika (pkt 5). Sprawdź, czy nie "
     "wpisano dwa razy tej samej liczby.",
     "All voters (4) would have voted by proxy (5). Check that the same number was not entered "
     "twice."},
    // [unverified] Read as on the forms of 2014.
    {"B7", kOnEvery, kBlocking,
     "10 p2 <= 10 ref:planned_print + ref:eligible; 10 p2 >= 10 ref:planned_print - ref:eligible",
     kAlways, "",
     "Liczba otrzymanych kart (pkt 2) odbiega od planowanego nakładu o ponad 10 punktów "
     "procentowych. Przelicz karty; jeśli liczba jest prawdziwa, zawiadom komisję wyższego "
     "stopnia.",
     "Ballots received (2) are off the planned print by more than 10 percentage points. Recount; "
     "if the figure is right, tell the higher commission."},

    {"W1", kOnEvery, kWarning, "p3 + p4 >= p2", kAlways, "",
     "Kart niewykorzystanych (pkt 3) i wydanych (pkt 4) jest razem mniej, niż otrzymano (pkt 2). "
     "Przelicz je; przyczynę opisz w uwagach.",
     "Unused (3) plus issued ballots (4) are fewer than received (2). Recount them; explain in "
     "the remarks."},
    {"W2", kOnEvery, kWarning, "p9 - p9a >= p4", kAlways, "",
     "Z urny wyjęto mniej kart (pkt 9 bez 9a), niż wydano (pkt 4). Przelicz je; przyczynę opisz w "
     "uwagach.",
     "Fewer ballots came out of the box (9 without 9a) than were issued (4). Recount them; "
     "explain in the remarks."},
    {"W3", kOnEvery, kWarning, "p10 = 0", kAlways, "",
     "Są karty nieważne (pkt 10). Upewnij się, że to karty inne niż urzędowe lub bez pieczęci; "
     "przyczynę opisz w uwagach.",
     "There are invalid ballots (10). Make sure that they are unofficial or unstamped; explain in "
     "the remarks."},
    {"W4", kOnEvery, kWarning, "10 p4 <= 9 p1", kPermanent, "",
     "Karty wydano ponad 90% uprawnionych. Sprawdź punkty 1 i 4; jeśli są prawdziwe, wyjaśnij.",
     "Ballots were issued to more than 90% of the eligible voters. Check points 1 and 4; if they "
     "are right, explain."},
    {"W5", kOnEvery, kWarning, "p1 != 0; p4 != 0; p9 != 0; p11 != 0; p13 != 0", kAlways, "",
     "W punkcie 1, 4, 9, 11 lub 13 wpisano 0. Sprawdź, czy to nie pominięta liczba; jeśli nie, "
     "wyjaśnij.",
     "One of points 1, 4, 9, 11, 13 is 0. Check that no figure was left out; if not, explain."},
    {"W6", kOnEvery, kWarning, "p11 <= p1", kAlways, "",
     "Kart ważnych (pkt 11) jest więcej niż uprawnionych (pkt 1). Sprawdź obie liczby; jeśli są "
     "prawdziwe, wyjaśnij.",
     "Valid ballots (11) exceed the eligible voters (1). Check both; if they are right, explain."},
    {"W7", kOnEvery, kWarning, "p9a <= p7", kAlways, "",
     "Kart z kopert (9a) jest więcej niż wysłanych pakietów (pkt 7). Sprawdź obie liczby; jeśli "
     "są prawdziwe, wyjaśnij.",
     "Ballots from envelopes (9a) exceed the postal packages sent (7). Check both; if they are "
     "right, explain."},
    {"W8", kOnEvery, kWarning, "p8 <= p7", kAlways, "",
     "Kopert zwrotnych (pkt 8) jest więcej niż wysłanych pakietów (pkt 7). Sprawdź obie liczby; "
     "jeśli są prawdziwe, wyjaśnij.",
     "Return envelopes (8) exceed the postal packages sent (7). Check both; if they are right, "
     "explain."},
    {"W9", kOnEvery, kWarning, "p8e <= p8 - p8a - p8b - p8c - p8d", kAlways, "",
     "Do urny wrzucono więcej kopert (8e), niż zostaje po odjęciu kopert wadliwych (8a-8d) od "
     "otrzymanych (pkt 8). Przelicz koperty; jeśli liczby są prawdziwe, wyjaśnij.",
     "More envelopes went into the box (8e) than are left of those received (8) without the faulty "
     "ones (8a-8d). Recount them; if the figures are right, explain."},
    {"W10", kOnEvery, kWarning, "p10 != p12", kAlways, "p10 > 0",
     "Kart nieważnych (pkt 10) i głosów nieważnych (pkt 12) jest tyle samo. Sprawdź, czy nie "
     "wpisano dwa razy tej samej liczby; jeśli nie, wyjaśnij.",
     "Invalid ballots (10) and invalid votes (12) are the same number. Check that it was not "
     "entered twice; if not, explain."},
    {"W11", kOnEvery, kWarning, "builtin:opening_hours", kAlways, "",
     "Godzina otwarcia lokalu nie jest wcześniejsza od godziny zamknięcia. Popraw godziny albo "
     "wyjaśnij.",
     "The precinct did not open before it closed. Correct the hours or explain."},
};

}  // namespace

std::span<const PointText> points_sejm_2019() { return kPoints; }
std::span<const RuleText> rules_sejm_2019() { return kRules; }

}  // namespace urna::validation
