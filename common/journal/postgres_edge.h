// Where libpqxx's exceptions become errors, and its types become ours.
#pragma once

#include <cstdint>
#include <memory>
#include <pqxx/pqxx>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/journal/store.h"

namespace urna::journal::postgres {

// Connects with the settings every connection of ours has. Throws.
std::unique_ptr<pqxx::connection> connect(const std::string& connection);

// The error for an exception of libpqxx. Rethrows anything else that is in flight, so that what a
// crash hook throws reaches the caller of commit() as it is.
Error current_error();

// Calls `body`, which returns a Result and may throw what libpqxx throws.
template <class Body>
auto guarded(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const pqxx::pqxx_exception&) {
    return std::unexpected(current_error());
  }
}

// A bytea field, and the fixed-size ones; throws pqxx::conversion_error on a wrong length.
Bytes bytes_of(const pqxx::field& field);
LeafHash hash_of(const pqxx::field& field);
template <class Id>
Id id_of(const pqxx::field& field) {
  const auto id = Id::from_bytes(bytes_of(field));
  if (!id) throw pqxx::conversion_error("an id of a wrong length");
  return *id;
}
std::uint64_t number_of(const pqxx::field& field);

// A bytea parameter.
pqxx::binarystring binary(std::string_view bytes);

// A one-dimensional array parameter in PostgreSQL's binary format: exact, and half as long as text.
class ArrayParameter {
 public:
  enum class Element : std::uint32_t {
    kBytea = 17,
    kBigint = 20,
    kSmallint = 21,
    kInteger = 23,
    kText = 25
  };

  ArrayParameter(Element element, std::size_t count);
  // Bytes of a bytea or text element.
  void add(std::string_view bytes);
  // A number, in the element's own width.
  void add_number(std::uint64_t value);
  pqxx::binarystring parameter() const;

 private:
  void put(std::uint64_t value, std::size_t width);
  Element element_;
  Bytes encoded_;
};

}  // namespace urna::journal::postgres
