// What the country is like, as proportions for an invented one.
//
// Every figure was derived from official results by counting: [2010] is 2010-local (units,
// precincts, districts, mayors), [2014] 2014-sejmik and 2014-warsaw (protocols). Nothing of
// the data sets themselves stands here. [2018] is 2018-mayors; what they do not tell is marked
// [assumed]. Deciles run from the hundredth part to the ninety-ninth, without the rare ends.
#pragma once

#include <array>
#include <cstdint>

#include "tests/drill/generate_draw.h"

namespace urna::drill::proportions {

// Units and precincts [2010]. Cities are cities with powiat rights, the capital among them; gminas
// count cities too.
inline constexpr std::uint32_t kPrecincts = 25'464;
inline constexpr std::uint32_t kPowiats = 314;
inline constexpr std::uint32_t kCities = 65;
inline constexpr std::uint32_t kGminas = 2'479;
// Of the gminas that are no cities, those above 20,000 inhabitants.
inline constexpr std::uint32_t kLargeGminas = 262;

struct VoivodeshipShare {
  std::uint32_t powiats;
  std::uint32_t cities;  // without the capital
};
inline constexpr std::array<VoivodeshipShare, 16> kVoivodeships = {{{26, 3},
                                                                    {19, 4},
                                                                    {20, 4},
                                                                    {12, 2},
                                                                    {21, 3},
                                                                    {19, 3},
                                                                    {37, 4},
                                                                    {11, 1},
                                                                    {21, 4},
                                                                    {14, 3},
                                                                    {16, 4},
                                                                    {17, 19},
                                                                    {13, 1},
                                                                    {19, 2},
                                                                    {31, 4},
                                                                    {18, 3}}};
// Where the capital lies, into kVoivodeships.
inline constexpr std::size_t kCapitalVoivodeship = 6;
// Precincts of the capital's districts, ascending.
inline constexpr std::array<std::uint32_t, 18> kCapitalDistricts = {
    9, 12, 12, 24, 24, 25, 36, 37, 47, 47, 53, 60, 63, 66, 70, 72, 88, 112};
inline constexpr Deciles kGminasPerPowiat = {3, 5, 5, 6, 6, 7, 8, 9, 10, 12, 19};

// Eligible voters per thousand inhabitants: 30.6 million [2010] of 38.2 million [assumed: general
// knowledge].
inline constexpr std::uint32_t kEligiblePerThousand = 800;

// Closed precincts: hospitals, care homes, prisons, detention centres; how many of each among
// 25,464 [2010], their eligible voters and, in thousandths of these, those issued a ballot [2014,
// Warsaw].
inline constexpr std::array<std::uint32_t, 4> kClosedTypes = {683, 474, 60, 67};
inline constexpr Deciles kClosedEligible = {22, 27, 51, 69, 82, 92, 120, 145, 220, 327, 432};
inline constexpr Deciles kClosedTurnout = {77, 110, 161, 232, 278, 333, 348, 425, 500, 607, 778};
// Bounds for the eligible voters of all others [assumed].
inline constexpr std::uint32_t kEligibleMin = 100;
inline constexpr std::uint32_t kEligibleMax = 2'500;

// What depends on how large a gmina is.
struct GminaClass {
  // Precincts of all gminas of the class together, and of one gmina [2010].
  std::uint32_t precincts_of_all;
  Deciles precincts;
  std::uint32_t closed;  // precincts in a thousand [2010]
  // Eligible voters of a precinct that is not closed: the mean of a gmina [2010], and precincts in
  // thousandths of that mean [2014].
  Deciles eligible;
  Deciles spread;
  // In thousandths of a precinct's eligible voters: issued a ballot; ballots printed [2014].
  Deciles turnout;
  Deciles printed;
  // Precincts in a thousand: with part B [2014, Warsaw; assumed elsewhere], with voting by proxy,
  // with packages sent by post [2014].
  std::uint32_t part_b;
  std::uint32_t proxy;
  std::uint32_t postal;
  // Protocols in a thousand in which the rule fires, and by how many ballots [2014, assemblies].
  std::uint32_t b3;
  std::uint32_t b5;
  std::uint32_t w1;
  std::uint32_t w2;
  std::uint32_t w3;
  Deciles off;
  // Invalid votes for powiat councils and assemblies, in thousandths of the valid ballots [2014,
  // assemblies].
  Deciles invalid;
  // Gminas with 1, 2, … candidates for mayor [2010].
  std::array<std::uint32_t, 12> mayors;
};

inline constexpr GminaClass kSmall = {
    .precincts_of_all = 13'423,
    .precincts = {1, 3, 4, 4, 5, 6, 6, 7, 9, 11, 20},
    .closed = 27,
    .eligible = {320, 674, 783, 874, 952, 1032, 1115, 1221, 1341, 1517, 2304},
    .spread = {246, 519, 651, 757, 861, 961, 1057, 1168, 1308, 1525, 2231},
    .turnout = {292, 413, 456, 485, 508, 530, 552, 577, 605, 646, 739},
    .printed = {735, 925, 943, 948, 952, 955, 965, 992, 1000, 1004, 1055},
    .part_b = 50,
    .proxy = 344,
    .postal = 8,
    .b3 = 8,
    .b5 = 7,
    .w1 = 12,
    .w2 = 124,
    .w3 = 36,
    .off = {1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 22},
    .invalid = {93, 142, 166, 184, 200, 217, 233, 251, 275, 311, 411},
    .mayors = {239, 518, 469, 273, 128, 47, 22, 5, 4, 0, 0, 0}};
inline constexpr GminaClass kLarge = {
    .precincts_of_all = 5'317,
    .precincts = {10, 13, 15, 16, 17, 18, 20, 22, 25, 30, 71},
    .closed = 77,
    .eligible = {802, 1063, 1185, 1331, 1396, 1469, 1540, 1603, 1674, 1791, 2132},
    .spread = {396, 645, 778, 873, 943, 999, 1050, 1113, 1203, 1347, 1714},
    .turnout = {290, 375, 408, 429, 449, 466, 484, 503, 528, 564, 644},
    .printed = {739, 935, 948, 952, 955, 959, 977, 996, 1001, 1005, 1042},
    .part_b = 100,
    .proxy = 250,
    .postal = 17,
    .b3 = 9,
    .b5 = 6,
    .w1 = 15,
    .w2 = 196,
    .w3 = 46,
    .off = {1, 1, 1, 1, 1, 1, 2, 2, 2, 4, 21},
    .invalid = {74, 108, 125, 138, 149, 161, 173, 189, 209, 244, 348},
    .mayors = {3, 15, 34, 56, 39, 34, 15, 6, 0, 1, 0, 0}};
inline constexpr GminaClass kCity = {
    .precincts_of_all = 5'867,
    .precincts = {21, 29, 36, 43, 51, 61, 71, 92, 118, 202, 459},
    .closed = 80,
    .eligible = {1344, 1458, 1530, 1569, 1596, 1619, 1652, 1688, 1714, 1807, 2056},
    .spread = {365, 658, 785, 871, 944, 1015, 1082, 1146, 1220, 1324, 1563},
    .turnout = {207, 311, 350, 378, 397, 415, 431, 446, 465, 487, 553},
    .printed = {736, 941, 949, 952, 955, 957, 960, 973, 997, 1007, 1061},
    .part_b = 193,
    .proxy = 127,
    .postal = 18,
    .b3 = 8,
    .b5 = 6,
    .w1 = 16,
    .w2 = 208,
    .w3 = 49,
    .off = {1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 42},
    .invalid = {29, 50, 60, 68, 76, 84, 93, 104, 119, 143, 231},
    .mayors = {0, 2, 3, 9, 13, 11, 11, 2, 2, 0, 0, 1}};
// A "gmina" is a district here.
inline constexpr GminaClass kCapital = {
    .precincts_of_all = 857,
    .precincts = {9, 12, 12, 24, 36, 47, 53, 63, 70, 88, 112},
    .closed = 62,
    .eligible = {901, 1272, 1365, 1573, 1595, 1623, 1632, 1677, 1690, 1692, 1794},
    .spread = {497, 699, 810, 886, 957, 1017, 1078, 1128, 1185, 1269, 1430},
    .turnout = {339, 404, 427, 446, 462, 474, 492, 505, 525, 549, 606},
    .printed = {642, 745, 854, 916, 944, 950, 954, 958, 961, 966, 1013},
    .part_b = 193,
    .proxy = 143,
    .postal = 29,
    .b3 = 36,
    .b5 = 29,
    .w1 = 38,
    .w2 = 367,
    .w3 = 159,
    .off = {1, 1, 1, 1, 2, 2, 3, 4, 6, 12, 51},
    .invalid = {23, 43, 53, 59, 65, 72, 78, 85, 96, 115, 176},
    .mayors = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}};

// Votes by proxy, and packages sent by post, of a precinct that has any [2014].
inline constexpr Deciles kProxies = {1, 1, 1, 1, 1, 2, 2, 3, 4, 6, 19};
inline constexpr Deciles kPackages = {1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 5};
// In a thousand of these packages: returned; and of those returned, without a declaration [2014:
// none of 29; assumed, so that the point is not always 0].
inline constexpr std::uint32_t kReturned = 828;
inline constexpr std::uint32_t kWithoutDeclaration = 20;
// Eligible voters in part B of a precinct that has any, and of these in a thousand who vote [2014,
// Warsaw].
inline constexpr Deciles kPartB = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 4};
inline constexpr std::uint32_t kPartBTurnout = 615;

// In a thousand protocols with invalid ballots: no invalid vote (B4: 13 of 846), as many invalid
// votes (W10: 3 of 846). In a thousand with return envelopes: one envelope in the box not counted
// (B2 and W13: 1 of 115) [2014].
inline constexpr std::uint32_t kB4 = 15;
inline constexpr std::uint32_t kW10 = 4;
inline constexpr std::uint32_t kMiscounted = 9;
// Precincts in a thousand whose registers differ: of the council of the gmina or city and the
// mayor (X1: 3 of 886); of the powiat council or assembly and the mayor (X2: 98 of 886) [2014,
// Warsaw].
inline constexpr std::uint32_t kX1 = 3;
inline constexpr std::uint32_t kX2 = 110;

// Invalid votes in thousandths of the valid ballots: mayors, councils of cities and of Warsaw's
// districts [2014, Warsaw]; councils of small gminas [assumed: between these]. Of those for mayor,
// with two or more marks, in a thousand [2014, Warsaw].
inline constexpr Deciles kInvalidMayor = {2, 7, 9, 11, 13, 15, 17, 19, 22, 26, 43};
inline constexpr Deciles kInvalidCity = {19, 38, 47, 53, 58, 64, 71, 79, 89, 104, 151};
inline constexpr Deciles kInvalidWarsawDistrict = {9, 26, 34, 40, 45, 50, 57, 64, 70, 84, 122};
inline constexpr Deciles kInvalidSmall = {5, 14, 18, 22, 26, 30, 34, 39, 46, 56, 90};
inline constexpr std::uint32_t kTwoMarks = 276;

// Lists of a district, and candidates of a list per hundred seats [2010].
struct Lists {
  Deciles lists;
  Deciles candidates;
};
inline constexpr Lists kListsAssembly = {{6, 7, 8, 9, 10, 11, 11, 12, 13, 15, 18},
                                         {116, 129, 135, 142, 147, 152, 155, 158, 165, 169, 183}};
inline constexpr Lists kListsPowiat = {{3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 9},
                                       {124, 150, 160, 167, 172, 177, 181, 187, 192, 198, 200}};
inline constexpr Lists kListsCity = {{4, 5, 6, 6, 7, 7, 7, 8, 9, 10, 14},
                                     {125, 145, 157, 167, 170, 174, 180, 183, 187, 196, 200}};
inline constexpr Lists kListsLargeGmina = {{2, 4, 5, 5, 5, 6, 6, 6, 7, 8, 10},
                                           {107, 137, 150, 157, 164, 169, 175, 180, 186, 193, 200}};
inline constexpr Lists kListsWarsawDistrict = {
    {3, 4, 4, 4, 4, 5, 5, 5, 6, 6, 7}, {125, 140, 147, 152, 157, 160, 167, 173, 178, 180, 193}};
// Districts of one seat with 1, 2, … candidates; with 1 no vote is held [2010].
inline constexpr std::array<std::uint32_t, 8> kCandidatesForOneSeat = {869,  3796, 3959, 2612,
                                                                       1340, 535,  177,  105};
// A mayor's only candidate: YES in thousandths of the valid votes; and how many in a thousand lose
// (1 of 269) [2018].
inline constexpr Deciles kYes = {604, 733, 775, 793, 817, 835, 846, 862, 878, 905, 935};
inline constexpr std::uint32_t kYesLoses = 4;

}  // namespace urna::drill::proportions
