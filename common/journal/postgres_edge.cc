#include "common/journal/postgres_edge.h"

#include <cstring>

#include "common/base/check.h"

namespace urna::journal::postgres {
namespace {

ErrorCode code_of(const pqxx::sql_error& error) {
  const std::string state = error.sqlstate();
  if (state == "53100") return ErrorCode::kNoSpace;
  // A server that is stopping or starting, out of connections, or turned into a standby.
  if (state.starts_with("08") || state.starts_with("57P") || state == "53300" || state == "25006") {
    return ErrorCode::kUnavailable;
  }
  if (state == "23505") return ErrorCode::kConflict;
  if (state.starts_with("22")) return ErrorCode::kInvalidArgument;
  if (state.starts_with("XX")) return ErrorCode::kCorrupt;
  return ErrorCode::kInternal;
}

// libpq ends its messages with a line break, and some have several lines.
std::string one_line(std::string_view what) {
  std::string text(what.substr(0, what.find_last_not_of('\n') + 1));
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return "PostgreSQL: " + text;
}

}  // namespace

std::unique_ptr<pqxx::connection> connect(const std::string& connection) {
  auto made = std::make_unique<pqxx::connection>(connection);
  // A connection that came back by itself would be without the writer's lock.
  // Deprecated because the next libpqxx never does that; this one does.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  made->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  pqxx::nontransaction settings(*made);
  // Every query here reads a range of an index. The planner must not choose otherwise because a
  // table was empty when it looked.
  settings.exec(
      "SET application_name = 'urna'; SET client_encoding = 'UTF8'; SET bytea_output = 'hex';"
      "SET synchronous_commit = 'on'; SET enable_seqscan = off; SET enable_hashjoin = off;"
      "SET enable_mergejoin = off; SET client_min_messages = 'warning';"
      // A database that hangs is a database that is away: peers go elsewhere.
      "SET lock_timeout = '10s'; SET statement_timeout = '60s'");
  return made;
}

Error current_error() {
  try {
    throw;
  } catch (const pqxx::sql_error& error) {
    return {code_of(error), one_line(error.what())};
  } catch (const pqxx::broken_connection& error) {
    return {ErrorCode::kUnavailable, one_line(error.what())};
  } catch (const pqxx::in_doubt_error& error) {
    return {ErrorCode::kUnavailable, one_line(error.what())};
  } catch (const pqxx::conversion_error& error) {
    return {ErrorCode::kCorrupt, one_line(error.what())};
  } catch (const pqxx::pqxx_exception& error) {
    return {ErrorCode::kInternal, one_line(error.base().what())};
  }
}

Bytes bytes_of(const pqxx::field& field) { return pqxx::binarystring(field).str(); }

LeafHash hash_of(const pqxx::field& field) {
  const Bytes bytes = bytes_of(field);
  LeafHash hash;
  if (bytes.size() != hash.size()) throw pqxx::conversion_error("a hash of a wrong length");
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

std::uint64_t number_of(const pqxx::field& field) { return field.as<std::uint64_t>(); }

pqxx::binarystring binary(std::string_view bytes) {
  return pqxx::binarystring(bytes.data() == nullptr ? "" : bytes.data(), bytes.size());
}

// Layout (array_recv in the server): dimensions, has-nulls flag, element type, then for the one
// dimension its length and lower bound, then each element as length and bytes; big-endian.
ArrayParameter::ArrayParameter(Element element, std::size_t count) : element_(element) {
  put(count == 0 ? 0 : 1, 4);
  put(0, 4);
  put(static_cast<std::uint64_t>(element), 4);
  if (count == 0) return;
  put(count, 4);
  put(1, 4);
}

void ArrayParameter::add(std::string_view bytes) {
  URNA_CHECK(element_ == Element::kBytea || element_ == Element::kText);
  put(bytes.size(), 4);
  encoded_.append(bytes);
}

void ArrayParameter::add_number(std::uint64_t value) {
  const std::size_t width = element_ == Element::kBigint    ? 8
                            : element_ == Element::kInteger ? 4
                                                            : 2;
  put(width, 4);
  put(value, width);
}

pqxx::binarystring ArrayParameter::parameter() const { return binary(encoded_); }

void ArrayParameter::put(std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i-- > 0;) encoded_.push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace urna::journal::postgres
