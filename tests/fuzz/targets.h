// Every decoder that reads bytes from outside, as a function of bytes. A target must neither crash
// nor hang, whatever it is given; wrong bytes are refused by value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace urna::fuzz {

void record(std::string_view bytes);      // a serialised SignedRecord
void batch(std::string_view bytes);       // a serialised SignedBatch
void receipt(std::string_view bytes);     // a serialised SignedReceipt
void medium(std::string_view bytes);      // a medium file
void definition(std::string_view bytes);  // a definition file
void slice(std::string_view bytes);  // a slice and its form, judging a protocol in the same bytes
void territorial(std::string_view bytes);    // a TerritorialProtocol, judged and worked out again
void config(std::string_view bytes);         // a configuration file
void protocol_file(std::string_view bytes);  // an operator's JSON
// sealed_targets.cc: signed by a key of the kept election when they are run
void sealed_record(std::string_view bytes);      // a record's body or payload, and who signs it
void sealed_batch(std::string_view bytes);       // a Batch, from below, above or a medium
void sealed_receipt(std::string_view bytes);     // a Receipt, answering a batch of the log
void definition_update(std::string_view bytes);  // one part of a definition, or its Manifest
// The same, and what came of it: "admitted", "taken" (a batch or receipt that brought nothing new),
// "deferred", "duplicate", why it was refused; empty when the bytes were no message at all.
std::string outcome_of_sealed_record(std::string_view bytes);
std::string outcome_of_sealed_batch(std::string_view bytes);
std::string outcome_of_sealed_receipt(std::string_view bytes);
std::string outcome_of_definition_update(std::string_view bytes);
// audit_targets.cc
void csv(std::string_view bytes);              // a CSV file
void csv_gz(std::string_view bytes);           // a compressed one
void form(std::string_view bytes);             // figures and precinct, judged by a built-in form
void check_files(std::string_view bytes);      // urna-check: protocols and votes
void determine_files(std::string_view bytes);  // urna-results: districts, candidates, lots
void mayors_files(std::string_view bytes);     // urna-results: votes of mayors
// input_targets.cc
void certificate(std::string_view bytes);  // a leaf in DER
void pem(std::string_view bytes);          // anchors, certificates, keys
void record_file(std::string_view bytes);  // a single record as a file
void follow(std::string_view bytes);       // who asks, and a FollowRequest, answered by a centre
void note(std::string_view bytes);         // checkpoints, signed notes, their keys
void desk_line(std::string_view bytes);    // a line typed at a desk
void description(std::string_view bytes);  // an election described for urna-ca, JSON
void status_json(std::string_view bytes);  // another program's /api/status.json
void ca_index(std::string_view bytes);     // what an authority has issued: index.jsonl

struct Target {
  const char* name;
  void (*run)(std::string_view);
};
inline constexpr Target kTargets[] = {{"record", record},
                                      {"batch", batch},
                                      {"receipt", receipt},
                                      {"medium", medium},
                                      {"definition", definition},
                                      {"slice", slice},
                                      {"territorial", territorial},
                                      {"config", config},
                                      {"protocol_file", protocol_file},
                                      {"sealed_record", sealed_record},
                                      {"sealed_batch", sealed_batch},
                                      {"sealed_receipt", sealed_receipt},
                                      {"definition_update", definition_update},
                                      {"csv", csv},
                                      {"csv_gz", csv_gz},
                                      {"form", form},
                                      {"check_files", check_files},
                                      {"determine_files", determine_files},
                                      {"mayors_files", mayors_files},
                                      {"certificate", certificate},
                                      {"pem", pem},
                                      {"record_file", record_file},
                                      {"follow", follow},
                                      {"note", note},
                                      {"desk_line", desk_line},
                                      {"description", description},
                                      {"status_json", status_json},
                                      {"ca_index", ca_index}};

}  // namespace urna::fuzz
