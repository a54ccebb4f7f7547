// How many seats a council has and how they are divided into districts.
//
// The numbers of seats are those of the acts on self-government of gminas (art. 17), powiats (art.
// 9 sec. 4) and voivodeships (art. 16 sec. 3), and of Warsaw (60). LAW.md does not hold them; the
// first two were read [law], the others are [unverified] there and agree with the councils of
// 2010-local/districts.csv, as all of them do.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace urna::drill {

inline constexpr std::uint64_t kSmallGminaInhabitantsMax = 20'000;
inline constexpr std::uint32_t kCapitalCouncilSeats = 60;
// A gmina of up to 20,000 inhabitants: one seat in each district since 2014 (LAW.md, contests).
inline constexpr std::uint32_t kSmallGminaDistricts = 15;

// Of gminas, cities with powiat rights and Warsaw's districts: 15 up to 20,000 inhabitants, 21 up
// to 50,000, 23 up to 100,000, 25 up to 200,000, then 3 for every 100,000 begun; 45 at most.
std::uint32_t gmina_council_seats(std::uint64_t inhabitants);
// 15 up to 40,000 inhabitants, then 2 for every 20,000 begun; 29 at most.
std::uint32_t powiat_council_seats(std::uint64_t inhabitants);
// 30 up to 2,000,000 inhabitants, then 3 for every 500,000 begun.
std::uint32_t assembly_seats(std::uint64_t inhabitants);

// Seats of one district.
struct SeatRange {
  std::uint32_t min;
  std::uint32_t max;
  std::uint32_t mean_percent;  // the usual number, times 100
};
// Seats in a district, as in 2010-local/districts.csv [data].
inline constexpr SeatRange kGminaDistrict = {5, 8, 588};
inline constexpr SeatRange kCityDistrict = {5, 8, 569};
inline constexpr SeatRange kPowiatDistrict = {3, 10, 468};
inline constexpr SeatRange kAssemblyDistrict = {5, 15, 645};

// A territory that a district's border does not cut: a gmina of a powiat, a powiat of a
// voivodeship.
struct Block {
  std::uint32_t precincts = 0;  // at least 1
  std::uint64_t inhabitants = 0;
};

// A run of neighbouring precincts, up to where the next district begins.
struct District {
  std::uint32_t first_precinct = 0;
  std::uint32_t seats = 0;
};

// Divides `seats` among districts that are runs of blocks, in proportion to their inhabitants; each
// has a number of seats in `range`. Where there are fewer blocks than districts, borders go between
// precincts. With fewer precincts than districts each precinct is one, and has more seats than the
// range allows. `blocks` is not empty; `seats` is at least range.min.
std::vector<District> divide(std::uint32_t seats, const SeatRange& range,
                             std::span<const Block> blocks);

}  // namespace urna::drill
