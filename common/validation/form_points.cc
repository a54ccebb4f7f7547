#include "common/validation/form_rules.h"

namespace urna::validation {

namespace {

// Source: LAW.md, "Forms" [form]; of sejm-2019 the columns of the official results [data]. The
// votes themselves are p13. local-2010 lacks what belongs to postal voting, which began later
// [unverified: inferred from that].
constexpr PointText kPoints[] = {
    {"p1", kOnFull | kOnPublic2018 | kOnSejm2019, "Wyborcy uprawnieni do głosowania",
     "Eligible voters"},
    {"p1a", kOnAb, "w tym obywatele polscy (część A spisu)", "of these Polish citizens (part A)"},
    {"p1b", kOnAb,
     "w tym obywatele Unii Europejskiej niebędący obywatelami polskimi (część B spisu)",
     "of these other citizens of the European Union (part B)"},
    {"p2", kOnFull | kOnSejm2019, "Karty do głosowania otrzymane przez komisję",
     "Ballots received"},
    {"p3", kOnFull | kOnSejm2019, "Karty niewykorzystane", "Ballots unused"},
    {"p4", kOnFull | kOnPublic2018 | kOnSejm2019, "Wyborcy, którym wydano karty do głosowania",
     "Voters issued a ballot"},
    {"p4a", kOnAb, "w tym obywatele polscy (część A spisu)", "of these Polish citizens (part A)"},
    {"p4b", kOnAb,
     "w tym obywatele Unii Europejskiej niebędący obywatelami polskimi (część B spisu)",
     "of these other citizens of the European Union (part B)"},
    {"p5", kOnFull | kOnSejm2019, "Wyborcy głosujący przez pełnomocnika", "Voters voting by proxy"},
    {"p6", kOnSejm2019, "Wyborcy głosujący na podstawie zaświadczenia",
     "Voters with a certificate"},
    {"p6", kOnAll2014 | kOnSejm2019, "Wyborcy, którym wysłano pakiety wyborcze",
     "Postal voting packages sent"},
    {"p7", kOnAll2014 | kOnSejm2019, "Otrzymane koperty zwrotne", "Return envelopes received"},
    {"p7a", kOnAll2014 | kOnSejm2019, "w tym bez oświadczenia", "of these without declaration"},
    {"p7b", kOnAll2014 | kOnSejm2019, "w tym z niepodpisanym oświadczeniem",
     "of these with unsigned declaration"},
    {"p7c", kOnAll2014 | kOnSejm2019, "w tym bez koperty na kartę do głosowania",
     "of these without ballot envelope"},
    {"p7d", kOnAll2014 | kOnSejm2019, "w tym z niezaklejoną kopertą na kartę",
     "of these with unsealed ballot envelope"},
    {"p7e", kOnAll2014 | kOnSejm2019, "Koperty na kartę do głosowania wrzucone do urny",
     "Ballot envelopes put in the box"},
    {"p8", kOnFull | kOnPublic2018 | kOnSejm2019, "Karty wyjęte z urny",
     "Ballots taken from the box"},
    {"p8a", kOnAll2014 | kOnSejm2019, "w tym karty wyjęte z kopert", "of these from envelopes"},
    {"p9", kOnFull | kOnSejm2019, "Karty nieważne (inne niż urzędowe lub bez pieczęci)",
     "Invalid ballots"},
    {"p10", kOnFull | kOnSejm2019, "Karty ważne", "Valid ballots"},
    {"p11", kOnFull | kOnPublic2018 | kOnSejm2019, "Głosy nieważne", "Invalid votes"},
    {"p12a", kOnSejm2019, "w tym znak „X” przy kandydatach z dwóch lub więcej list",
     "of these with marks on two or more lists"},
    {"p11a", kOnMayors, "w tym znak „X” przy dwóch lub więcej kandydatach",
     "of these with two or more marks"},
    {"p11b", kOnMayors | kOnSejm2019, "w tym bez znaku „X” przy którymkolwiek kandydacie",
     "of these with no mark"},
    {"p12c", kOnSejm2019, "w tym znak „X” wyłącznie na liście unieważnionej",
     "of these with a mark on an annulled list only"},
    {"p12", kOnFull, "Głosy ważne oddane łącznie", "Valid votes"},
    {"p13", kOnSejm2019, "Głosy ważne oddane łącznie na wszystkie listy", "Valid votes"},
};

}  // namespace

std::span<const PointText> points() { return kPoints; }

}  // namespace urna::validation
