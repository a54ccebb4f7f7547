#include "tests/integration/definitions/described_centre.h"

#include "common/base/check.h"
#include "common/model/control_code.h"
#include "common/trust/sha256.h"

namespace urna::tests {

namespace {

// Of a protocol that breaks no rule of its form; `valid` in [1, 800].
std::uint32_t figure(std::string_view code, std::uint32_t valid) {
  if (code == "p1") return 1'000;
  if (code == "p1a") return 990;
  if (code == "p1b") return 10;
  if (code == "p2") return 800;
  if (code == "p3") return 800 - valid;
  for (const std::string_view same : {"p4", "p4a", "p8", "p10", "p12"}) {
    if (code == same) return valid;
  }
  return 0;
}

std::string mayor_of(const std::string& unit) { return "mayor-" + unit; }

void set_place(v1::Place& place, const std::string& unit, const std::string& contest,
               std::uint32_t round) {
  place.set_unit(unit);
  place.set_contest(contest);
  place.set_round(round);
}

Json candidate(const char* code, const char* name) { return {{"code", code}, {"name", name}}; }

Json units() {
  return {{{"id", "PL"}, {"kind", "national"}, {"name", "Polska"}},
          {{"id", "KW-1"}, {"kind", "commissioner"}, {"name", "Komisarz I"}},
          {{"id", "140000"},
           {"kind", "voivodeship"},
           {"name", "Mazowieckie"},
           {"parent", "PL"},
           {"commissioner", "KW-1"}},
          {{"id", "140100"}, {"kind", "powiat"}, {"name", "Powiat alfski"}, {"parent", "140000"}},
          {{"id", "140101"}, {"kind", "gmina"}, {"name", "Gmina Alfa"}, {"parent", "140100"}},
          {{"id", "140102"}, {"kind", "gmina"}, {"name", "Gmina Beta"}, {"parent", "140100"}},
          {{"id", "146200"}, {"kind", "city"}, {"name", "Miasto Gamma"}, {"parent", "140000"}}};
}

Json precincts() {
  return {{{"id", "140101-1"},
           {"type", "permanent"},
           {"commission_size", 3},
           {"seat", "Szkoła \"Orlik\", Alfa"},
           {"postal_voting", true}},
          {{"id", "140101-2"}, {"type", "hospital"}, {"postal_voting", false}},
          {{"id", "140101-3"}, {"type", "separate"}},
          {{"id", "140102-1"}, {"type", "permanent"}, {"commission_size", 3}},
          {{"id", "140102-2"}, {"type", "permanent"}, {"commission_size", 3}},
          {{"id", "146200-1"}, {"type", "permanent"}}};
}

Json contests() {
  return {
      {{"id", "mayor-140101"},
       {"kind", "mayor"},
       {"area", "140101"},
       {"seats", 1},
       {"form", "mayor-2014"},
       {"options",
        {candidate("1", "Żółć \"Ęśą\" \\ O'Neill"), candidate("2", "Nowak\u00a0Jan Müller"),
         candidate("3", "Łąka-Świerszcz <b>Ewa</b>"), candidate("4", "Wałęsa Z\u0301ofia\u202e")}},
       {"reference",
        {{"140101-1",
          {{"eligible", 1000}, {"eligible_a", 990}, {"eligible_b", 10}, {"planned_print", 800}}},
         {"140101-2", {{"eligible", 1000}}},
         {"140101-3", Json::object()}}}},
      {{"id", "mayor-140102"},
       {"kind", "mayor"},
       {"area", "140102"},
       {"seats", 1},
       {"form", "mayor-2014"},
       {"options",
        {candidate("9", "Sum Adam"), candidate("7", "Ryba Ola"), candidate("8", "Rak Jan")}}},
      {{"id", "mayor-146200"},
       {"kind", "mayor"},
       {"area", "146200"},
       {"seats", 1},
       {"form", "mayor-single-2014"},
       {"options", {candidate("YES", "Sowa Iga"), candidate("NO", "NIE")}}},
      {{"id", "council-140101"},
       {"kind", "small-gmina-council"},
       {"area", "140101"},
       {"district", "1"},
       {"group", "councils-140101"},
       {"rule_set", "2010"},
       {"seats", 2},
       {"form", "council-2014-ab"},
       {"options",
        {{{"code", "1"},
          {"name", "KWW Łąka"},
          {"candidates",
           {{{"position", 1}, {"name", "Lis Ewa"}},
            {{"position", 3}, {"name", "Lis Jan"}, {"struck_off", true}}}}},
         {{"code", "2"},
          {"name", "KWW Rzeka"},
          {"struck_off", true},
          {"candidates", {{{"position", 2}, {"name", "Bóbr Jan"}}}}}}},
       {"precincts", {"140101-3", "140101-1"}}},
      {{"id", "powiat-140100"},
       {"kind", "powiat-council"},
       {"area", "140100"},
       {"seats", 3},
       {"form", "council-2014"},
       {"options",
        {{{"code", "KW-A"},
          {"name", "KW A"},
          {"candidates", {{{"position", 1}, {"name", "Dąb Jan"}}}}}}}}};
}

}  // namespace

SmallElection& DescribedCentre::keys() {
  static SmallElection election;  // making keys is what costs
  return election;
}

Json first_description() {
  return {{"election", kElection}, {"version", 1},     {"date", "2014-11-10"},
          {"mode", "rehearsal"},   {"units", units()}, {"precincts", precincts()},
          {"contests", contests()}};
}

ca::DescribedElection DescribedCentre::read(const Json& description) {
  auto described = ca::read_description(description.dump(), "election.json", keys().election_id());
  URNA_CHECK(described.has_value());
  return std::move(*described);
}

void DescribedCentre::define(const Json& description) { define(read(description)); }

void DescribedCentre::define(const ca::DescribedElection& described) {
  v1::Body body;
  *body.mutable_manifest() = described.manifest;
  if (described.manifest.version() > 1) body.mutable_manifest()->set_replaces(manifest_.str());
  manifest_ = SmallElection::statement(body);
  const Holder& national = keys().national();
  std::vector<Bytes> parts = described.parts;
  parts.push_back(national.certificate->der);
  const Bytes record = trust::sign_record({national.key, *national.certificate, "urna-test 0"},
                                          body, "", kElectionDayMs);
  const v1::Outcome outcome = wires_.enter(node_, record, parts);
  ASSERT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
}

v1::Outcome DescribedCentre::enter(const Holder& holder, const v1::Body& body) {
  return wires_.enter(node_, keys().sign_under(holder, body, manifest_), {holder.certificate->der});
}

void DescribedCentre::must_enter(const Holder& holder, const v1::Body& body) {
  const v1::Outcome outcome = enter(holder, body);
  ASSERT_TRUE(outcome.has_admitted_at()) << outcome.ShortDebugString();
}

v1::Body DescribedCentre::protocol(const std::string& contest, const std::string& precinct,
                                   std::uint32_t round,
                                   const std::vector<std::uint32_t>& votes) const {
  const model::Slice& slice =
      projection().tally()->slice({*model::ContestId::parse(contest), round});
  v1::Body body;
  v1::Protocol& protocol = *body.mutable_protocol();
  set_place(*protocol.mutable_place(), precinct, contest, round);
  protocol.set_revision(1);
  protocol.set_slice(slice.digest().str());
  std::uint32_t valid = 0;
  URNA_CHECK(votes.size() == slice.vote_cells());
  for (const std::uint32_t one : votes) protocol.add_votes(model::cell_of(one));
  for (const model::OptionCells& option : slice.options()) valid += votes[option.total];
  for (const v1::FormPoint& point : slice.form().points()) {
    protocol.add_points(model::cell_of(figure(point.code(), valid)));
  }
  for (const auto function :
       {v1::MEMBER_FUNCTION_CHAIR, v1::MEMBER_FUNCTION_DEPUTY, v1::MEMBER_FUNCTION_MEMBER}) {
    v1::Member& member = *protocol.add_members();
    member.set_name("Kos Jan");
    member.set_function(function);
    member.set_signed_(true);
  }
  return body;
}

v1::Body DescribedCentre::enter_protocol(const std::string& contest, const std::string& precinct,
                                         const std::vector<std::uint32_t>& votes,
                                         std::uint32_t round) {
  v1::Body body = protocol(contest, precinct, round, votes);
  must_enter(keys().chair(precinct), body);
  return body;
}

std::vector<v1::Body> DescribedCentre::count(const std::string& unit, const MayorVotes& votes,
                                             std::uint32_t round, std::size_t from) {
  std::vector<v1::Body> bodies;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    const std::string precinct = unit + "-" + std::to_string(from + i);
    bodies.push_back(enter_protocol(mayor_of(unit), precinct, votes[i], round));
  }
  return bodies;
}

void DescribedCentre::confirm(const std::string& unit, const v1::Body& protocol) {
  must_enter(keys().commission(unit), SmallElection::confirmation(protocol));
}

void DescribedCentre::sign_final(const std::string& unit, std::uint32_t round) {
  const auto draft = projection().territorial().draft(
      {{*model::UnitId::parse(unit), {*model::ContestId::parse(mayor_of(unit)), round}},
       v1::TerritorialProtocol::KIND_FINAL});
  ASSERT_TRUE(draft.has_value()) << draft.error().message;
  v1::Body body;
  *body.mutable_territorial() = *draft;
  must_enter(keys().commission(unit), body);
}

void DescribedCentre::decide(const std::string& unit, const std::vector<v1::Body>& protocols,
                             std::uint32_t round) {
  for (const v1::Body& one : protocols) confirm(unit, one);
  sign_final(unit, round);
}

void DescribedCentre::decide_the_others() {
  decide("140102", MayorVotes{{51, 30, 19}, {50, 25, 25}});  // 101 of 200 for the first
  decide("146200", MayorVotes{{60, 40}});
}

void DescribedCentre::draw(const std::string& unit, const std::string& winner) {
  const auto determined =
      projection().territorial().determination({*model::ContestId::parse(mayor_of(unit)), 1});
  ASSERT_TRUE(determined.has_value());
  ASSERT_EQ(determined->pending.size(), 1U);
  v1::Body body;
  body.mutable_lot()->set_contest(mayor_of(unit));
  body.mutable_lot()->set_round(1);
  body.mutable_lot()->set_context(determined->pending.front().context.str());
  body.mutable_lot()->add_winners()->set_option(winner);
  must_enter(keys().commission(unit), body);
}

}  // namespace urna::tests
