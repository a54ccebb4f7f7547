#include "tests/drill/spoil.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "tests/drill/random.h"

namespace urna::drill {

namespace {

// Points of council-2014, and those of sejm-2019 that mean the same (docs/checks.md).
struct Renumbered {
  std::string_view point;
  const char* on_sejm;
};
constexpr Renumbered kOnSejm[] = {
    {"p6", "p7"},   {"p7", "p8"},   {"p7a", "p8a"},   {"p7b", "p8b"},   {"p7c", "p8c"},
    {"p7d", "p8d"}, {"p7e", "p8e"}, {"p8", "p9"},     {"p8a", "p9a"},   {"p9", "p10"},
    {"p10", "p11"}, {"p11", "p12"}, {"p11a", "p12a"}, {"p11b", "p12b"}, {"p12", "p13"},
};

std::string_view on_form(std::string_view form, std::string_view point) {
  if (form != "sejm-2019") return point;
  const auto found = std::ranges::find(kOnSejm, point, &Renumbered::point);
  return found == std::end(kOnSejm) ? point : found->on_sejm;
}

// Figures by the numbering of council-2014. One that is missing is in no rule that applies.
class Figures {
 public:
  Figures(const Dataset& data, const DatasetProtocol& protocol)
      : points_(protocol.points),
        form_(data.contest_of(protocol).form),
        type_(data.precinct_of(protocol).type),
        votes_(static_cast<std::int64_t>(protocol.votes_total())) {}

  bool has(std::initializer_list<const char*> points) const {
    return std::ranges::all_of(points,
                               [&](const char* p) { return points_.contains(on_form(form_, p)); });
  }
  std::int64_t operator[](const char* point) const {
    return points_.find(on_form(form_, point))->second;
  }
  // A figure by the form's own numbering; 0 on other forms.
  std::int64_t on_sejm(const char* point) const {
    return form_ == "sejm-2019" ? points_.find(point)->second : 0;
  }
  bool is_sejm() const { return form_ == "sejm-2019"; }
  // A rule about one kind does not apply where the kind is not told.
  bool permanent() const { return type_ == v1::PRECINCT_TYPE_PERMANENT; }
  bool separate() const { return !permanent() && type_ != v1::PRECINCT_TYPE_UNSPECIFIED; }
  std::int64_t votes() const { return votes_; }

 private:
  const std::map<std::string, std::uint32_t, std::less<>>& points_;
  const std::string& form_;
  v1::PrecinctType type_;
  std::int64_t votes_;
};

bool breaks_e9(const Figures& p) {
  if (p.has({"p7", "p7a", "p7b"}) && p["p7a"] + p["p7b"] > p["p7"]) return true;
  return p.has({"p7", "p7c", "p7d"}) && p["p7c"] + p["p7d"] > p["p7"];
}

bool breaks_e13(const Figures& p) {
  if (p.has({"p1", "p1a", "p1b"}) && p["p1"] != p["p1a"] + p["p1b"]) return true;
  if (p.has({"p4", "p4a", "p4b"}) && p["p4"] != p["p4a"] + p["p4b"]) return true;
  if (p.has({"p1a", "p4a"}) && p["p4a"] > p["p1a"]) return true;
  return p.has({"p1b", "p4b"}) && p["p4b"] > p["p1b"];
}

// LAW.md, "Rules": each line is the rule's sentence turned into what breaks it.
struct Rule {
  const char* code;
  bool (*breaks)(const Figures&);
};
constexpr Rule kRules[] = {
    {"E1", [](const Figures& p) { return p.has({"p4", "p1"}) && p["p4"] > p["p1"]; }},
    {"E2",
     [](const Figures& p) { return p.has({"p8", "p9", "p10"}) && p["p8"] != p["p9"] + p["p10"]; }},
    {"E3",
     [](const Figures& p) {
       return p.has({"p10", "p11", "p12"}) && p["p10"] != p["p11"] + p["p12"];
     }},
    {"E4", [](const Figures& p) { return p.has({"p12"}) && p["p12"] != p.votes(); }},
    {"E7", [](const Figures& p) { return p.has({"p5", "p4"}) && p["p5"] > p["p4"]; }},
    {"E8",
     [](const Figures& p) { return p.has({"p4", "p6", "p1"}) && p["p4"] + p["p6"] > p["p1"]; }},
    {"E9", breaks_e9},
    {"E12", [](const Figures& p) { return p.separate() && p.has({"p5"}) && p["p5"] != 0; }},
    {"E13", breaks_e13},
    {"E14",
     [](const Figures& p) {
       return p.has({"p11", "p11a", "p11b"}) &&
              p["p11a"] + p["p11b"] + p.on_sejm("p12c") > p["p11"];
     }},
    {"E15",
     [](const Figures& p) {
       return p.permanent() && p.has({"p4", "p8"}) && p["p4"] > 0 && p["p8"] == 0;
     }},
    {"E19", [](const Figures& p) { return p.is_sejm() && p["p5"] + p.on_sejm("p6") > p["p4"]; }},
    // A warning on the forms of 2014.
    {"W13",
     [](const Figures& p) {
       return p.is_sejm() && p["p7"] > p["p7a"] + p["p7b"] + p["p7c"] + p["p7d"] + p["p7e"];
     }},
};

// One way to spoil a protocol: aims at a rule by changing one point.
struct Slip {
  const char* code;
  const char* point;
  // The wrong figure, or nullopt where this slip cannot be made. The points the slip speaks of are
  // there, or it is not asked. `by` is a small number above 0.
  std::optional<std::int64_t> (*figure)(const Figures&, std::int64_t by);
  std::initializer_list<const char*> needs;
};

using Figure = std::optional<std::int64_t>;

Figure lowered(std::int64_t figure, std::int64_t by) {
  return figure >= by ? Figure(figure - by) : std::nullopt;
}

// Only numbered points are changed; the reasons under p11 have no number of their own on the form.
const Slip kSlips[] = {
    {"E1",
     "p1",
     [](const Figures& p, std::int64_t by) { return lowered(p["p4"], by); },
     {"p1", "p4"}},
    {"E2", "p8", [](const Figures& p, std::int64_t by) { return Figure(p["p8"] + by); }, {"p8"}},
    {"E3", "p11", [](const Figures& p, std::int64_t by) { return Figure(p["p11"] + by); }, {"p11"}},
    {"E4", "p12", [](const Figures& p, std::int64_t by) { return lowered(p["p12"], by); }, {"p12"}},
    {"E7",
     "p5",
     [](const Figures& p, std::int64_t by) { return Figure(p["p4"] + by); },
     {"p4", "p5"}},
    {"E8",
     "p6",
     [](const Figures& p, std::int64_t by) { return Figure(p["p1"] - p["p4"] + by); },
     {"p1", "p4", "p6"}},
    {"E9",
     "p7a",
     [](const Figures& p, std::int64_t by) { return Figure(p["p7"] + by); },
     {"p7", "p7a"}},
    {"E12",
     "p5",
     [](const Figures& p, std::int64_t by) {
       return !p.separate() || by > p["p4"] ? std::nullopt : Figure(by);
     },
     {"p4", "p5"}},
    {"E13",
     "p1a",
     [](const Figures& p, std::int64_t by) { return Figure(p["p1a"] + by); },
     {"p1a"}},
    {"E14",
     "p11",
     [](const Figures& p, std::int64_t by) {
       return lowered(p["p11a"] + p["p11b"] + p.on_sejm("p12c"), by);
     },
     {"p11", "p11a", "p11b"}},
    {"E15",
     "p8",
     [](const Figures& p, std::int64_t) {
       return p.permanent() && p["p4"] > 0 ? Figure(0) : std::nullopt;
     },
     {"p4", "p8"}},
    {"E1",
     "p4",
     [](const Figures& p, std::int64_t by) { return Figure(p["p1"] + by); },
     {"p1", "p4"}},
    {"E2", "p9", [](const Figures& p, std::int64_t by) { return Figure(p["p9"] + by); }, {"p9"}},
    {"E3", "p10", [](const Figures& p, std::int64_t by) { return lowered(p["p10"], by); }, {"p10"}},
    {"E4", "p12", [](const Figures& p, std::int64_t by) { return Figure(p["p12"] + by); }, {"p12"}},
    {"E9",
     "p7d",
     [](const Figures& p, std::int64_t by) { return Figure(p["p7"] + by); },
     {"p7", "p7d"}},
    {"E13",
     "p4a",
     [](const Figures& p, std::int64_t by) { return lowered(p["p4a"], by); },
     {"p4a"}},
    {"E13",
     "p4b",
     [](const Figures& p, std::int64_t by) { return Figure(p["p1b"] + by); },
     {"p1b", "p4b"}},
};

// nullopt when the slip cannot be made here, or does not break the rule it aims at.
std::optional<Spoil> try_slip(const Dataset& data, std::size_t index, const Slip& slip,
                              std::int64_t by) {
  const DatasetProtocol& protocol = data.protocols[index];
  const Figures figures(data, protocol);
  if (!figures.has(slip.needs)) return std::nullopt;
  const Figure figure = slip.figure(figures, by);
  const std::string point(on_form(data.contest_of(protocol).form, slip.point));
  const std::uint32_t before = protocol.figure(point);
  if (!figure || *figure < 0 || *figure > model::kFigureMax || *figure == before) {
    return std::nullopt;
  }
  Spoil spoil{index, point, before, static_cast<std::uint32_t>(*figure), {}};
  spoil.expected_codes = broken_errors(data, spoiled(protocol, spoil));
  if (!(std::ranges::find(spoil.expected_codes, slip.code) != spoil.expected_codes.end()))
    return std::nullopt;
  return spoil;
}

std::vector<std::size_t> shuffled(std::size_t count, SplitMix64& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

// The first protocol in `order` not yet used where the slip can be made. `from` remembers how far
// this slip has looked: what it passed over it could not use then and cannot use later.
std::optional<Spoil> place_slip(const Dataset& data, const Slip& slip,
                                const std::vector<std::size_t>& order, std::vector<bool>& used,
                                std::size_t& from, SplitMix64& random) {
  for (; from < order.size(); ++from) {
    const std::size_t index = order[from];
    if (used[index]) continue;
    const auto by = static_cast<std::int64_t>(random.between(1, 40));
    // A smaller slip fits where a larger one does not.
    for (const std::int64_t size : {by, std::int64_t{1}}) {
      if (auto spoil = try_slip(data, index, slip, size)) {
        used[index] = true;
        return spoil;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> broken_errors(const Dataset& data, const DatasetProtocol& protocol) {
  const Figures figures(data, protocol);
  std::vector<std::string> codes;
  for (const Rule& rule : kRules) {
    if (rule.breaks(figures)) codes.emplace_back(rule.code);
  }
  return codes;
}

DatasetProtocol spoiled(const DatasetProtocol& protocol, const Spoil& spoil) {
  DatasetProtocol changed = protocol;
  changed.points.find(spoil.point)->second = spoil.after;
  return changed;
}

Result<std::vector<Spoil>> choose_spoils(const Dataset& data, std::size_t count,
                                         std::uint64_t seed) {
  if (count > data.protocols.size()) {
    return fail(ErrorCode::kInvalidArgument, "cannot spoil " + std::to_string(count) +
                                                 " protocols: the data set has " +
                                                 std::to_string(data.protocols.size()));
  }
  for (const DatasetProtocol& protocol : data.protocols) {
    const auto codes = broken_errors(data, protocol);
    if (codes.empty()) continue;
    return fail(ErrorCode::kInvalidArgument, "the protocol of " + data.precinct_of(protocol).id +
                                                 ", " + data.contest_of(protocol).contest +
                                                 ", breaks " + codes.front() + " as it stands");
  }
  SplitMix64 random(seed);
  const std::vector<std::size_t> order = shuffled(data.protocols.size(), random);
  std::vector<bool> used(data.protocols.size(), false);
  std::size_t looked[std::size(kSlips)] = {};
  std::vector<Spoil> spoils;
  std::size_t idle = 0;
  for (std::size_t turn = 0; spoils.size() < count; ++turn) {
    const std::size_t slip = turn % std::size(kSlips);
    auto spoil = place_slip(data, kSlips[slip], order, used, looked[slip], random);
    idle = spoil ? 0 : idle + 1;
    if (spoil) spoils.push_back(std::move(*spoil));
    if (idle == std::size(kSlips)) {
      return fail(ErrorCode::kInvalidArgument, "cannot find enough protocols to spoil");
    }
  }
  std::ranges::sort(spoils, {}, &Spoil::protocol);
  return spoils;
}

}  // namespace urna::drill
