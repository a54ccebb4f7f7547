// How long a protocol's checks take. The aim: a protocol of 200 figures in under 10 µs.
#include <benchmark/benchmark.h>

#include "common/base/check.h"
#include "common/model/strict.h"
#include "common/validation/across.h"
#include "common/validation/check.h"
#include "common/validation/forms.h"

namespace urna::validation {
namespace {

// A sound protocol of a permanent precinct: `lists` lists of `candidates` candidates with one vote
// each.
struct Case {
  Case(std::string_view form_id, int lists, int candidates) {
    const v1::Form form_data = builtin_form(form_id).value();
    v1::Slice data;
    data.set_contest("c");
    data.set_round(1);
    data.set_kind(v1::CONTEST_KIND_COUNCIL_CITY);
    data.set_area("PL");
    for (int list = 1; list <= lists; ++list) {
      v1::Option& option = *data.add_options();
      option.set_code(std::to_string(list));
      protocol.add_votes(model::cell_of(static_cast<std::uint32_t>(candidates)));
      for (int position = 1; position <= candidates; ++position) {
        option.add_candidates()->set_position(static_cast<std::uint32_t>(position));
        protocol.add_votes(model::cell_of(1));
      }
    }
    v1::Precinct& place = *data.add_precincts();
    place.set_unit(precinct.str());
    place.set_parent("146501");
    place.set_type(v1::PRECINCT_TYPE_PERMANENT);
    place.set_postal_voting(v1::TRISTATE_YES);
    v1::ReferenceFigures references;
    v1::ReferenceFigure& reference = *references.add_precincts();
    reference.set_unit(precinct.str());
    reference.set_eligible(model::cell_of(1000));
    reference.set_eligible_b(model::cell_of(10));
    reference.set_planned_print(model::cell_of(800));
    slice = model::Slice::parse(Digest{}, model::serialise(data), model::serialise(form_data),
                                model::serialise(references))
                .value();
    form.emplace(CompiledForm::compile(*slice).value());
    fill(static_cast<std::uint32_t>(lists * candidates));
  }

  void fill(std::uint32_t votes) {
    const std::pair<const char*, std::uint32_t> figures[] = {
        {"p1", 1000},  {"p1a", 990},   {"p1b", 10},   {"p2", 800},    {"p3", 800 - votes},
        {"p4", votes}, {"p4a", votes}, {"p8", votes}, {"p10", votes}, {"p12", votes}};
    for (std::size_t i = 0; i < slice->point_cells(); ++i) protocol.add_points(model::cell_of(0));
    for (const auto& [code, figure] : figures) {
      const auto point = slice->point(code);
      if (point) protocol.set_points(static_cast<int>(*point), model::cell_of(figure));
    }
  }

  std::int64_t figures() const { return protocol.points_size() + protocol.votes_size(); }

  const model::UnitId precinct = *model::UnitId::parse("146501-1");
  std::shared_ptr<const model::Slice> slice;
  std::optional<CompiledForm> form;
  v1::Protocol protocol;
};

void check_protocol(benchmark::State& state, const Case& one) {
  URNA_CHECK(check(*one.form, one.protocol, one.precinct, Completeness::kFinal).empty());
  for (auto _ : state) {
    benchmark::DoNotOptimize(check(*one.form, one.protocol, one.precinct, Completeness::kFinal));
  }
  state.counters["figures"] = static_cast<double>(one.figures());
  state.SetItemsProcessed(state.iterations());
}

// 22 points and 178 figures of votes: 2 lists of 88 candidates.
void TwoHundredFigures(benchmark::State& state) {
  check_protocol(state, Case("council-2014-ab", 2, 88));
}
BENCHMARK(TwoHundredFigures);

// 22 points and 180 figures of votes: 10 lists of 17 candidates.
void TwoHundredFiguresOnTenLists(benchmark::State& state) {
  check_protocol(state, Case("council-2014-ab", 10, 17));
}
BENCHMARK(TwoHundredFiguresOnTenLists);

// Every figure wrong: the time goes into naming what is.
void TwoHundredFiguresAllWrong(benchmark::State& state) {
  Case one("council-2014-ab", 10, 17);
  for (int i = 0; i < one.protocol.points_size(); ++i) {
    one.protocol.set_points(i, model::cell_of(static_cast<std::uint32_t>(7 * i)));
  }
  for (int i = 0; i < one.protocol.votes_size(); ++i) {
    one.protocol.set_votes(i, model::cell_of(static_cast<std::uint32_t>(i)));
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(check(*one.form, one.protocol, one.precinct, Completeness::kFinal));
  }
}
BENCHMARK(TwoHundredFiguresAllWrong);

// The five contests of one precinct.
void AcrossFiveContests(benchmark::State& state) {
  std::vector<PrecinctProtocol> protocols;
  for (const auto kind : {v1::CONTEST_KIND_MAYOR, v1::CONTEST_KIND_COUNCIL_CITY,
                          v1::CONTEST_KIND_COUNCIL_WARSAW_DISTRICT, v1::CONTEST_KIND_ASSEMBLY,
                          v1::CONTEST_KIND_COUNCIL_POWIAT}) {
    protocols.push_back({kind, 1001, 991, 501, 3});
  }
  for (auto _ : state) benchmark::DoNotOptimize(check_across(protocols, {}));
}
BENCHMARK(AcrossFiveContests);

}  // namespace
}  // namespace urna::validation
