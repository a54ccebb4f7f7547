#include "tests/drill/generate_figures.h"

#include <algorithm>

namespace urna::drill {

namespace {

constexpr std::size_t kP1 = point("p1"), kP1a = point("p1a"), kP1b = point("p1b");
constexpr std::size_t kP2 = point("p2"), kP3 = point("p3");
constexpr std::size_t kP4 = point("p4"), kP4a = point("p4a"), kP4b = point("p4b");
constexpr std::size_t kP5 = point("p5"), kP6 = point("p6");
constexpr std::size_t kP7 = point("p7"), kP7a = point("p7a"), kP7e = point("p7e");
constexpr std::size_t kP8 = point("p8"), kP8a = point("p8a"), kP9 = point("p9");
constexpr std::size_t kP10 = point("p10"), kP11 = point("p11");
constexpr std::size_t kP11a = point("p11a"), kP11b = point("p11b"), kP12 = point("p12");
static_assert(kP12 + 1 == kPoints.size());

constexpr std::array<v1::PrecinctType, 4> kClosed = {
    v1::PRECINCT_TYPE_HOSPITAL, v1::PRECINCT_TYPE_CARE_HOME, v1::PRECINCT_TYPE_PRISON,
    v1::PRECINCT_TYPE_DETENTION};

bool has_parts(std::string_view form) { return form != "council-2014"; }
bool is_for_mayor(std::string_view form) { return form.starts_with("mayor"); }

// `whole` · thousandths, rounded up or down by chance, so that it is right on average.
std::uint32_t share(std::uint32_t whole, std::uint32_t thousandths, SplitMix64& random) {
  return static_cast<std::uint32_t>((std::uint64_t{whole} * thousandths + random.below(1'000)) /
                                    1'000);
}

// One protocol being counted. Points are filled in the order of the paper.
class Counting {
 public:
  Counting(const Electorate& voters, const Ballot& ballot, SplitMix64& random)
      : voters_(voters),
        class_(class_of(voters.gmina)),
        ballot_(ballot),
        form_(ballot.contest.form),
        random_(random),
        p_(figures_.points) {}

  Figures count() {
    count_register();
    count_ballots();
    count_envelopes();
    count_box();
    count_votes();
    return std::move(figures_);
  }

 private:
  std::uint32_t off() { return draw(class_.off, random_); }
  std::uint32_t citizens() const;
  void count_register();
  void count_ballots();
  void count_envelopes();
  void count_box();
  void count_votes();
  std::uint32_t invalid_votes();

  const Electorate& voters_;
  const proportions::GminaClass& class_;
  const Ballot& ballot_;
  const std::string_view form_;
  SplitMix64& random_;
  Figures figures_;
  std::array<std::uint32_t, kPoints.size()>& p_;
};

std::uint32_t Counting::citizens() const {
  if (!has_parts(form_)) return voters_.citizens + voters_.more_above;
  return voters_.citizens + (is_for_mayor(form_) ? 0 : voters_.more_in_council);
}

// p1 to p1b, p4 to p6: a ballot is issued to nobody who was sent a package (E8).
void Counting::count_register() {
  const std::uint32_t not_taken = random_.chance(250) ? random_.between(1, 2) : 0;
  const std::uint32_t issued = voters_.citizens * voters_.turnout / 1'000;
  p_[kP1a] = citizens();
  p_[kP4a] = issued - std::min(issued / 20, not_taken);
  p_[kP6] = std::min(voters_.packages, p_[kP1a] - p_[kP4a]);
  p_[kP1] = p_[kP1a];
  p_[kP4] = p_[kP4a];
  if (has_parts(form_)) {
    p_[kP1b] = voters_.others;
    p_[kP4b] = voters_.others_voting;
    p_[kP1] += p_[kP1b];
    p_[kP4] += p_[kP4b];
  } else {
    p_[kP1a] = 0;
    p_[kP4a] = 0;
  }
  // Not everybody by proxy (B6: never in the data).
  p_[kP5] = p_[kP4] == 0 ? 0 : std::min(voters_.proxies, p_[kP4] - 1);
}

// p2 and p3: now and then ballots are missing (W1) or too many (B5).
void Counting::count_ballots() {
  p_[kP2] = std::max(p_[kP4], p_[kP1] * voters_.printed / 1'000);
  p_[kP3] = p_[kP2] - p_[kP4];
  if (random_.chance(class_.w1)) {
    p_[kP3] -= std::min(p_[kP3], off());
  } else if (random_.chance(class_.b5)) {
    p_[kP3] += std::min(p_[kP4], off());
  }
}

// p7 to p7e, p8a: now and then an envelope put in the box is not counted (B2, W13).
void Counting::count_envelopes() {
  for (std::uint32_t i = 0; i < p_[kP6]; ++i) {
    if (random_.chance(proportions::kReturned)) ++p_[kP7];
  }
  if (p_[kP7] == 0) return;
  if (random_.chance(proportions::kWithoutDeclaration)) p_[kP7a] = 1;
  p_[kP7e] = p_[kP7] - p_[kP7a];
  p_[kP8a] = p_[kP7e];
  if (p_[kP7e] > 0 && random_.chance(proportions::kMiscounted)) --p_[kP7e];
}

// p8: some carry their ballot home (W2), some bring more than one (B3).
void Counting::count_box() {
  p_[kP8] = p_[kP4] + p_[kP8a];
  if (p_[kP4] > 1 && random_.chance(class_.w2)) {
    p_[kP8] -= std::min(p_[kP4] - 1, off());
  } else if (p_[kP4] > 0 && random_.chance(class_.b3)) {
    // Never more than are eligible (W6: never in the data).
    p_[kP8] += std::min(p_[kP1] - std::min(p_[kP1], p_[kP8]), off());
  }
}

std::uint32_t Counting::invalid_votes() {
  const std::uint32_t usual = share(p_[kP10], draw(ballot_.invalid, random_), random_);
  if (p_[kP9] == 0) return usual;
  const std::uint64_t chance = random_.below(1'000);
  if (chance < proportions::kB4) return 0;
  if (chance < proportions::kB4 + proportions::kW10) return p_[kP9];
  return usual == 0 || usual == p_[kP9] ? p_[kP9] + 1 : usual;
}

// p9 to p12 and the votes. Invalid ballots (W3) are few enough to leave room for invalid votes.
void Counting::count_votes() {
  if (p_[kP8] >= 8 && random_.chance(class_.w3)) p_[kP9] = std::min(p_[kP8] / 4, off());
  p_[kP10] = p_[kP8] - p_[kP9];
  p_[kP11] = invalid_votes();
  if (is_for_mayor(form_)) {
    p_[kP11a] = std::min(p_[kP11], share(p_[kP11], proportions::kTwoMarks, random_));
    p_[kP11b] = p_[kP11] - p_[kP11a];
  }
  p_[kP12] = p_[kP10] - p_[kP11];
  figures_.votes = deal(p_[kP12], ballot_.options, random_);
  for (std::size_t i = 0; i < figures_.votes.size(); ++i) {
    const Weights& candidates = ballot_.candidates[i];
    figures_.candidates.push_back(candidates.empty()
                                      ? std::vector<std::uint32_t>()
                                      : deal(figures_.votes[i], candidates, random_));
  }
}

void draw_closed(Electorate& voters, SplitMix64& random) {
  voters.type = kClosed[pick(proportions::kClosedTypes, random)];
  voters.citizens = draw(proportions::kClosedEligible, random);
  voters.turnout = draw(proportions::kClosedTurnout, random);
  // Who comes is not known beforehand: never too few.
  voters.printed = random.between(1'000, 1'500);
}

void draw_open(Electorate& voters, std::uint32_t mean, SplitMix64& random) {
  const proportions::GminaClass& of = class_of(voters.gmina);
  const std::uint64_t spread = draw(of.spread, random);
  voters.citizens = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
      mean * spread / 1'000, proportions::kEligibleMin, proportions::kEligibleMax));
  voters.turnout = draw(of.turnout, random);
  voters.printed = draw(of.printed, random);
  if (random.chance(of.part_b)) voters.others = draw(proportions::kPartB, random);
  for (std::uint32_t i = 0; i < voters.others; ++i) {
    if (random.chance(proportions::kPartBTurnout)) ++voters.others_voting;
  }
  if (random.chance(of.proxy)) voters.proxies = draw(proportions::kProxies, random);
  if (random.chance(of.postal)) voters.packages = draw(proportions::kPackages, random);
}

}  // namespace

Electorate draw_electorate(const GminaPlan& gmina, SplitMix64& random) {
  Electorate voters;
  voters.gmina = gmina.kind;
  // The only precinct of a gmina is open to everybody.
  if (gmina.precincts > 1 && random.chance(class_of(gmina.kind).closed)) {
    draw_closed(voters, random);
  } else {
    draw_open(voters, gmina.eligible_mean, random);
  }
  if (random.chance(proportions::kX1)) voters.more_in_council = 1;
  if (random.chance(proportions::kX2)) voters.more_above = random.between(1, 3);
  return voters;
}

std::vector<Electorate> by_district(const Electorate& whole, std::size_t parts,
                                    SplitMix64& random) {
  std::vector<Electorate> districts(parts, whole);
  if (parts == 1) return districts;
  const auto citizens = deal(whole.citizens, Weights(parts, 1), random);
  for (std::size_t i = 0; i < parts; ++i) {
    districts[i].citizens = citizens[i];
    districts[i].more_in_council = 0;
    if (i == 0) continue;
    districts[i].others = 0;
    districts[i].others_voting = 0;
    districts[i].proxies = 0;
    districts[i].packages = 0;
  }
  return districts;
}

bool has_point(std::string_view form, std::size_t point) {
  switch (point) {
    case kP1a:
    case kP1b:
    case kP4a:
    case kP4b: return has_parts(form);
    case kP11a:
    case kP11b: return is_for_mayor(form);
    default: return true;
  }
}

Figures draw_figures(const Electorate& voters, const Ballot& ballot, SplitMix64& random) {
  return Counting(voters, ballot, random).count();
}

}  // namespace urna::drill
