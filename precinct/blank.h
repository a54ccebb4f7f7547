// A protocol of one contest with nothing filled in, for an operator to type into.
#pragma once

#include <string>

#include "common/model/definition.h"
#include "precinct/session.h"

namespace urna::precinct {

// JSON as protocol_file.h reads it: every point with its label in Polish and English, every list
// and candidate with its name, a row for each member of the commission. With `corrects`, a revision
// of that body.
std::string blank_protocol(const model::Slice& slice, const model::UnitId& precinct,
                           const Session::PlaceStatus* corrects);

// "council-140101/1  small gmina council, council-140101, district 3, 3 options, form …"
std::string describe_contest(const model::Slice& slice);

}  // namespace urna::precinct
