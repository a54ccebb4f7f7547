#include "common/journal/sqlite_row_check.h"

#include <zlib.h>

#include "common/journal/merkle.h"

namespace urna::journal::sqlite {
namespace {

// Each field with its length before it, so that bytes cannot wander from one to the next.
class Check {
 public:
  Check& add(std::uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(number >> (8 * i));
    value_ = ::crc32(value_, bytes, sizeof bytes);
    return *this;
  }
  Check& add(std::string_view bytes) {
    add(std::uint64_t{bytes.size()});
    // Without bytes there may be no address either, and zlib begins anew at none.
    if (bytes.empty()) return *this;
    value_ = ::crc32_z(value_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    return *this;
  }
  std::uint32_t value() const { return static_cast<std::uint32_t>(value_); }

 private:
  uLong value_ = ::crc32(0, nullptr, 0);
};

}  // namespace

std::uint32_t check_of(std::uint64_t position, const ElectionEntry& entry) {
  return check_of(position, entry.id, entry.leaf, entry.kind, entry.unit, entry.voivodeship,
                  entry.source);
}

std::uint32_t check_of(std::uint64_t position, const RecordId& id, const LeafHash& leaf,
                       std::uint8_t kind, std::string_view unit, std::string_view voivodeship,
                       std::string_view source) {
  Check check;
  check.add(position).add(id.view()).add(hash_view(leaf)).add(std::uint64_t{kind});
  return check.add(unit).add(voivodeship).add(source).value();
}

std::uint32_t check_of(const Cursor& cursor) {
  Check check;
  check.add(cursor.peer).add(static_cast<std::uint64_t>(cursor.kind)).add(cursor.log_id);
  check.add(cursor.position).add(cursor.size).add(cursor.root);
  return check.add(cursor.notices).value();
}

std::uint32_t check_of(std::uint64_t number, const Notice& notice) {
  Check check;
  return check.add(number)
      .add(notice.id.view())
      .add(notice.centre_log_id)
      .add(notice.position)
      .value();
}

std::uint32_t check_of(std::string_view name, std::string_view value) {
  return Check().add(name).add(value).value();
}

}  // namespace urna::journal::sqlite
